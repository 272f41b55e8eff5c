using RedisLite.Storage.Serialization;

namespace RedisLite.Commands.Server;

/// <summary>
/// The settings that CONFIG SET may change while the server runs, as plain values for hot paths to read.
/// </summary>
/// <remarks>
/// Any thread reads; only the server's configuration writes, one change at a time. Every value is at most eight aligned
/// bytes or one reference, so a reader sees the old value or the new one, never a mixture, and a change is seen by the
/// next request at the latest. Two values that must agree are one object (<see cref="OutputBufferLimits"/>).
/// The values at start come from the settings; there are no defaults here.
/// </remarks>
public sealed class RuntimeOptions
{
    /// <summary>
    /// Raised after a directive's new value can be read here, with the directive's name (<c>maxclients</c>), on the
    /// thread that changes it: handlers must be short and must not throw; an actor tells itself a message.
    /// </summary>
    public event Action<string>? Changed;

    /// <summary>Bytes of data after which <see cref="MaxMemoryPolicy"/> applies; 0: no limit.</summary>
    public long MaxMemory { get; set; }

    public MaxMemoryPolicy MaxMemoryPolicy { get; set; }

    /// <summary>Keys looked at to find one to evict.</summary>
    public int MaxMemorySamples { get; set; }

    /// <summary>Whether records are moved together while much of the allocator's memory is free.</summary>
    public bool ActiveDefrag { get; set; } = true;

    /// <summary>Free bytes in slabs below which nothing is moved.</summary>
    public long ActiveDefragIgnoreBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>Free bytes, in percent of those in use, below which nothing is moved.</summary>
    public int ActiveDefragThresholdLower { get; set; } = 10;

    public int LfuLogFactor { get; set; }

    /// <summary>Minutes after which an idle key's access counter is halved; 0: never.</summary>
    public int LfuDecayMinutes { get; set; }

    /// <summary>Bytes beyond which a sparse HyperLogLog becomes dense.</summary>
    public long HllSparseMaxBytes { get; set; }

    /// <summary>FLUSHALL and FLUSHDB without an option mean ASYNC.</summary>
    public bool LazyFreeUserFlush { get; set; }

    /// <summary>DEL means UNLINK.</summary>
    public bool LazyFreeUserDelete { get; set; }

    public KeyspaceEvents NotifyKeyspaceEvents { get; set; }

    /// <summary>Microseconds from which a command enters the slow log; 0 logs every command, negative none.</summary>
    public long SlowlogLogSlowerThanMicroseconds { get; set; }

    public long SlowlogMaxLength { get; set; }

    /// <summary>Milliseconds from which an event enters LATENCY; 0: monitoring is off.</summary>
    public long LatencyMonitorThresholdMs { get; set; }

    /// <summary>Keep a histogram of each command's latency (LATENCY HISTOGRAM, INFO latencystats).</summary>
    public bool LatencyTracking { get; set; }

    /// <summary>The percentiles that INFO latencystats shows; the array is never changed in place.</summary>
    public IReadOnlyList<double> LatencyTrackingPercentiles { get; set; } = [];

    public int MaxClients { get; set; }

    /// <summary>Seconds without a request after which a client is disconnected; 0: never.</summary>
    public int TimeoutSeconds { get; set; }

    /// <summary>Seconds between TCP keep-alive probes, for connections accepted from now on; 0: none.</summary>
    public int TcpKeepAliveSeconds { get; set; }

    /// <summary>Refuse clients from other machines while no password is set.</summary>
    public bool ProtectedMode { get; set; }

    /// <summary>The password that AUTH asks for; empty: none.</summary>
    public string RequirePass { get; set; } = "";

    /// <summary>New users, and selectors, may use all channels.</summary>
    public bool AclPubSubDefaultAllChannels { get; set; }

    /// <summary>Refusals that ACL LOG keeps.</summary>
    public long AclLogMaxLength { get; set; } = 128;

    /// <summary>Wrong passwords of one address after which the next attempt waits; 0: none ever does.</summary>
    public long AuthFailureLimit { get; set; }

