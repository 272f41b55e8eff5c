using System.Diagnostics;
using System.Net.Sockets;

namespace RedisLite.Benchmark.Load;

/// <summary>One thread that drives its share of the connections.</summary>
/// <remarks>
/// <code>
///   wait for readiness -> receive -> count replies -> record latencies -> encode -> send -> wait ...
/// </code>
/// The loop allocates nothing and takes no locks. A phase begins and ends with no request under way, so phases may
/// follow each other on the same connections.
/// </remarks>
internal sealed class LoadWorker : IDisposable
{
    private const int ReceiveBufferBytes = 256 * 1024;

    private readonly IReadinessPoller _poller;
    private readonly IReadOnlyList<LoadConnection> _connections;
    private readonly RequestSource _source;
    private readonly int _pipeline;
    private readonly byte[] _receiveBuffer = GC.AllocateUninitializedArray<byte>(ReceiveBufferBytes);
    private readonly Readiness[] _ready;
    private readonly Action<LoadConnection> _send;
    private Pacing _pacing = null!;
    private long _completed;
    private long _receivedBytes;

    public LoadWorker(
        IReadinessPoller poller, IReadOnlyList<LoadConnection> connections, RequestSource source, int pipeline)
    {
        _poller = poller;
        _connections = connections;
        _source = source;
        _pipeline = pipeline;
        _ready = new Readiness[Math.Max(64, connections.Count)];
        _send = Send;
        foreach (var connection in connections)
            poller.Add(connection.Socket, connection.Token);
    }

    /// <summary>Replies since the worker was made. Any thread.</summary>
    public long Completed => Volatile.Read(ref _completed);

    /// <summary>Bytes received since the worker was made. Any thread.</summary>
    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    public IEnumerable<ReplyScanner> Scanners => _connections.Select(connection => connection.Scanner);

    /// <summary>Runs a phase to its end on the calling thread.</summary>
    /// <param name="phase">The phase, for all workers.</param>
    /// <param name="share">This worker's part of it.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <exception cref="LoadException">The run is not valid; see there.</exception>
    public PhaseResult Run(LoadPhase phase, WorkerShare share, CancellationToken cancellationToken)
    {
        var latencies = new LatencyHistogram();
        _pacing = phase.Rate > 0
            ? new OpenLoop(_connections, latencies, phase, _pipeline, share.Requests, share.Rate, share.Offset)
            : new ClosedLoop(_connections, latencies, phase, _pipeline, share.Requests);
        _poller.EnterThread();
        var completedBefore = _completed;
        var start = Stopwatch.GetTimestamp();
        foreach (var connection in _connections)
            connection.StartPhase();
        _pacing.Start(start);
        foreach (var connection in _connections)
            Send(connection);
        Loop(phase.StallTimeout, cancellationToken);
        foreach (var connection in _connections)
        {
            if (connection.Scanner.IsMidReply)
                throw new LoadException("The run ended in the middle of a reply: the server sent more than was asked.");
        }

        return new PhaseResult(
            _completed - completedBefore, Stopwatch.GetElapsedTime(start), latencies, _pacing.Unsent);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _poller.Dispose();
        foreach (var connection in _connections)
            connection.Dispose();
    }

    private void Loop(TimeSpan stallTimeout, CancellationToken cancellationToken)
    {
        var stallTicks = (long)(stallTimeout.TotalSeconds * Stopwatch.Frequency);
        var now = Stopwatch.GetTimestamp();
        var lastProgress = now;
        while (!_pacing.IsFinished(now))
        {
            var wait = _pacing.QueueDue(now, _send);
            var count = _poller.Wait(wait, _ready);
            for (var i = 0; i < count; i++)
            {
                var connection = _connections[_ready[i].Token];
                if (_ready[i].CanRead)
                    Receive(connection);
                if (_ready[i].CanWrite)
                    Send(connection);
            }

            now = Stopwatch.GetTimestamp();
            if (count > 0)
                lastProgress = now;
            else if (now - lastProgress > stallTicks && _connections.Any(connection => connection.Outstanding > 0))
                throw new LoadException(StallMessage(stallTimeout));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Receive(LoadConnection connection)
    {
        var received = connection.Socket.Receive(_receiveBuffer, SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
            return;
        if (error != SocketError.Success || received == 0)
        {
            throw new LoadException(
                $"The server closed a connection with {connection.Outstanding} replies awaited"
                + (error == SocketError.Success ? "." : $" ({error})."));
        }

        var now = Stopwatch.GetTimestamp();
        var replies = connection.Scanner.Scan(_receiveBuffer.AsSpan(0, received));
        Volatile.Write(ref _receivedBytes, _receivedBytes + received);
        if (replies == 0)
            return;
        if (replies > connection.Outstanding)
            throw new LoadException($"{replies} replies came where {connection.Outstanding} were awaited.");
        connection.Outstanding -= replies;
        Volatile.Write(ref _completed, _completed + replies);
        _pacing.Replied(connection, replies, now);
        if (connection.Queued > 0)
            Send(connection);
    }

    /// <summary>Sends what is unsent and what is queued, until the socket takes no more.</summary>
    private void Send(LoadConnection connection)
    {
        if (!connection.Unsent.IsEmpty)
        {
            connection.DropUnsent(SendNow(connection, connection.Unsent));
            if (!connection.Unsent.IsEmpty)
                return;
            _poller.WatchWrites(connection.Socket, connection.Token, on: false);
        }

        while (connection.Queued > 0)
        {
            var bytes = _source.Next(connection.Queued, out var count);
            connection.Queued -= count;
            connection.Outstanding += count;
            var sent = SendNow(connection, bytes);
            if (sent == bytes.Length)
                continue;
            connection.KeepUnsent(bytes[sent..]);
            _poller.WatchWrites(connection.Socket, connection.Token, on: true);
            return;
        }
    }

    private static int SendNow(LoadConnection connection, ReadOnlySpan<byte> bytes)
    {
        var sent = connection.Socket.Send(bytes, SocketFlags.None, out var error);
        return error switch
        {
            SocketError.Success => sent,
            SocketError.WouldBlock => 0,
            _ => throw new LoadException($"The server closed a connection while requests were sent ({error})."),
        };
    }

    private string StallMessage(TimeSpan timeout) =>
        $"No reply for {timeout.TotalSeconds:0} s with {_connections.Sum(connection => connection.Outstanding)} "
            + "awaited.";
}

/// <summary>What one worker does of a phase.</summary>
/// <param name="Requests">Requests to send.</param>
/// <param name="Rate">Requests a second, in an open loop.</param>
/// <param name="Offset">Part of its interval, in [0, 1), by which its open loop begins later.</param>
internal readonly record struct WorkerShare(long Requests, double Rate, double Offset);

/// <summary>What came of a phase.</summary>
/// <param name="Replies">Replies received.</param>
/// <param name="Elapsed">From the first request to the last reply.</param>
/// <param name="Latencies">Of every reply, errors included.</param>
/// <param name="Unsent">Open loop: requests due that could not be sent.</param>
internal sealed record PhaseResult(long Replies, TimeSpan Elapsed, LatencyHistogram Latencies, long Unsent);
