namespace RedisLite.Commands.Execution;

/// <summary>Counters of one executor, written by it alone, read by anybody: no contended counter per command.</summary>
/// <remarks>Reads from other threads may be a moment old; on 64-bit machines they are never torn.</remarks>
internal sealed class ExecutionStatistics(int commandCount)
{
    public long KeyspaceHits;
    public long KeyspaceMisses;
    public long InputBytes;
    public long OutputBytes;

    /// <summary>Runs of what clients had sent: one or more requests each.</summary>
    public long Batches;

    /// <summary>What commands reported as changed. Never reset.</summary>
    public long Changes;

    public CommandStatistics[] ByCommand { get; } = new CommandStatistics[commandCount];

    /// <summary>Calls of all commands.</summary>
    public long Commands
    {
        get
        {
            long sum = 0;
            foreach (ref readonly var command in ByCommand.AsSpan())
                sum += command.Calls;
            return sum;
        }
    }

    /// <summary>Adds the counters of another, or takes them away.</summary>
    /// <param name="other">Of the same table.</param>
    /// <param name="sign">1 or -1.</param>
    public void Add(ExecutionStatistics other, int sign)
    {
        KeyspaceHits += sign * other.KeyspaceHits;
        KeyspaceMisses += sign * other.KeyspaceMisses;
        InputBytes += sign * other.InputBytes;
        OutputBytes += sign * other.OutputBytes;
        Batches += sign * other.Batches;
        for (var i = 0; i < ByCommand.Length; i++)
            ByCommand[i].Add(other.ByCommand[i], sign);
    }
}

/// <summary>What is counted of one command. Ticks are those of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
internal struct CommandStatistics
{
    public long Calls;
    public long Ticks;

    /// <summary>Refused before they ran; not among the calls.</summary>
    public long RejectedCalls;

    /// <summary>Ran and replied an error.</summary>
    public long FailedCalls;

    /// <summary>Null until the first call that was measured.</summary>
    public LatencyHistogram? Latency;

    public void Add(in CommandStatistics other, int sign)
    {
        Calls += sign * other.Calls;
        Ticks += sign * other.Ticks;
        RejectedCalls += sign * other.RejectedCalls;
        FailedCalls += sign * other.FailedCalls;
        if (other.Latency is not null)
            (Latency ??= new LatencyHistogram()).Add(other.Latency, sign);
    }
}