    /// <summary>Milliseconds for which each further attempt then waits, one after the other.</summary>
    public long AuthFailureIntervalMs { get; set; }

    public ProtectedAccess EnableDebugCommand { get; set; }

    /// <summary>Bytes that one argument of a request may have.</summary>
    public long ProtoMaxBulkLength { get; set; }

    /// <summary>Bytes that a client may have sent and the server not yet executed.</summary>
    public long ClientQueryBufferLimit { get; set; }

    /// <summary>
    /// Limits on unsent output by <see cref="ClientClass"/>; replaced as a whole, never changed in place.
    /// </summary>
    public IReadOnlyList<OutputBufferLimit> OutputBufferLimits { get; set; } = [];

    /// <summary>What all clients together may take; beyond it the greediest are closed.</summary>
    public ClientMemoryLimit MaxMemoryClients { get; set; }

    /// <summary>Keys that client-side caching remembers over all clients; 0: no limit.</summary>
    public long TrackingTableMaxKeys { get; set; }

    /// <summary>
    /// Milliseconds after which a running script or function lets others be told that the server is busy.
    /// </summary>
    public long BusyReplyThresholdMs { get; set; }

    /// <summary>
    /// Milliseconds that the commands of a script may take together on a thread that reads sockets, before the pool
    /// runs it. Not a directive: tests on busy machines have it long.
    /// </summary>
    public int ShortScriptMs { get; set; } = 10;

    /// <summary>Bytes that a script may hold.</summary>
    public long ScriptMemoryLimit { get; set; }

    /// <summary>How many times a second background work runs (active expiry, timeouts).</summary>
    public int Hz { get; set; }

    /// <summary>1 to 10: how hard active expiry tries.</summary>
    public int ActiveExpireEffort { get; set; }

    public LogVerbosity LogLevel { get; set; }

    /// <summary>Seconds that SHUTDOWN waits for replicas, and for clients' replies to be sent.</summary>
    public int ShutdownTimeoutSeconds { get; set; }

    public AppendFsync AppendFsync { get; set; }

    /// <summary>Do not fsync the append only file while a rewrite or a snapshot is being written.</summary>
    public bool NoAppendFsyncOnRewrite { get; set; }

    /// <summary>
    /// Growth in percent of the append only file since its last rewrite that starts the next; 0: never.
    /// </summary>
    public int AutoAofRewritePercentage { get; set; }

    /// <summary>Bytes below which the append only file is not rewritten by itself.</summary>
    public long AutoAofRewriteMinSize { get; set; }

    public bool AofLoadTruncated { get; set; }

    /// <summary>The append only file's base is written in RDB format.</summary>
    public bool AofUseRdbPreamble { get; set; }

    /// <summary>Any of these makes a snapshot due; replaced as a whole, never changed in place.</summary>
    public IReadOnlyList<SavePoint> SavePoints { get; set; } = [];

    /// <summary>Refuse writes after a snapshot has failed, until one succeeds.</summary>
    public bool StopWritesOnSnapshotError { get; set; }

    public bool RdbCompression { get; set; }

    /// <summary>
    /// Up to where collections have their compact forms; replaced as a whole, never changed in place.
    /// </summary>
    public EncodingLimits Encodings { get; set; } = EncodingLimits.Default;

    /// <summary>A replica refuses its clients' writes.</summary>
    public bool ReplicaReadOnly { get; set; }

    /// <summary>What is about copies of the data on other servers.</summary>
    public ReplicationOptions Replication { get; } = new();

    /// <summary>What is about the cluster that this server is a node of.</summary>
    public ClusterOptions Cluster { get; } = new();

    /// <summary>The limits on unsent output of one class of clients.</summary>
    public OutputBufferLimit OutputBufferLimit(ClientClass clients) => OutputBufferLimits[(int)clients];

    /// <summary>Tells those who subscribed that a directive has changed; called by the configuration only.</summary>
    public void RaiseChanged(string directive) => Changed?.Invoke(directive);
}
