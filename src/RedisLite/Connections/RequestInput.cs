using System.Globalization;
using Akka.IO;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Connections;

/// <summary>What comes on one connection and is not consumed yet, and the whole requests that are in it.</summary>
/// <remarks>
/// A batch's arguments are views of the bytes here from <see cref="Parse"/> to <see cref="Consume"/>; what arrives
/// meanwhile waits aside. Belongs to one actor.
/// <para>A large argument that is cut goes straight into native memory, where it can become a value without a
/// copy:</para>
/// <code>
///   buffer   *3 $3 SET $1 k $536870912 | (the argument's bytes)        parsed, cut: what is there of it is moved out,
///   intake                               [ ..................... ]     and what arrives goes there until it is
///   complete
///   buffer   *3 $3 SET $1 k $536870912 | CR LF                         parsed on
/// </code>
/// </remarks>
internal sealed class RequestInput(Databases databases, ProtocolLimits limits) : IDisposable
{
    private readonly ReceiveBuffer _buffer = new();
    private StringIntake? _intake;
    private int _consumed;
    private long _moved;

    /// <summary>Finds the requests.</summary>
    public RequestParser Parser { get; } = new(limits) { LargeArgumentLength = Keyspace.LargeStringLength };

    /// <summary>Bytes not consumed.</summary>
    public long Length => _buffer.Length + LargeLength;

    /// <summary>Of these, what has come of a large argument.</summary>
    public long LargeLength => _intake?.Filled ?? 0;

    /// <summary>Bytes of memory that the large argument takes.</summary>
    public long LargeMemory => _intake?.Capacity ?? 0;

    /// <summary>
    /// Said when a large argument found no room. Its bytes have nowhere to go, so what follows cannot be read either.
    /// </summary>
    public string? LacksMemory { get; private set; }

    /// <summary>Takes what was received.</summary>
    public void Add(ByteString data) => _buffer.Add(data);

    /// <summary>Fills an empty batch with the whole requests that are there.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="maxRequests">As many at most.</param>
    /// <returns>Null when a large argument has to be complete first, so that nothing was parsed.</returns>
    public ParseResult? Parse(RequestBatch batch, int maxRequests)
    {
        if (!TakeIn())
            return null;
        _buffer.Join();
        var result = Parser.Parse(_buffer.Unread, batch, maxRequests);
        _consumed = result.Consumed;
        if (Parser.CutLength > 0)
            BeginIntake();
        if (batch.Count == 0)
            _buffer.Expect(_intake is null ? result.MoreBytesHint : 0);
        return result;
    }

    /// <summary>
    /// The bytes of the requests that were parsed last, and of empty lines; up to <see cref="Consume"/>.
    /// </summary>
    public ReadOnlySpan<byte> Parsed => _buffer.Unread.Span[.._consumed];

    /// <summary>Bytes that were moved out of the buffer since this was asked last.</summary>
    public long TakeMoved()
    {
        var moved = _moved;
        _moved = 0;
        return moved;
    }

    /// <summary>Whether what follows so many bytes begins like a multi-bulk request.</summary>
    public bool IsMultibulkAt(int offset) => _buffer.Unread.Span[offset..] is [(byte)'*', ..];

    /// <summary>
    /// Drops the bytes of the requests that were parsed last, which nobody reads any more. Before the next parse, even
    /// if there was no whole request.
    /// </summary>
    public void Consume()
    {
        _buffer.Consume(_consumed);
        _consumed = 0;
    }

    public void Dispose()
    {
        _buffer.Dispose();
        Parser.Dispose();
        _intake?.Dispose();
        _intake = null;
    }

    /// <summary>Moves what is there of a large argument out of the buffer.</summary>
    private void BeginIntake()
    {
        var present = Parser.CutPresent;
        try
        {
            _intake = databases.BeginString(Parser.CutLength);
            _intake.Add(_buffer.Unread.Span[^present..]);
        }
        catch (OutOfMemoryException)
        {
            NoteLackOfMemory(Parser.CutLength);
        }

        _buffer.DropTail(present);
        _moved += present;
        Parser.Divert();
    }

    /// <summary>Moves what has arrived of a large argument to where it is received.</summary>
    /// <returns>Whether there is nothing more to wait for.</returns>
    private bool TakeIn()
    {
        if (_intake is null)
            return true;
        var filled = _intake.Filled;
        try
        {
            _buffer.MoveArrivals(_intake);
        }
        catch (OutOfMemoryException)
        {
            NoteLackOfMemory(_intake.Length);
            return true;
        }

        _moved += _intake.Filled - filled;
        if (_intake.Missing == 0)
        {
            Parser.Supply(_intake.Complete());
            _intake = null;
        }

        return _intake is null;
    }

    private void NoteLackOfMemory(int length)
    {
        LacksMemory = string.Create(
            CultureInfo.InvariantCulture, $"out of memory for an argument of {length} bytes");
        _intake?.Dispose();
        _intake = null;
        _buffer.DropArrivals();
    }
}
