using System.Buffers.Text;
using RedisLite.Persistence.Files;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;

namespace RedisLite.Persistence.Rdb;

/// <summary>What an <see cref="RdbReader"/> stands at.</summary>
public enum RdbRecordKind : byte
{
    /// <summary>Before the first record.</summary>
    None,

    /// <summary>
    /// A fact about the file: name in <see cref="RdbReader.Key"/>, text in <see cref="RdbReader.Value"/>.
    /// </summary>
    Auxiliary,

    /// <summary>How many keys the current database has: <see cref="RdbReader.KeyCountHint"/>.</summary>
    SizeHint,

    /// <summary>A key that holds a string.</summary>
    String,

    /// <summary>
    /// A key that holds a list, set, sorted set, hash or stream, which <see cref="RdbReader.ReadInto"/> gives.
    /// </summary>
    Collection,

    /// <summary>A key of a type that is not supported, left out.</summary>
    SkippedKey,

    /// <summary>A library of functions: its text in <see cref="RdbReader.Value"/>.</summary>
    Library,

    /// <summary>A module's data, left out.</summary>
    SkippedContent,

    /// <summary>The end of the file, checksum verified.</summary>
    End,
}

/// <summary>How an <see cref="RdbReader"/> reads.</summary>
public sealed record RdbReaderOptions
{
    /// <summary>
    /// Whether values of types that are not supported are left out and counted (<c>--skip-unknown-types</c>), instead
    /// of ending the load.
    /// </summary>
    public bool SkipUnknownTypes { get; init; }

    /// <summary>Whether there is a place for collections of a type.</summary>
    public Func<RdbType, bool> IsSupported { get; init; } = static _ => true;

    /// <summary>Whether the checksum at the end is verified (<c>rdbchecksum</c>).</summary>
    public bool VerifyChecksum { get; init; } = true;
}

/// <summary>Reads an RDB file record by record; see <see cref="RdbFormat"/> for how it looks.</summary>
/// <remarks>
/// Reads what Redis writes up to version 7.4 (RDB versions 1 to 12). Memory: one buffer, which grows to the longest
/// string that really is in the file; no length field is trusted. A collection is handed on element by element. Expired
/// keys are given like all others: who loads decides. Not thread-safe.
/// </remarks>
public sealed class RdbReader : ISerializedValue, IDisposable
{
    /// <summary>The value of <see cref="ExpireAtMs"/> for a key that does not expire.</summary>
    public const long NoExpiry = -1;

    private readonly BufferedInput _source;
    private readonly RdbInput _input;
    private readonly RdbReaderOptions _options;
    private readonly ValueDecoder _decoder = new();
    private readonly bool _ownsSource;
    private readonly long _start;
    private byte[] _key = new byte[256];
    private byte[] _value = new byte[1024];
    private int _keyLength;
    private int _valueLength;
    private bool _isValueUnread;

    /// <param name="stream">Read from its current position; disposed with the reader.</param>
    /// <param name="options">How to read; null for the defaults.</param>
    public RdbReader(Stream stream, RdbReaderOptions? options = null)
        : this(new BufferedInput(stream), options) =>
        _ownsSource = true;

    /// <summary>Reads an RDB file that something else follows; the input then stands at that.</summary>
    internal RdbReader(BufferedInput source, RdbReaderOptions? options)
    {
        _source = source;
        _start = source.Offset;
        _input = new RdbInput(source);
        _options = options ?? new RdbReaderOptions();
        if (_options.VerifyChecksum)
            source.StartChecksum();
    }

    /// <summary>What the last <see cref="Read"/> found.</summary>
    public RdbRecordKind Kind { get; private set; }

    /// <summary>The file's RDB version; 0 before the first <see cref="Read"/>.</summary>
    public int Version { get; private set; }

    /// <summary>Offset of the next unread byte: how far the load is.</summary>
    public long Offset => _input.Offset;

    /// <summary>Offset of the current record's first byte.</summary>
    public long RecordOffset { get; private set; }

    /// <summary>The database that the current record belongs to.</summary>
    public int Database { get; private set; }

    /// <summary>The current key, or the name of a fact. Valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>The current value. Valid until the next <see cref="Read"/>; empty for what was left out.</summary>
    public ReadOnlySpan<byte> Value => _value.AsSpan(0, _valueLength);

