using System.Text;
using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>What comes from one client, within the limits for clients: see <see cref="RequestInput"/>.</summary>
internal sealed class ConnectionInput(ConnectionHandle handle, ConnectionContext context) : IDisposable
{
    private readonly RequestInput _input = new(context.Services.Databases, context.ProtocolLimits);

    /// <summary>Bytes not consumed.</summary>
    public long Length => _input.Length;

    /// <summary>Takes what was received.</summary>
    public void Add(ByteString data)
    {
        _input.Add(data);
        NoteLength();
    }

    /// <summary>
    /// Fills an empty batch with the whole requests that are there. False, and what is useless consumed, when there is
    /// neither a request nor a protocol error.
    /// </summary>
    public bool TryParse(CommandBatch batch)
    {
        PrepareParser(batch.Session);

        // A client that still has to authenticate is held to smaller limits, which its very next request may lift.
        var largeBefore = _input.LargeLength;
        var parsed = _input.Parse(batch.Requests, _input.Parser.Unauthenticated ? 1 : context.MaxRequestsPerBatch);
        if (_input.LargeLength != largeBefore)
            NoteLength();
        if (parsed is not { } result)
            return false;
        if (batch.Requests.Count == 0 && _input.LacksMemory is null && result.Status != ParseStatus.ProtocolError)
        {
            Consume();
            return false;
        }

        NoteProtocolError(batch, result);
        batch.Resolve(result.Consumed + _input.TakeMoved(), context.PoolArgumentThreshold);
        return true;
    }

    /// <summary>Drops the bytes of the batch that was parsed last; nobody reads it any more.</summary>
    public void Consume()
    {
        _input.Consume();
        NoteLength();
    }

    public void Dispose() => _input.Dispose();

    private void NoteLength()
    {
        handle.QueryBufferLength = _input.Length;
        handle.LargeInputLength = _input.LargeLength;
        handle.LargeInputMemory = _input.LargeMemory;
    }

    private void PrepareParser(ClientSession session)
    {
        var parser = _input.Parser;
        parser.Unauthenticated = !session.IsAuthenticated;
        var maxBulkLength = context.Services.Options.ProtoMaxBulkLength;
        if (parser.Limits.MaxBulkLength != maxBulkLength)
            parser.Limits = parser.Limits with { MaxBulkLength = maxBulkLength };
    }

    private void NoteProtocolError(CommandBatch batch, ParseResult result)
    {
        batch.ProtocolError = null;
        if (_input.LacksMemory is { } lack)
        {
            (batch.ProtocolError, batch.ProtocolErrorForm) = (Encoding.ASCII.GetBytes(lack), RequestForm.Multibulk);
            return;
        }

        if (result.Status != ParseStatus.ProtocolError)
            return;
        batch.ProtocolError = result.Error;
        batch.ProtocolErrorForm =
            _input.IsMultibulkAt(result.Consumed) ? RequestForm.Multibulk : RequestForm.Inline;
    }
}
