using RedisLite.Commands.Execution.Waiting;
using RedisLite.Commands.PubSub;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Scripting;
using RedisLite.Commands.Server;
using RedisLite.Commands.Server.Diagnostics;
using RedisLite.Commands.Server.Info;
using RedisLite.Commands.Tracking;

namespace RedisLite.Commands.Execution;

/// <summary>
/// What commands can reach beside their arguments: made once by the server and shared by all executors.
/// </summary>
public sealed class CommandServices
{
    private long _otherMemory;
    private long _logMemory;
    private bool _isLoading;
    private int _role;
    private bool _isActiveExpiryOff;

    public CommandServices(Databases databases, TimeProvider clock, RuntimeOptions options)
    {
        Databases = databases;
        Clock = clock;
        Options = options;
        Watches = new KeyWatchTable(databases);
        Pause = new PauseState(clock);
        Waiting = new WaitingClients(clock);
        Statistics = new ServerStatistics(CommandTable.Default);
        Scripts = new ScriptRegistry(options);
        Events = new KeyspaceEventPublisher(PubSub, options);
        Access = new AccessControl(this);
        Info = InfoRegistry.Create(this);
        CrossProtocol = new CrossProtocolNotice(this);
        databases.Observer = new KeyspaceObserver(this);
    }

    public CommandTable Commands
    {
        get;
        init
        {
            field = value;
            Statistics = new ServerStatistics(value);
            Access = new AccessControl(this);
        }
    } = CommandTable.Default;

    /// <summary>The users and what they may do.</summary>
    public AccessControl Access { get; private init; }

    public Databases Databases { get; }

    public TimeProvider Clock { get; }

    public RuntimeOptions Options { get; }

    public KeyWatchTable Watches { get; }

    public ServerStatistics Statistics { get; private init; }

    public ClientRegistry Clients { get; } = new();

    public PubSubRegistry PubSub { get; } = new();

    public TrackingRegistry Tracking { get; } = new();

    public MonitorRegistry Monitors { get; } = new();

    public PauseState Pause { get; }

    /// <summary>The clients that wait for keys.</summary>
    public WaitingClients Waiting { get; }

    /// <summary>Those who read many keys, stripe after stripe, and want to know what changes meanwhile.</summary>
    internal KeyReadings KeyReadings { get; } = new();

    /// <summary>The scripts and functions that clients have sent, and those that run.</summary>
    public ScriptRegistry Scripts { get; }

    /// <summary>HTTP where it does not belong.</summary>
    public CrossProtocolNotice CrossProtocol { get; }

    /// <summary>The clients that wait because a slot is being handed over.</summary>
    public SlotHolds SlotHolds { get; } = new();

    /// <summary>The writers that wait for the disk.</summary>
    public WaitingWriters Writers { get; } = new();

    /// <summary>The commands that took long (SLOWLOG).</summary>
    public SlowLog SlowLog { get; } = new();

    /// <summary>The keys that commands take the most time and bytes for (HOTKEYS).</summary>
    internal HotKeys HotKeys { get; } = new();

    /// <summary>What took long, by kind of event (LATENCY).</summary>
    public LatencyMonitor Latency { get; } = new();

    /// <summary>The sections of INFO; who has something to tell registers one.</summary>
    public InfoRegistry Info { get; }

    /// <summary>Where keyspace notifications go.</summary>
    public IKeyspaceEventSink Events { get; init; }

    /// <summary>
    /// Bytes of replies at which a run stops to have them sent: a batch of huge values then needs no memory for all of
    /// them at once, and a client that does not read stops being served.
    /// </summary>
    public int ReplyLimit { get; init; } = 256 * 1024;

    /// <summary>Set once before the first command runs.</summary>
    public IChangeLog ChangeLog { get; set; } = NoChangeLog.Instance;

    /// <summary>Set once before the first command runs.</summary>
    public IPersistence Persistence
    {
        get;
        set
        {
            field = value;
            value.WritersReleased = Writers.Resume;
        }
    } = NoPersistence.Instance;

    /// <summary>Set once before the first command runs.</summary>
    public IReplication Replication { get; set; } = NoReplication.Instance;

    /// <summary>
    /// How many messages wait for each kind of actor, by its name; asked for metrics only. Empty where there are no
    /// actors.
    /// </summary>
    public Func<IReadOnlyList<KeyValuePair<string, long>>> Mailboxes { get; set; } = static () => [];

    /// <summary>Who changed what; null while that is not recorded. Set once before the first command runs.</summary>
    public AuditLog? Audit { get; set; }

    /// <summary>
    /// Why nothing may be written now, as files or the audit trail are; null when it may. For requests and for the
    /// calls of scripts. Any thread.
    /// </summary>
    public byte[]? WriteRefusal => Persistence.WriteRefusal ?? Audit?.WriteRefusal;

    /// <summary>
    /// The cluster that this server is a node of; null for a server on its own. Set once before the first command
    /// runs.
    /// </summary>
    public ICluster? Cluster { get; set; }

    /// <summary>Carries keys to other servers. Set once before the first command runs.</summary>
    public IKeyTransfer? Transfer { get; set; }

    public required IServerConfiguration Configuration { get; init; }

    public required IServerControl Control { get; init; }

    public required ServerIdentity Identity { get; init; }

    /// <summary>
    /// Bytes that clients and the change log take beside the data, as of the last look: they count for
    /// <c>maxmemory</c>, but for <see cref="UncountedMemory"/>.
    /// </summary>
    public long OtherMemory
    {
        get => Volatile.Read(ref _otherMemory);
        private set => Volatile.Write(ref _otherMemory, value);
    }

