using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using RedisLite.Persistence.Files;
using RedisLite.Storage;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;
using RedisLite.Storage.Serialization.Streams;
using RedisLite.Storage.Snapshots;

namespace RedisLite.Persistence.Rdb;

/// <summary>How an <see cref="RdbWriter"/> writes.</summary>
public sealed record RdbWriterOptions
{
    /// <summary>Whether long strings are compressed (<c>rdbcompression</c>).</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Whether the file ends in its checksum (<c>rdbchecksum</c>); zeros stand there otherwise.</summary>
    public bool Checksum { get; init; } = true;

    /// <summary>
    /// Whether bytes go to the stream as they add up. False if only <see cref="RdbWriter.Flush"/> may do so: a snapshot
    /// that visits keys under a stripe's lock must not wait for a disk meanwhile.
    /// </summary>
    public bool AutoFlush { get; init; } = true;

    /// <summary>Up to where collections are written in their compact forms.</summary>
    public EncodingLimits Limits { get; init; } = EncodingLimits.Default;
}

/// <summary>What the start of an RDB file says about the rest.</summary>
/// <param name="RedisVersion">The version of Redis whose format this is (<c>redis-ver</c>).</param>
/// <param name="CreatedAt">Seconds since 1970 (<c>ctime</c>).</param>
/// <param name="UsedMemory">Bytes the data set took when it was saved (<c>used-mem</c>).</param>
/// <param name="IsAofBase">Whether the file is the base of an append only file (<c>aof-base</c>).</param>
public sealed record RdbDescription(string RedisVersion, long CreatedAt, long UsedMemory, bool IsAofBase);

/// <summary>Writes an RDB file, key by key, in the format of Redis 7.0 (see <see cref="RdbFormat"/>).</summary>
/// <remarks>
/// Bytes are collected in one buffer, whose size is that of the largest batch between two flushes, and never the
/// file's. A collection is flushed in pieces, and a large string (<see cref="Keyspace.LargeStringLength"/>) is written
/// from where it lies, with any options: no lock is held while one is written. The order of calls is the order in the
/// file: header, auxiliary fields, then for each database <see cref="SelectDatabase"/>, <see cref="WriteSizeHint"/> and
/// its keys, at last <see cref="Complete"/>. A database may be selected more than once. Nothing checks that a key comes
/// only once; a reader may refuse a file where it does not. Used by one thread at a time. The stream is neither flushed
/// to disk nor disposed: that is its owner's.
/// </remarks>
public sealed class RdbWriter : ISnapshotWriter, IDisposable
{
    private const int FlushThreshold = 64 * 1024;

    /// <summary>A buffer that one huge value made larger than this is given back after it.</summary>
    private const int KeptCapacity = 1024 * 1024;

    // Compressing needs room for the outcome, and more time than the disk would for a string of this size.
    private const int LongestCompressed = 16 * 1024 * 1024;

    private const int NoDatabase = -1;

    private readonly Stream _output;
    private readonly RdbWriterOptions _options;
    private readonly Pieces _pieces;
    private readonly ValueEncoder _encoder;
    private readonly StreamEncoder _streamEncoder;
    private byte[] _buffer = new byte[FlushThreshold + 1024];
    private int _length;
    private long _flushed;
    private ulong _checksum;
    private int _database = NoDatabase;

    /// <param name="output">Receives the file from its current position.</param>
    /// <param name="options">How to write; null for the defaults.</param>
    public RdbWriter(Stream output, RdbWriterOptions? options = null)
    {
        _output = output;
        _options = options ?? new RdbWriterOptions();
        _pieces = new Pieces(this);
        _encoder = new ValueEncoder(_options.Limits, _options.Compress);
        _streamEncoder = new StreamEncoder(_options.Limits, _options.Compress);
    }

    /// <summary>How many bytes the file has so far, with those not flushed.</summary>
    public long Length => _flushed + _length;

    /// <summary>How many bytes wait for a flush.</summary>
    public int Buffered => _length;