    /// <summary>The type of the current key's value.</summary>
    public RdbType Type { get; private set; }

    /// <summary>Milliseconds since 1970 when the current key expires, or <see cref="NoExpiry"/>.</summary>
    public long ExpireAtMs { get; private set; }

    /// <summary>
    /// Seconds since the current key's last use when the file was written, or -1 if the file does not say.
    /// </summary>
    public long IdleSeconds { get; private set; }

    /// <summary>The current key's LFU counter, or -1 if the file does not say.</summary>
    public int Frequency { get; private set; }

    /// <summary>
    /// Number of keys in the current database, as the last <see cref="RdbRecordKind.SizeHint"/> says.
    /// </summary>
    public long KeyCountHint { get; private set; }

    /// <summary>Number of those with an expiry.</summary>
    public long ExpiringKeyCountHint { get; private set; }

    /// <summary>How many keys and pieces of module data were left out so far.</summary>
    public long SkippedCount { get; private set; }

    /// <summary>Moves to the next record.</summary>
    /// <returns>False, with <see cref="Kind"/> <see cref="RdbRecordKind.End"/>, at the file's end.</returns>
    /// <exception cref="DamagedFileException">The file is no RDB file, cut short, damaged, or of a newer
    /// version.</exception>
    /// <exception cref="UnsupportedRdbContentException">
    /// The file holds what has no place here, and <see cref="RdbReaderOptions.SkipUnknownTypes"/> is off.
    /// </exception>
    public bool Read()
    {
        if (Kind == RdbRecordKind.End)
            return false;
        if (Kind == RdbRecordKind.None)
            ReadHeader();
        if (_isValueUnread)
            RdbValueSkipper.Skip(_input, Type);
        _isValueUnread = false;
        RecordOffset = Offset;
        ExpireAtMs = NoExpiry;
        IdleSeconds = -1;
        Frequency = -1;
        _keyLength = _valueLength = 0;
        do
        {
            var at = Offset;
            Kind = ReadPart(at, _input.ReadByte("a type or opcode"));
        }
        while (Kind == RdbRecordKind.None);

        return Kind != RdbRecordKind.End;
    }

