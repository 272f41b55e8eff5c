namespace RedisLite.Configuration;

/// <summary>How requests become work (section <c>redislite.execution</c>).</summary>
public sealed record ExecutionSettings
{
    /// <summary>
    /// Batches of short commands run on the threads that read them; false sends everything to the pool.
    /// </summary>
    [Setting("fast-path")]
    public required bool FastPath { get; init; }

    /// <summary>Threads that wait for the sockets of the process; 0 for half of the cores.</summary>
    [Setting("event-loops", Max = 1024)]
    public required int EventLoops { get; init; }

    [Setting("max-requests-per-batch", Min = 1, Max = int.MaxValue)]
    public required int MaxRequestsPerBatch { get; init; }

    /// <summary>Bytes of replies that end a batch.</summary>
    [Size("max-reply-bytes-per-batch", Min = 1024, Max = int.MaxValue)]
    public required int MaxReplyBytesPerBatch { get; init; }

    /// <summary>Arguments from which a batch goes to the pool.</summary>
    [Setting("pool-argument-threshold", Min = 1, Max = int.MaxValue)]
    public required int PoolArgumentThreshold { get; init; }

    /// <summary>In whole milliseconds.</summary>
    [Setting("busy-reply-threshold")]
    public required TimeSpan BusyReplyThreshold { get; init; }
}

/// <summary>Background work and the removal of expired keys (section <c>redislite.expiry</c>).</summary>
public sealed record ExpirySettings
{
    /// <summary>Runs of background work a second.</summary>
    [Setting("hz", Min = 1, Max = 500)]
    public required int Hz { get; init; }

    [Setting("active-expire-effort", Min = 1, Max = 10)]
    public required int ActiveExpireEffort { get; init; }

    /// <summary>The most of one core, in percent, that active expiry takes.</summary>
    [Setting("cpu-percent", Min = 1, Max = 100)]
    public required int CpuPercent { get; init; }
}

/// <summary>Scripts and functions (section <c>redislite.scripts</c>).</summary>
public sealed record ScriptSettings
{
    /// <summary>Bytes that one script may hold.</summary>
    [Size("memory-limit", Min = 1024 * 1024)]
    public required long MemoryLimit { get; init; }
}

/// <summary>What the server holds on behalf of clients (section <c>redislite.clients</c>).</summary>
public sealed record ClientSettings
{
    [Setting("output-buffer-limit.normal")]
    public required Commands.Server.OutputBufferLimit NormalOutputBufferLimit { get; init; }

    [Setting("output-buffer-limit.replica")]
    public required Commands.Server.OutputBufferLimit ReplicaOutputBufferLimit { get; init; }

    [Setting("output-buffer-limit.pubsub")]
    public required Commands.Server.OutputBufferLimit PubSubOutputBufferLimit { get; init; }

    /// <summary>What all clients together may take; beyond it the greediest are closed.</summary>
    [Setting("maxmemory-clients")]
    public required Commands.Server.ClientMemoryLimit MaxMemoryClients { get; init; }

    [Setting("tracking-table-max-keys")]
    public required long TrackingTableMaxKeys { get; init; }
}
