using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>What comes from the primary and is not consumed yet, and the requests parsed from it.</summary>
/// <remarks>As <see cref="ConnectionInput"/>, without a client's limits. Belongs to one actor.</remarks>
internal sealed class StreamInput : IDisposable
{
    private static readonly ProtocolLimits Limits = new()
    {
        MaxInlineLength = 64 * 1024,
        MaxArguments = int.MaxValue,
        MaxBulkLength = int.MaxValue,
    };

    private readonly RequestParser _parser = new(Limits);
    private readonly ReceiveBuffer _buffer = new();
    private int _consumed;

    /// <summary>Bytes not consumed.</summary>
    public long Length => _buffer.Length;

    /// <summary>Takes what has arrived.</summary>
    public void Add(StreamSocket.Arrived arrived) => _buffer.Add(arrived.Data);

    /// <summary>Takes bytes, which belong to the input from here on.</summary>
    public void Add(byte[] bytes) => _buffer.Add(ByteString.FromBytes(bytes));

    /// <summary>Fills an empty batch with the whole requests that are there.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="maxRequests">As many at most.</param>
    /// <param name="poolThreshold">A request with more arguments than this runs in the pool.</param>
    /// <returns>False when the input is no stream of a primary: a request broken, or not in multi-bulk form.</returns>
    public bool TryParse(CommandBatch batch, int maxRequests, int poolThreshold)
    {
        _buffer.Join();
        var result = _parser.Parse(_buffer.Unread, batch.Requests, maxRequests);
        _consumed = result.Consumed;
        if (result.Status == ParseStatus.ProtocolError)
            return false;
        for (var i = 0; i < batch.Requests.Count; i++)
            if (batch.Requests.FormOf(i) != RequestForm.Multibulk)
                return false;
        if (batch.Requests.Count > 0)
            batch.Resolve(result.Consumed, poolThreshold);
        else
            _buffer.Expect(result.MoreBytesHint);
        return true;
    }

    /// <summary>Drops the bytes of the batch that was parsed last; nobody reads it any more.</summary>
    /// <returns>How many they were.</returns>
    public int Consume()
    {
        var consumed = _consumed;
        _buffer.Consume(consumed);
        _consumed = 0;
        return consumed;
    }

    public void Dispose() => _buffer.Dispose();
}
