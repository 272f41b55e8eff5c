using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;
using RedisLite.Protocol;

namespace RedisLite.Persistence.Aof;

/// <summary>Reads one file of the append only directory: perhaps an RDB file first, then commands.</summary>
/// <remarks>
/// <code>
///   [RDB file] *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n  #TS:1700000000\r\n  *1\r\n$5\r\nMULTI\r\n ...
/// </code>
/// Lines that start with # are notes, as <c>aof-timestamp-enabled</c> makes them, and are passed over, or are for
/// <see cref="AofStreamPosition"/>.
///
/// A file may end in the middle of a command, when the server died while it wrote: that is a torn tail, and
/// <see cref="GoodLength"/> says where to cut it off, in front of MULTI if EXEC did not make it. Zeros that a file
/// system left at the end, where data never arrived, are a torn tail too. Everything else that is not as it must be is
/// damage, and an exception. A damaged length can make the rest of a file look like one long torn command; so a tail is
/// believed to be torn only if no whole commands stand at its end (see <see cref="AofTailProbe"/>). A value that holds
/// commands itself, cut just where one of them ends, is taken for damage: the safe side, as nothing is cut off then.
///
/// Stricter than Redis, which looks neither at line ends nor behind digits. Not thread-safe.
/// </remarks>
public sealed class AofReader : IDisposable
{
    private readonly Stream _stream;
    private readonly BufferedInput _input;
    private readonly AofCommandParser _parser;
    private readonly AofStreamPosition? _position;
    private RdbReader? _rdb;
    private long _transactionStart = -1;

    /// <param name="stream">The file, at its first byte; disposed with the reader.</param>
    /// <param name="position">Told of commands and notes; null if nobody asks where they are from.</param>
    public AofReader(Stream stream, AofStreamPosition? position = null)
    {
        _stream = stream;
        _position = position;
        _input = new BufferedInput(stream);
        _parser = new AofCommandParser(_input, position);
    }

    /// <summary>The current command: a view, valid until the next <see cref="Read"/>.</summary>
    public Arguments Command => _parser.Command;

    /// <summary>Where the current command starts.</summary>
    public long CommandOffset => _input.Offset;

    /// <summary>Offset after the current command: how far the load is.</summary>
    public long Offset => _input.Offset + _parser.CommandSize;

    /// <summary>How many commands were read, MULTI and EXEC among them.</summary>
    public long CommandCount { get; private set; }

    /// <summary>Whether the current command is inside MULTI and EXEC, or is one of them.</summary>
    public bool InTransaction { get; private set; }

    /// <summary>Up to here the file is whole commands and whole transactions.</summary>
    public long GoodLength { get; private set; }

    /// <summary>Whether the file ended in a torn tail, which starts at <see cref="GoodLength"/>.</summary>
    public bool IsTorn { get; private set; }

    /// <summary>What is missing at the end of a torn file.</summary>
    public string TornReason { get; private set; } = "";

    /// <summary>Whether the file starts with an RDB file. Ask before reading anything.</summary>
    public bool StartsWithRdb() =>
        _input.TryFill(RdbFormat.Magic.Length) && _input.Unread.StartsWith(RdbFormat.Magic);

    /// <summary>
    /// Reads the RDB file in front of the commands. Read it to its end, then go on with <see cref="Read"/>. It uses
    /// this reader's buffer and needs no disposing.
    /// </summary>
    public RdbReader ReadRdb(RdbReaderOptions? options = null) => _rdb = new RdbReader(_input, options);

    /// <summary>Moves to the next command.</summary>
    /// <returns>False at the end of the file; <see cref="IsTorn"/> says whether it is a good one.</returns>
    /// <exception cref="DamagedFileException">Something else than a command stands here.</exception>
    public bool Read()
    {
        if (IsTorn)
            return false;
        if (_rdb is not null)
            CompleteRdb(_rdb);
        try
        {
            switch (_parser.MoveNext())
            {
                case AofParseStatus.Command:
                    CommandCount++;
                    FollowTransaction();
                    _position?.TakeCommand();
                    return true;
                case AofParseStatus.Cut:
                    ThrowIfCommandsFollow();
                    SetTorn(_parser.Problem);
                    return false;
                default:
                    GoodLength = _input.Offset;
                    if (_transactionStart >= 0)
                        SetTorn("EXEC is missing");
                    return false;
            }
        }
        catch (DamagedFileException damage) when (AofTailProbe.IsZeroToTheEnd(_stream, damage.Offset))
        {
            SetTorn("zeros stand where data never arrived");
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _input.Dispose();

    private void CompleteRdb(RdbReader rdb)
    {
        if (rdb.Kind != RdbRecordKind.End)
            throw new InvalidOperationException("Read the RDB file to its end before the commands.");
        GoodLength = _input.Offset;
        _rdb = null;
    }

    private void FollowTransaction()
    {
        var start = _transactionStart;
        InTransaction = start >= 0;
        if (Command.Is(0, "MULTI"u8))
        {
            if (InTransaction)
                throw new DamagedFileException(
                    CommandOffset, $"MULTI inside the transaction that starts at byte {start}");
            _transactionStart = CommandOffset;
            InTransaction = true;
        }
        else if (Command.Is(0, "EXEC"u8))
        {
            if (!InTransaction)
                throw new DamagedFileException(CommandOffset, "EXEC without MULTI");
            _transactionStart = -1;
        }

        if (_transactionStart < 0)
            GoodLength = Offset;
    }

    private void SetTorn(string reason)
    {
        IsTorn = true;
        TornReason = reason;
        if (_transactionStart >= 0)
            GoodLength = _transactionStart;
    }

    private void ThrowIfCommandsFollow()
    {
        if (_parser.EndsWithArgument || AofTailProbe.FindWholeCommands(_stream, _input.Offset) is not { } next)
            return;
        throw new DamagedFileException(
            _input.Offset, $"{_parser.Problem}, but whole commands follow from byte {next} to the end");
    }
}
