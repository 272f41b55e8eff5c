using Akka.IO;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Connections;

/// <summary>
/// What comes on a stream of commands, without a client's limits: see <see cref="RequestInput"/>.
/// </summary>
internal sealed class StreamInput(Databases databases) : IDisposable
{
    private const string NoStream = "what it sends is no stream";

    private static readonly ProtocolLimits Limits = new()
    {
        MaxInlineLength = 64 * 1024,
        MaxArguments = int.MaxValue,
        MaxBulkLength = int.MaxValue,
    };

    private readonly RequestInput _input = new(databases, Limits);

    // Of what was parsed last: where its requests end, and what of the first stood in memory of its own.
    private int _requestsEnd;
    private long _partsLength;

    /// <summary>Bytes not consumed.</summary>
    public long Length => _input.Length;

    /// <summary>
    /// Empty lines that no request of what was parsed last has come after: they count in the stream as well.
    /// </summary>
    public ReadOnlySpan<byte> Blanks => _input.Parsed[_requestsEnd..];

    /// <summary>Takes what has arrived.</summary>
    public void Add(StreamSocket.Arrived arrived) => _input.Add(arrived.Data);

    /// <summary>Takes bytes, which belong to the input from here on.</summary>
    public void Add(byte[] bytes) => _input.Add(ByteString.FromBytes(bytes));

    /// <summary>
    /// Fills an empty batch with the whole requests that are there; <see cref="Consume"/> comes before the next time,
    /// even if there are none.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="maxRequests">As many at most.</param>
    /// <param name="poolThreshold">A request with more arguments than this runs in the pool.</param>
    /// <returns>Null, or why nothing more can be read from this stream.</returns>
    public string? TryParse(CommandBatch batch, int maxRequests, int poolThreshold)
    {
        var requests = batch.Requests;
        if (_input.Parse(requests, maxRequests) is not { } result)
            return null;
        if (_input.LacksMemory is { } lack)
            return lack;
        if (result.Status == ParseStatus.ProtocolError)
            return NoStream;
        for (var i = 0; i < requests.Count; i++)
            if (requests.FormOf(i) != RequestForm.Multibulk)
                return NoStream;
        if (requests.Count == 0)
            return null;
        _requestsEnd = requests.EndOf(requests.Count - 1);
        foreach (var part in requests.PartsOf(0))
            _partsLength += part.Length;
        batch.Resolve(result.Consumed + _input.TakeMoved(), poolThreshold);
        return null;
    }

    /// <summary>Drops the bytes of the requests that were parsed last; nobody reads them any more.</summary>
    /// <returns>How many they were.</returns>
    public long Consume()
    {
        var consumed = _input.Parsed.Length + _partsLength;
        _input.Consume();
        (_requestsEnd, _partsLength) = (0, 0);
        return consumed;
    }

    public void Dispose() => _input.Dispose();
}