    /// <inheritdoc/>
    /// <exception cref="DamagedFileException">The value is malformed.</exception>
    public bool ReadInto(IValueSink sink)
    {
        if (!_isValueUnread)
            throw new InvalidOperationException("There is no collection, or it has been read.");
        _isValueUnread = false;
        var at = Offset;
        var input = _input;
        try
        {
            return _decoder.Decode(ref input, Type, sink);
        }
        catch (MalformedValueException error)
        {
            throw new DamagedFileException(at, $"the value is no sound {RdbTypes.NameOf(Type)}: {error.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _decoder.Dispose();
        if (_ownsSource)
            _source.Dispose();
    }

    private void ReadHeader()
    {
        if (!_source.TryFill(RdbFormat.HeaderSize))
            throw new DamagedFileException(_start, "the file is too short for an RDB header", endsTooEarly: true);
        var header = _source.Unread[..RdbFormat.HeaderSize];
        if (!header.StartsWith(RdbFormat.Magic)
            || !Utf8Parser.TryParse(header[RdbFormat.Magic.Length..], out int version, out var digits)
            || digits != RdbFormat.HeaderSize - RdbFormat.Magic.Length)
        {
            throw new DamagedFileException(_start, "expected REDIS and four digits, the start of an RDB file");
        }

        if (version is < 1 or > RdbFormat.NewestVersion)
        {
            throw new DamagedFileException(
                _start, $"RDB version {version} cannot be read, only 1 to {RdbFormat.NewestVersion}");
        }

        Version = version;
        _source.Consume(RdbFormat.HeaderSize);
    }

    /// <summary>Reads what a type byte or opcode announces.</summary>
    /// <returns><see cref="RdbRecordKind.None"/> if it only says something about the record that follows.</returns>
    private RdbRecordKind ReadPart(long at, byte code)
    {
        switch ((RdbOpcode)code)
        {
            case RdbOpcode.ExpireTimeMs:
                ExpireAtMs = ReadExpiry(at, _input.ReadUInt64("an expiry"));
                return RdbRecordKind.None;
            case RdbOpcode.ExpireTime:
                ExpireAtMs = _input.ReadUInt32("an expiry") * 1000L;
                return RdbRecordKind.None;
            case RdbOpcode.Idle:
                IdleSeconds = (long)Math.Min(_input.ReadLength("an idle time"), long.MaxValue);
                return RdbRecordKind.None;
            case RdbOpcode.Frequency:
                Frequency = _input.ReadByte("a frequency");
                return RdbRecordKind.None;
            case RdbOpcode.SelectDatabase:
                Database = ReadDatabase(at);
                return RdbRecordKind.None;
            case RdbOpcode.ResizeDatabase:
                KeyCountHint = (long)Math.Min(_input.ReadLength("a number of keys"), long.MaxValue);
                ExpiringKeyCountHint = (long)Math.Min(_input.ReadLength("a number of keys"), long.MaxValue);
                return RdbRecordKind.SizeHint;
            case RdbOpcode.SlotInfo:
                for (var i = 0; i < 3; i++)
                    _input.ReadLength("a slot's size");
                return RdbRecordKind.None;
            case RdbOpcode.Auxiliary:
                _keyLength = ReadString(ref _key, "the name of a fact");
                _valueLength = ReadString(ref _value, "a fact");
                return RdbRecordKind.Auxiliary;
            case RdbOpcode.Function2:
                _valueLength = ReadString(ref _value, "a library of functions");
                return RdbRecordKind.Library;
            case RdbOpcode.ModuleAuxiliary:
                LeaveOut(at, "a module's data");
                RdbValueSkipper.SkipModuleAuxiliary(_input);
                return RdbRecordKind.SkippedContent;
            case RdbOpcode.EndOfFile:
                VerifyChecksum();
                return RdbRecordKind.End;
            default:
                return ReadKey(at, (RdbType)code);
        }
    }

    private RdbRecordKind ReadKey(long at, RdbType type)
    {
        if (RdbTypes.NameOf(type) is null)
            throw new DamagedFileException(at, $"expected a type or opcode, found {(byte)type}");
        Type = type;
        _keyLength = ReadString(ref _key, "a key");
        if (type == RdbType.String)
        {
            _valueLength = ReadString(ref _value, "a value");
            return RdbRecordKind.String;
        }

        if (type.CollectionType() is not null && _options.IsSupported(type))
        {
            _isValueUnread = true;
            return RdbRecordKind.Collection;
        }

        if (!_options.SkipUnknownTypes)
            throw UnsupportedRdbContentException.ForKey(RecordOffset, Database, Key, type);
        SkippedCount++;
        RdbValueSkipper.Skip(_input, type);
        return RdbRecordKind.SkippedKey;
    }

    private void LeaveOut(long at, string what)
    {
        if (!_options.SkipUnknownTypes)
            throw UnsupportedRdbContentException.ForContent(at, what);
        SkippedCount++;
    }

    private int ReadDatabase(long at)
    {
        var database = _input.ReadLength("a database number");
        return database <= int.MaxValue
            ? (int)database
            : throw new DamagedFileException(at, $"{database} is no database number");
    }

    private static long ReadExpiry(long at, ulong expireAtMs) =>
        expireAtMs <= long.MaxValue
            ? (long)expireAtMs
            : throw new DamagedFileException(at, "an expiry lies before 1970");

    /// <summary>Restores a string into a buffer that is kept for the next one.</summary>
    private int ReadString(ref byte[] buffer, string what)
    {
        var at = Offset;
        var value = _input.ReadString(what);
        if (buffer.Length < value.Length)
            buffer = new byte[Math.Min(Array.MaxLength, (long)value.Length + (value.Length / 2))];
        return value.TryCopyTo(buffer)
            ? value.Length
            : throw new DamagedFileException(at, $"{what} is compressed, and damaged");
    }

    private void VerifyChecksum()
    {
        var computed = _options.VerifyChecksum ? _source.Checksum : 0;
        _source.StopChecksum();
        if (Version < RdbFormat.FirstVersionWithChecksum)
            return;
        var at = Offset;
        var stored = _input.ReadUInt64("the checksum");
        if (_options.VerifyChecksum && stored != 0 && stored != computed)
        {
            throw new DamagedFileException(
                at, $"expected checksum {computed:x16} over the bytes before, found {stored:x16}");
        }
    }
}
