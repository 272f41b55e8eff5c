using System.Collections.Concurrent;

namespace RedisLite.Commands.Execution;

/// <summary>Sums the executors' counters for INFO, minus what CONFIG RESETSTAT put behind us.</summary>
/// <remarks>Any thread, but for <see cref="Sample"/>.</remarks>
public sealed class ServerStatistics(CommandTable table)
{
    /// <summary>Kinds of errors that are told apart: a client could make up more than anybody wants to read.</summary>
    private const int MaxErrorKinds = 128;

    private const int LongestErrorKind = 32;

    private readonly Lock _gate = new();
    private readonly List<ExecutionStatistics> _executors = [];
    private readonly RateSamples _commandRate = new();
    private readonly RateSamples _inputRate = new();
    private readonly RateSamples _outputRate = new();
    private ExecutionStatistics _baseline = new(table.OrdinalCount);
    private ConcurrentDictionary<string, long> _errorsByKind = new(StringComparer.Ordinal);

    // Rare enough for an interlocked count each.
    private long _connectionsReceived;
    private long _connectionsRejected;
    private long _expiredKeys;
    private long _expiredFields;
    private long _evictedKeys;
    private long _evictedClients;
    private long _defragmented;
    private bool _isDefragmenting;
    private long _errorReplies;
    private long _pushedBytes;
    private long _peakMemory;
    private long _sampledCommands;

    public ReplicationStatistics Replication { get; } = new();

    public long ConnectionsReceived => Volatile.Read(ref _connectionsReceived);

    public long ConnectionsRejected => Volatile.Read(ref _connectionsRejected);

    public long ExpiredKeys => Volatile.Read(ref _expiredKeys);

    public long ExpiredFields => Volatile.Read(ref _expiredFields);

    public long EvictedKeys => Volatile.Read(ref _evictedKeys);

    public long ErrorReplies => Volatile.Read(ref _errorReplies);

    /// <summary>The most native bytes that the data took at any <see cref="Sample"/>.</summary>
    public long PeakMemory => Volatile.Read(ref _peakMemory);

    /// <summary>Error replies by their first word, as INFO errorstats shows them.</summary>
    public IReadOnlyDictionary<string, long> ErrorsByKind => _errorsByKind;

    /// <summary>Commands a second, over the last samples.</summary>
    public double CommandsPerSecond => _commandRate.PerSecond;

    /// <summary>Bytes received a second, over the last samples.</summary>
    public double InputPerSecond => _inputRate.PerSecond;

    /// <summary>Bytes sent a second, over the last samples.</summary>
    public double OutputPerSecond => _outputRate.PerSecond;

    public void CountConnection() => Interlocked.Increment(ref _connectionsReceived);

    public void CountRejectedConnection() => Interlocked.Increment(ref _connectionsRejected);

    public void CountExpired() => Interlocked.Increment(ref _expiredKeys);

    public void CountExpiredFields(int count) => Interlocked.Add(ref _expiredFields, count);

    /// <summary>Counts records that defragmentation moved.</summary>
    public void CountDefragmented(long records) => Interlocked.Add(ref _defragmented, records);

    /// <summary>Records that defragmentation has moved.</summary>
    public long Defragmented => Volatile.Read(ref _defragmented);

    /// <summary>Whether it moves records at this time.</summary>
    public bool IsDefragmenting
    {
        get => Volatile.Read(ref _isDefragmenting);
        set => Volatile.Write(ref _isDefragmenting, value);
    }

    /// <summary>Clients closed because of <c>maxmemory-clients</c>.</summary>
    public long EvictedClients => Volatile.Read(ref _evictedClients);

    public void CountEvictedClient() => Interlocked.Increment(ref _evictedClients);

    public void CountEvicted() => Interlocked.Increment(ref _evictedKeys);

    /// <summary>Counts bytes that a client gets without having asked: messages, invalidations.</summary>
    public void CountPushed(int bytes) => Interlocked.Add(ref _pushedBytes, bytes);

    /// <summary>Counts an error reply.</summary>
    /// <param name="message">Without the leading '-'.</param>
    public void CountError(ReadOnlySpan<byte> message)
    {
        var space = message[..Math.Min(message.Length, LongestErrorKind)].IndexOf((byte)' ');
        var kind = space < 0 ? "ERR" : System.Text.Encoding.Latin1.GetString(message[..space]);
        Interlocked.Increment(ref _errorReplies);
        if (_errorsByKind.Count < MaxErrorKinds || _errorsByKind.ContainsKey(kind))
            _errorsByKind.AddOrUpdate(kind, 1, static (_, count) => count + 1);
    }

    /// <summary>
    /// Takes a sample of what INFO shows as a rate or a peak; to be called about ten times a second, by one thread at
    /// a time.
    /// </summary>
    /// <param name="monotonicMs">Milliseconds of a clock that never goes back (not the clock that keys expire
    /// by).</param>
    /// <param name="usedMemory">Native bytes of the data.</param>
    /// <returns>Whether any command has run since the last sample.</returns>
    public bool Sample(long monotonicMs, long usedMemory)
    {
        var (commands, input, output) = Totals();
        var isBusy = commands != _sampledCommands;
        _sampledCommands = commands;
        _commandRate.Add(commands, monotonicMs);
        _inputRate.Add(input, monotonicMs);
        _outputRate.Add(output, monotonicMs);
        Replication.Sample(monotonicMs);
        NotePeak(usedMemory);
        return isBusy;
    }

    /// <summary>Whoever measures the memory notes it here: a peak between two samples is then not missed.</summary>
    public void NotePeak(long usedMemory)
    {
        lock (_gate)
            _peakMemory = Math.Max(_peakMemory, usedMemory);
    }

    /// <summary>Changes of data since the server started, whatever RESETSTAT did. Any thread.</summary>
    public long TotalChanges
    {
        get
        {
            lock (_gate)
                return _executors.Sum(executor => Volatile.Read(ref executor.Changes));
        }
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            var sum = new ExecutionStatistics(table.OrdinalCount);
            foreach (var executor in _executors)
                sum.Add(executor, 1);
            _baseline = sum;
            _peakMemory = 0;
        }

        _connectionsReceived = _connectionsRejected = _expiredKeys = _expiredFields = 0;
        _evictedKeys = _evictedClients = _errorReplies = _pushedBytes = 0;
        _errorsByKind = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        _commandRate.Clear();
        _inputRate.Clear();
        _outputRate.Clear();
        Replication.Reset();
    }

    /// <summary>Gives a new executor its counters.</summary>
    internal ExecutionStatistics Register()
    {
        var statistics = new ExecutionStatistics(table.OrdinalCount);
        lock (_gate)
            _executors.Add(statistics);
        return statistics;
    }

    /// <summary>The sums since the last reset. O(executors x commands).</summary>
    internal ExecutionStatistics Collect()
    {
        var sum = new ExecutionStatistics(table.OrdinalCount);
        lock (_gate)
        {
            foreach (var executor in _executors)
                sum.Add(executor, 1);
            sum.Add(_baseline, -1);
        }

        sum.OutputBytes += Volatile.Read(ref _pushedBytes);
        return sum;
    }

    private (long Commands, long Input, long Output) Totals()
    {
        lock (_gate)
        {
            var (commands, input, output) = (
                -_baseline.Commands, -_baseline.InputBytes, _pushedBytes - _baseline.OutputBytes);
            foreach (var executor in _executors)
            {
                commands += executor.Commands;
                input += executor.InputBytes;
                output += executor.OutputBytes;
            }

            return (commands, input, output);
        }
    }
}