    /// <summary>Writes magic, version and the auxiliary fields that every file of Redis 7.0 has.</summary>
    public void WriteHeader(RdbDescription description)
    {
        var header = Reserve(RdbFormat.HeaderSize);
        RdbFormat.Magic.CopyTo(header);
        RdbFormat.WrittenVersion.TryFormat(header[RdbFormat.Magic.Length..], out _, "D4");
        _length += RdbFormat.HeaderSize;
        WriteAuxiliary("redis-ver"u8, Encoding.UTF8.GetBytes(description.RedisVersion));
        WriteAuxiliary("redis-bits"u8, 64);
        WriteAuxiliary("ctime"u8, description.CreatedAt);
        WriteAuxiliary("used-mem"u8, description.UsedMemory);
        WriteAuxiliary("aof-base"u8, description.IsAofBase ? 1 : 0);
    }

    /// <summary>Writes a fact about the file. Redis ignores names that it does not know.</summary>
    public void WriteAuxiliary(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Put((byte)RdbOpcode.Auxiliary);
        PutString(name);
        PutString(value);
        FlushIfFull();
    }

    /// <summary>Writes a fact about the file that is a number.</summary>
    public void WriteAuxiliary(ReadOnlySpan<byte> name, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        WriteAuxiliary(name, text[..length]);
    }

    /// <inheritdoc/>
    public void WriteLibrary(ReadOnlySpan<byte> text)
    {
        Put((byte)RdbOpcode.Function2);
        PutString(text);
        FlushIfFull();
    }

    /// <summary>Says which database the keys that follow belong to.</summary>
    public void SelectDatabase(int index)
    {
        if (index == _database)
            return;
        _database = index;
        Put((byte)RdbOpcode.SelectDatabase);
        PutLength((ulong)index);
        FlushIfFull();
    }

    /// <summary>
    /// Says how many keys the selected database has, so that who reads this can make its table large enough.
    /// </summary>
    public void WriteSizeHint(long keys, long expiringKeys)
    {
        Put((byte)RdbOpcode.ResizeDatabase);
        PutLength((ulong)keys);
        PutLength((ulong)expiringKeys);
        FlushIfFull();
    }

    /// <inheritdoc/>
    public void Write(in SnapshotEntry entry)
    {
        SelectDatabase(entry.Database);
        if (entry.Type == EntryType.String)
        {
            WriteString(entry.Key, entry.Value, entry.ExpireAtMs);
            return;
        }

        var visitor = new KeyVisitor(this, entry.ExpireAtMs);
        entry.Collection.Accept(entry.Key, ref visitor);
    }