    /// <summary>Looks at all clients and the log. O(clients).</summary>
    public void MeasureOtherMemory()
    {
        var log = ChangeLog.UsedMemory;
        OtherMemory = MemoryReport.ClientMemory(this) + log;
        Volatile.Write(ref _logMemory, log);
    }

    /// <summary>
    /// Of <see cref="UsedMemory"/>, what keys are not evicted for, since that frees nothing or makes it grow: what
    /// files and replicas have not taken yet, the backlog aside, and what no key has any more. Any thread; cheap.
    /// </summary>
    public long UncountedMemory =>
        Math.Max(0, Volatile.Read(ref _logMemory) + Databases.LeavingMemory - Replication.BacklogCapacity);

    /// <summary>
    /// Whether more memory than <c>maxmemory</c> is in use, and nothing may be evicted. Any thread; cheap.
    /// </summary>
    public bool IsOutOfMemory =>
        Options.MaxMemoryPolicy == MaxMemoryPolicy.NoEviction && MayDelete && Evictor.MayBeNeeded(this)
        && UsedMemory - UncountedMemory > Options.MaxMemory;

    /// <summary>Bytes in use: the exact sum over keys, values and tables, and <see cref="OtherMemory"/>.</summary>
    public long UsedMemory => Databases.UsedMemory + OtherMemory;

    /// <summary>Whether expired keys are looked for; DEBUG SET-ACTIVE-EXPIRE switches it.</summary>
    public bool IsActiveExpiryEnabled
    {
        get => !Volatile.Read(ref _isActiveExpiryOff);
        set => Volatile.Write(ref _isActiveExpiryOff, !value);
    }

    /// <summary>Whether files are being loaded: most commands answer -LOADING meanwhile.</summary>
    public bool IsLoading
    {
        get => Volatile.Read(ref _isLoading);
        set => Volatile.Write(ref _isLoading, value);
    }

    /// <summary>
    /// Whether the data is this server's own, or follows a primary's. LOCK: set with all stripes held exclusively.
    /// </summary>
    public ServerRole Role
    {
        get => (ServerRole)Volatile.Read(ref _role);
        set => Volatile.Write(ref _role, (int)value);
    }

    /// <summary>
    /// Whether this server decides by itself, by its clock and its memory, that a key is to go. When not, a deletion
    /// comes from the log or the primary, in its order.
    /// </summary>
    public bool DecidesDeletions => Role == ServerRole.Primary && !IsLoading;

    /// <summary>
    /// Whether a key may go now without a command that deletes it: expiry and eviction. When not, a reader treats what
    /// has expired as missing. Whoever pauses the clients wants the data to stay as it is.
    /// </summary>
    public bool MayDelete => DecidesDeletions && !(Pause.IsActive && Pause.IsOn(NowMs));

    /// <summary>Milliseconds since the Unix epoch, by <see cref="Clock"/>.</summary>
    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Adds a sample to the latency monitor if it lasted as long as <c>latency-monitor-threshold</c> asks for.
    /// </summary>
    public void NoteLatency(string name, long nowMs, TimeSpan elapsed)
    {
        var threshold = Options.LatencyMonitorThresholdMs;
        var milliseconds = (long)elapsed.TotalMilliseconds;
        if (threshold > 0 && milliseconds >= threshold)
            Latency.Add(name, nowMs, milliseconds);
    }
}

/// <summary>What a server's data is.</summary>
public enum ServerRole
{
    /// <summary>Its own: what clients write is logged, and replicas follow it.</summary>
    Primary,

    /// <summary>A copy that follows another server's log.</summary>
    Replica,
}

/// <summary>What the process, or the host of the server, does on a command's behalf. Calls return at once.</summary>
public interface IServerControl
{
    /// <summary>Begins the orderly end of the server: drain, save as asked, close.</summary>
    void Shutdown(ShutdownRequest request);

    /// <summary>Reports a fault of ours with its stack; the client has already got "ERR internal error".</summary>
    void ReportFault(Exception fault, string context);

    /// <summary>Writes a line to the server's log: DEBUG LOG.</summary>
    void Log(string message);

    /// <summary>Writes a warning to the server's log.</summary>
    void Warn(string message) => Log(message);

    /// <summary>Writes a script's line to the server's log.</summary>
    void LogScript(LogVerbosity level, string message) => Log(message);
}

/// <summary>The options of SHUTDOWN.</summary>
public sealed record ShutdownRequest(bool? Save, bool Now, bool Force)
{
    /// <summary>The last save is done, and writers wait for the end.</summary>
    public bool IsSaved { get; init; }
}

/// <summary>Facts about this server that do not change while it runs, except for the certificate.</summary>
public sealed record ServerIdentity
{
    /// <summary>40 hexadecimal digits, new for each start.</summary>
    public required string RunId { get; init; }

    public required string Version { get; init; }

    /// <summary>The Redis version whose behaviour and formats are ours; what clients read to choose features.</summary>
    public string RedisVersion { get; init; } = "7.0.15";

    public required long StartedMs { get; init; }

    /// <summary>
    /// Where clients connect without TLS, or with it where there is no other; set when the listener is bound.
    /// </summary>
    public int Port { get; set; }

    /// <summary>Where clients connect with TLS; 0 for nowhere.</summary>
    public int TlsPort { get; set; }

    /// <summary>When the certificate in force ends, in Unix time; 0 without one.</summary>
    public long CertificateEndSeconds { get; set; }

    public string? ConfigFile { get; init; }
}
