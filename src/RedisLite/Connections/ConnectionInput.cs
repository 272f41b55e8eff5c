using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>What comes from one client: the bytes that are not consumed yet, and the requests parsed from them.</summary>
/// <remarks>
/// A batch's arguments are views of the bytes here from <see cref="TryParse"/> to <see cref="Consume"/>; what arrives
/// meanwhile waits aside. Belongs to one connection actor.
/// </remarks>
internal sealed class ConnectionInput(ConnectionHandle handle, ConnectionContext context) : IDisposable
{
    private readonly RequestParser _parser = new(context.ProtocolLimits);
    private readonly ReceiveBuffer _buffer = new();
    private int _consumed;

    /// <summary>Bytes not consumed.</summary>
    public long Length => _buffer.Length;

    /// <summary>Takes what was received.</summary>
    public void Add(ByteString data)
    {
        _buffer.Add(data);
        handle.QueryBufferLength = _buffer.Length;
    }

    /// <summary>
    /// Fills an empty batch with the whole requests that are there. False, and what is useless consumed, when there is
    /// neither a request nor a protocol error.
    /// </summary>
    public bool TryParse(CommandBatch batch)
    {
        _buffer.Join();
        PrepareParser(batch.Session);

        // A client that still has to authenticate is held to smaller limits, which its very next request may lift.
        var result = _parser.Parse(_buffer.Unread, batch.Requests, _parser.Unauthenticated ? 1 : context.MaxRequestsPerBatch);
        _consumed = result.Consumed;
        if (batch.Requests.Count == 0 && result.Status != ParseStatus.ProtocolError)
        {
            Consume();
            _buffer.Expect(result.MoreBytesHint);
            return false;
        }

        NoteProtocolError(batch, result);
        batch.Resolve(result.Consumed, context.PoolArgumentThreshold);
        return true;
    }

    /// <summary>Drops the bytes of the batch that was parsed last; nobody reads it any more.</summary>
    public void Consume()
    {
        _buffer.Consume(_consumed);
        _consumed = 0;
        handle.QueryBufferLength = _buffer.Length;
    }

    public void Dispose() => _buffer.Dispose();

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
