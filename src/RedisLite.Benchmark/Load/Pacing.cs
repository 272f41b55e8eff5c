using System.Diagnostics;

namespace RedisLite.Benchmark.Load;

/// <summary>Decides when a worker's connections may send, and from when a latency counts.</summary>
/// <remarks>
/// Times are <see cref="Stopwatch"/> ticks. One per worker and phase; used by the worker's thread only.
/// </remarks>
internal abstract class Pacing(IReadOnlyList<LoadConnection> connections, LatencyHistogram latencies)
{
    protected static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    protected IReadOnlyList<LoadConnection> Connections { get; } = connections;

    protected LatencyHistogram Latencies { get; } = latencies;

    /// <summary>Requests that were due but not sent when the phase ended; only an open loop can have some.</summary>
    public virtual long Unsent => 0;

    /// <summary>Called once, before anything is sent.</summary>
    public abstract void Start(long now);

    /// <summary>Queues what has become due on connections, and tells which by <paramref name="send"/>.</summary>
    /// <returns>Nanoseconds until this must be called again.</returns>
    public abstract long QueueDue(long now, Action<LoadConnection> send);

    /// <summary>Records the latency of replies that have just come and queues what this allows to send.</summary>
    public abstract void Replied(LoadConnection connection, int replies, long now);

    /// <summary>True when nothing is to be sent or awaited any more.</summary>
    public abstract bool IsFinished(long now);

    protected static long ToTicks(TimeSpan time) =>
        time == TimeSpan.MaxValue ? long.MaxValue / 2 : (long)(time.TotalSeconds * Stopwatch.Frequency);
}

/// <summary>Closed loop: a connection sends its next batch when the whole one before it is answered.</summary>
internal sealed class ClosedLoop(
    IReadOnlyList<LoadConnection> connections, LatencyHistogram latencies, LoadPhase phase, int pipeline, long requests)
    : Pacing(connections, latencies)
{
    private const long WaitNanoseconds = 100_000_000; // only to look at the deadline and at Stop

    private long _remaining = requests;
    private long _deadline;
    private int _busy;

    /// <inheritdoc/>
    public override void Start(long now)
    {
        _deadline = now + ToTicks(phase.Duration);
        _busy = Connections.Count;
        foreach (var connection in Connections)
            StartBatch(connection, now);
    }

    /// <inheritdoc/>
    public override long QueueDue(long now, Action<LoadConnection> send) => WaitNanoseconds;

    /// <inheritdoc/>
    public override void Replied(LoadConnection connection, int replies, long now)
    {
        Latencies.Record((long)((now - connection.BatchStart) * NanosecondsPerTick), replies);
        if (connection.IsIdle)
            StartBatch(connection, now);
    }

    /// <inheritdoc/>
    public override bool IsFinished(long now) => _busy == 0;

    private void StartBatch(LoadConnection connection, long now)
    {
        var count = now >= _deadline || phase.Stop.IsCancellationRequested ? 0 : (int)Math.Min(pipeline, _remaining);
        if (count == 0)
        {
            _busy--;
            return;
        }

        _remaining -= count;
        connection.Queued = count;
        connection.BatchStart = now;
    }
}

/// <summary>Open loop: requests fall due at a fixed rate, whether or not earlier ones were answered.</summary>
/// <remarks>
/// Request k of the worker falls due at start + k / rate, on connection k modulo connections. Latency counts from that
/// moment, also when the request had to wait because its connection had a full pipeline unanswered: a server that
/// stalls for a second delays all requests of that second, and a closed loop would have recorded one. When the time is
/// over, what was due is still sent, for at most <see cref="GraceSeconds"/>; what could not be sent even then counts
/// as unsent, with the time that it has waited so far as its latency.
/// </remarks>
internal sealed class OpenLoop(
    IReadOnlyList<LoadConnection> connections, LatencyHistogram latencies, LoadPhase phase, int pipeline, long requests,
    double rate, double offset)
    : Pacing(connections, latencies)
{
    private const int GraceSeconds = 10;
    private const long LongestWaitNanoseconds = 100_000_000;

    private readonly double _ticksBetween = Stopwatch.Frequency / rate;
    private long _start;
    private long _deadline;
    private long _nextDue;
    private long _replied;
    private long _unsent;
    private bool _gaveUp;

    /// <inheritdoc/>
    public override long Unsent => _unsent;

    /// <inheritdoc/>
    public override void Start(long now)
    {
        // Workers share the rate; each begins a part of the interval later, so that their requests do not fall
        // together.
        _start = now + (long)(_ticksBetween * offset);
        _deadline = now + ToTicks(phase.Duration);
    }

    /// <inheritdoc/>
    public override long QueueDue(long now, Action<LoadConnection> send)
    {
        while (_nextDue < requests && !phase.Stop.IsCancellationRequested)
        {
            var due = DueAt(_nextDue);
            if (due > now || due >= _deadline)
            {
                if (due >= _deadline)
                    requests = _nextDue;
                return Math.Clamp((long)((due - now) * NanosecondsPerTick), 0, LongestWaitNanoseconds);
            }

            var connection = Connections[(int)(_nextDue++ % Connections.Count)];
            connection.Due++;
            if (Allow(connection))
                send(connection);
        }

        requests = _nextDue;
        return LongestWaitNanoseconds;
    }

    /// <inheritdoc/>
    public override void Replied(LoadConnection connection, int replies, long now)
    {
        for (var i = 0; i < replies; i++)
            Latencies.Record((long)((now - DueAt(connection, connection.Replied++)) * NanosecondsPerTick), 1);
        _replied += replies;
        Allow(connection);
    }

    /// <inheritdoc/>
    public override bool IsFinished(long now)
    {
        if (_nextDue < requests)
            return false;
        if (!_gaveUp && now > _deadline + (GraceSeconds * Stopwatch.Frequency))
            GiveUp(now);
        return _replied + _unsent == _nextDue;
    }

    private long DueAt(long index) => _start + (long)(index * _ticksBetween);

    private long DueAt(LoadConnection connection, long index) => DueAt(connection.Token + (index * Connections.Count));

    /// <summary>Queues what is due as far as the pipeline has room.</summary>
    private bool Allow(LoadConnection connection)
    {
        if (_gaveUp)
            return false;
        var underWay = connection.Outstanding + connection.Queued;
        var waiting = connection.Due - connection.Replied - underWay;
        var allowed = (int)Math.Min(waiting, pipeline - underWay);
        connection.Queued += allowed;
        return allowed > 0;
    }

    private void GiveUp(long now)
    {
        _gaveUp = true;
        foreach (var connection in Connections)
        {
            var sent = connection.Replied + connection.Outstanding + connection.Queued;
            for (var index = sent; index < connection.Due; index++)
                Latencies.Record((long)((now - DueAt(connection, index)) * NanosecondsPerTick), 1);
            _unsent += connection.Due - sent;
        }
    }
}
