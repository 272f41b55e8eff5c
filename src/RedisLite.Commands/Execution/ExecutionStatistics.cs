using System.Collections.Concurrent;

namespace RedisLite.Commands.Execution;

/// <summary>Counters of one executor, written by it alone, read by anybody: no contended counter per command.</summary>
/// <remarks>Reads from other threads may be a moment old; on 64-bit machines they are never torn.</remarks>
internal sealed class ExecutionStatistics(int commandCount)
{
    public long Commands;
    public long KeyspaceHits;
    public long KeyspaceMisses;
    public long InputBytes;
    public long OutputBytes;

    public CommandStatistics[] ByCommand { get; } = new CommandStatistics[commandCount];
}

/// <summary>What INFO commandstats shows of one command. Ticks are those of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
internal struct CommandStatistics
{
    public long Calls;
    public long Ticks;
    public long RejectedCalls;
    public long FailedCalls;
}

/// <summary>Sums the executors' counters for INFO, minus what CONFIG RESETSTAT put behind us.</summary>
public sealed class ServerStatistics(CommandTable table)
{
    private readonly Lock _gate = new();
    private readonly List<ExecutionStatistics> _executors = [];
    private ExecutionStatistics _baseline = new(table.OrdinalCount);

    // Rare enough for an interlocked count each.
    private long _connectionsReceived;
    private long _connectionsRejected;
    private long _expiredKeys;
    private long _errorReplies;

    public long ConnectionsReceived => Volatile.Read(ref _connectionsReceived);

    public long ConnectionsRejected => Volatile.Read(ref _connectionsRejected);

    public long ExpiredKeys => Volatile.Read(ref _expiredKeys);

    public long ErrorReplies => Volatile.Read(ref _errorReplies);

    /// <summary>Error replies by their first word, as INFO errorstats shows them.</summary>
    public ConcurrentDictionary<string, long> ErrorsByPrefix { get; private set; } = new(StringComparer.Ordinal);

    public void CountConnection() => Interlocked.Increment(ref _connectionsReceived);

    public void CountRejectedConnection() => Interlocked.Increment(ref _connectionsRejected);

    public void CountExpired() => Interlocked.Increment(ref _expiredKeys);

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
        lock (_gate)
            return Sum(_baseline);
    }

    /// <summary>CONFIG RESETSTAT.</summary>
    public void Reset()
    {
        lock (_gate)
            _baseline = Sum(new ExecutionStatistics(table.OrdinalCount));
        _connectionsReceived = _connectionsRejected = _expiredKeys = _errorReplies = 0;
        ErrorsByPrefix = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
    }

    /// <summary>Counts an error reply. Any thread.</summary>
    /// <param name="message">Without the leading '-'.</param>
    public void CountError(ReadOnlySpan<byte> message)
    {
        var space = message.IndexOf((byte)' ');
        var prefix = System.Text.Encoding.ASCII.GetString(space < 0 ? message : message[..space]);
        Interlocked.Increment(ref _errorReplies);
        ErrorsByPrefix.AddOrUpdate(prefix, 1, static (_, count) => count + 1);
    }

    private ExecutionStatistics Sum(ExecutionStatistics baseline)
    {
        var sum = new ExecutionStatistics(table.OrdinalCount)
        {
            Commands = -baseline.Commands,
            KeyspaceHits = -baseline.KeyspaceHits,
            KeyspaceMisses = -baseline.KeyspaceMisses,
            InputBytes = -baseline.InputBytes,
            OutputBytes = -baseline.OutputBytes,
        };
        for (var i = 0; i < sum.ByCommand.Length; i++)
            Add(ref sum.ByCommand[i], baseline.ByCommand[i], -1);
        foreach (var executor in _executors)
        {
            sum.Commands += executor.Commands;
            sum.KeyspaceHits += executor.KeyspaceHits;
            sum.KeyspaceMisses += executor.KeyspaceMisses;
            sum.InputBytes += executor.InputBytes;
            sum.OutputBytes += executor.OutputBytes;
            for (var i = 0; i < sum.ByCommand.Length; i++)
                Add(ref sum.ByCommand[i], executor.ByCommand[i], 1);
        }

        return sum;
    }

    private static void Add(ref CommandStatistics sum, in CommandStatistics item, int sign)
    {
        sum.Calls += sign * item.Calls;
        sum.Ticks += sign * item.Ticks;
        sum.RejectedCalls += sign * item.RejectedCalls;
        sum.FailedCalls += sign * item.FailedCalls;
    }
}