    /// <summary>Writes a key that holds a string.</summary>
    /// <param name="key">Copied, as the value is.</param>
    /// <param name="value">Its value.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    public void WriteString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        BeginKey(RdbType.String, key, expireAtMs);
        if (value.Length >= Keyspace.LargeStringLength)
            WriteLarge(value);
        else
            PutString(value);
        FlushIfFull();
    }

    /// <summary>Writes a key that holds a list, set, sorted set or hash.</summary>
    /// <param name="key">Copied.</param>
    /// <param name="type">What it holds.</param>
    /// <param name="elements">All of it.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    public void WriteCollection<TSource>(
        scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements, long expireAtMs)
        where TSource : IElementSource, allows ref struct
    {
        var form = _encoder.Choose(type, ref elements);
        BeginKey(form, key, expireAtMs);
        _encoder.Write(form, ref elements, _pieces);
    }

    /// <summary>Writes a key that holds a stream.</summary>
    /// <param name="key">Copied.</param>
    /// <param name="stream">All of it.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    public void WriteStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream, long expireAtMs)
        where TSource : IStreamSource, allows ref struct
    {
        BeginKey(StreamEncoder.Type, key, expireAtMs);
        _streamEncoder.Write(ref stream, _pieces);
    }

    /// <summary>Writes the end and the checksum, and flushes.</summary>
    public void Complete()
    {
        Put((byte)RdbOpcode.EndOfFile);
        Flush();
        Span<byte> footer = stackalloc byte[RdbFormat.ChecksumSize];
        BinaryPrimitives.WriteUInt64LittleEndian(footer, _checksum);
        _output.Write(footer);
        _flushed += footer.Length;
    }

    /// <summary>Hands what is buffered to the stream.</summary>
    public void Flush()
    {
        var bytes = _buffer.AsSpan(0, _length);
        if (_options.Checksum)
            _checksum = Crc64.Append(_checksum, bytes);
        _output.Write(bytes);
        _flushed += _length;
        _length = 0;
        if (_buffer.Length > KeptCapacity)
            _buffer = new byte[FlushThreshold + 1024];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encoder.Dispose();
        _streamEncoder.Dispose();
    }

    private void BeginKey(RdbType type, ReadOnlySpan<byte> key, long expireAtMs)
    {
        if (_database == NoDatabase)
            throw new InvalidOperationException("Select a database before writing keys.");
        if (expireAtMs >= 0)
        {
            Put((byte)RdbOpcode.ExpireTimeMs);
            BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), expireAtMs);
            _length += sizeof(long);
        }

        Put((byte)type);
        PutString(key);
    }

    private void FlushIfFull()
    {
        if (_options.AutoFlush && _length >= FlushThreshold)
            Flush();
    }

    private void Put(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    private void PutLength(ulong length) =>
        _length += RdbEncoding.WriteLength(Reserve(RdbEncoding.MaxLengthSize), length);

    private void PutString(ReadOnlySpan<byte> value) =>
        _length += RdbEncoding.WriteString(Reserve(RdbEncoding.MaxStringSize(value.Length)), value, _options.Compress);

    private void WriteLarge(ReadOnlySpan<byte> value)
    {
        if (!_options.Compress || value.Length > LongestCompressed)
        {
            PutLength((ulong)value.Length);
            Flush();
            WriteThrough(value);
            return;
        }

        Flush();
        using var encoded = new NativeBuffer(RdbEncoding.MaxStringSize(value.Length));
        WriteThrough(encoded.Bytes[..RdbEncoding.WriteString(encoded.Bytes, value, compress: true)]);
    }

    /// <summary>Writes bytes past the buffer, which is empty.</summary>
    private void WriteThrough(ReadOnlySpan<byte> bytes)
    {
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(bytes.Length, FlushThreshold)..])
        {
            var piece = bytes[..Math.Min(bytes.Length, FlushThreshold)];
            if (_options.Checksum)
                _checksum = Crc64.Append(_checksum, piece);
            _output.Write(piece);
            _flushed += piece.Length;
        }
    }

    private Span<byte> Reserve(int count)
    {
        var needed = checked(_length + count);
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, Math.Max(needed, _buffer.Length * 2L)));
        return _buffer.AsSpan(_length, count);
    }

    private readonly struct KeyVisitor(RdbWriter writer, long expireAtMs) : ICollectionVisitor
    {
        public void Visit<TSource>(scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements)
            where TSource : IElementSource, allows ref struct =>
            writer.WriteCollection(key, type, ref elements, expireAtMs);

        public void VisitStream<TSource>(scoped ReadOnlySpan<byte> key, ref TSource stream)
            where TSource : IStreamSource, allows ref struct =>
            writer.WriteStream(key, ref stream, expireAtMs);
    }

    /// <summary>
    /// Where the pieces of a collection go: to the buffer, and from there to the file as they add up.
    /// </summary>
    private sealed class Pieces(RdbWriter writer) : IRdbOutput
    {
        public void Advance(int count) => writer._length += count;

        public Span<byte> GetSpan(int sizeHint)
        {
            writer.Reserve(Math.Max(1, sizeHint));
            return writer._buffer.AsSpan(writer._length);
        }

        public void EndPiece()
        {
            if (writer._length >= FlushThreshold)
                writer.Flush();
        }
    }
}
