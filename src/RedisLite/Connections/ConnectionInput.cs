using System.Text;
using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Connections;

/// <summary>
/// What comes from one client: the bytes that are not consumed yet, and the requests parsed from them.
/// </summary>
/// <remarks>
/// A batch's arguments are views of the bytes here from <see cref="TryParse"/> to <see cref="Consume"/>; what arrives
/// meanwhile waits aside. Belongs to one connection actor.
/// <para>A large argument that is cut goes straight into native memory, where it can become a value without a
/// copy:</para>
/// <code>
///   buffer   *3 $3 SET $1 k $536870912 | (the argument's bytes)        parsed, cut: what is there of it is moved out,
///   intake                               [ ..................... ]     and what arrives goes there until it is
///   complete
///   buffer   *3 $3 SET $1 k $536870912 | CR LF                         parsed on
/// </code>
/// </remarks>
internal sealed class ConnectionInput(ConnectionHandle handle, ConnectionContext context) : IDisposable
{
    private readonly RequestParser _parser = new(
        context.ProtocolLimits)
    { LargeArgumentLength = Keyspace.LargeStringLength };
    private readonly ReceiveBuffer _buffer = new();
    private StringIntake? _intake;
    private int _consumed;
    private long _moved;

    // An argument found no room. Its bytes have nowhere to go, so what follows cannot be read either.
    private byte[]? _lacksMemory;

    /// <summary>Bytes not consumed.</summary>
    public long Length => _buffer.Length + LargeLength;

    private long LargeLength => _intake?.Filled ?? 0;

    /// <summary>Takes what was received.</summary>
    public void Add(ByteString data)
    {
        _buffer.Add(data);
        NoteLength();
    }

    /// <summary>
    /// Fills an empty batch with the whole requests that are there. False, and what is useless consumed, when there is
    /// neither a request nor a protocol error.
    /// </summary>
    public bool TryParse(CommandBatch batch)
    {
        if (!TakeIn())
            return false;
        _buffer.Join();
        PrepareParser(batch.Session);

        // A client that still has to authenticate is held to smaller limits, which its very next request may lift.
        var result = _parser.Parse(
            _buffer.Unread, batch.Requests, _parser.Unauthenticated ? 1 : context.MaxRequestsPerBatch);
        _consumed = result.Consumed;
        if (_parser.CutLength > 0)
            BeginIntake();
        if (batch.Requests.Count == 0 && _lacksMemory is null && result.Status != ParseStatus.ProtocolError)
        {
            Consume();
            _buffer.Expect(_intake is null ? result.MoreBytesHint : 0);
            return false;
        }

        NoteProtocolError(batch, result);
        if (_lacksMemory is not null)
            (batch.ProtocolError, batch.ProtocolErrorForm) = (_lacksMemory, RequestForm.Multibulk);
        batch.Resolve(result.Consumed + _moved, context.PoolArgumentThreshold);
        _moved = 0;
        return true;
    }

    /// <summary>Drops the bytes of the batch that was parsed last; nobody reads it any more.</summary>
    public void Consume()
    {
        _buffer.Consume(_consumed);
        _consumed = 0;
        NoteLength();
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _parser.Dispose();
        _intake?.Dispose();
        _intake = null;
    }

    /// <summary>Moves what is there of a large argument out of the buffer.</summary>
    private void BeginIntake()
    {
        var present = _parser.CutPresent;
        try
        {
            _intake = context.Services.Databases.BeginString(_parser.CutLength);
            _intake.Add(_buffer.Unread.Span[^present..]);
        }
        catch (OutOfMemoryException)
        {
            NoteLackOfMemory(_parser.CutLength);
        }

        _buffer.DropTail(present);
        _moved += present;
        _parser.Divert();
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
            _parser.Supply(_intake.Complete());
            _intake = null;
        }

        NoteLength();
        return _intake is null;
    }

    private void NoteLackOfMemory(int length)
    {
        _lacksMemory = Encoding.ASCII.GetBytes($"out of memory for an argument of {length} bytes");
        _intake?.Dispose();
        _intake = null;
        _buffer.DropArrivals();
        NoteLength();
    }

    private void NoteLength()
    {
        handle.QueryBufferLength = Length;
        handle.LargeInputLength = LargeLength;
        handle.LargeInputMemory = _intake?.Capacity ?? 0;
    }

    private void PrepareParser(ClientSession session)
    {
        _parser.Unauthenticated = !session.IsAuthenticated;
        var maxBulkLength = context.Services.Options.ProtoMaxBulkLength;
        if (_parser.Limits.MaxBulkLength != maxBulkLength)
            _parser.Limits = _parser.Limits with { MaxBulkLength = maxBulkLength };
    }

    private void NoteProtocolError(CommandBatch batch, ParseResult result)
    {
        batch.ProtocolError = null;
        if (result.Status != ParseStatus.ProtocolError)
            return;
        batch.ProtocolError = result.Error;
        var isMultibulk = _buffer.Unread.Span[result.Consumed..] is [(byte)'*', ..];
        batch.ProtocolErrorForm = isMultibulk ? RequestForm.Multibulk : RequestForm.Inline;
    }
}
