using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.Event;
using RedisLite.Auditing;
using RedisLite.Commands;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Connections.Tls;
using RedisLite.Connections.Unix;
using RedisLite.Log;
using RedisLite.Persistence;
using RedisLite.Persistence.Files;
using RedisLite.Protocol;
using RedisLite.Replication;
using RedisLite.Replication.Slots;
using RedisLite.Storage;

namespace RedisLite.Hosting;

/// <summary>What a server is made of beside its actors: the data, the services of commands, the settings.</summary>
/// <remarks>
/// Made before the actors start, disposed after all of them have stopped: executors use the data until then.
/// </remarks>
internal sealed class ServerComponents : IDisposable, IServerControl
{
    private const int Loading = 0;
    private const int Serving = 1;
    private const int GivenUp = 2;

    private readonly RedisLiteSettings _settings;
    private readonly ILoggingAdapter _log;
    private readonly Action<ShutdownRequest> _shutdown;
    private readonly IStorageDevice _device;
    private readonly DataDirectoryLock _directoryLock;

    // Redis accepts up to a thousand clients at a stroke, and its 511 are enough for it; here each is an actor that is
    // made first, and a client whose SYN finds no room waits for a second. The system's own limit, 4096 mostly, is for
    // one socket.
    private const int LeastBacklog = 8192;
    private const int SocketsPerAddress = 2;

    // Fewer clients than that find room with one, and with few descriptors fewer are on their way at once.
    private const int ClientsForOneSocket = 2048;

    // A certificate that ends within this time is worth a warning.
    private static readonly TimeSpan CertificateWarning = TimeSpan.FromDays(14);

    private readonly TlsContext _tls;
    private IReadOnlyList<IPEndPoint> _endPoints = [];
    private IReadOnlyList<IPEndPoint> _tlsEndPoints = [];
    private int _fate = Loading;
    private long _memoryLimit = long.MaxValue;
    private readonly ServerClock _clock;
    private Task<LoadedData?> _loading = Task.FromResult<LoadedData?>(null);

    /// <param name="settings">Validated.</param>
    /// <param name="clock">Where time comes from.</param>
    /// <param name="log">For faults in commands.</param>
    /// <param name="shutdown">Called for SHUTDOWN; returns at once.</param>
    /// <param name="device">Where files are kept.</param>
    public ServerComponents(
        RedisLiteSettings settings, ServerClock clock, ILoggingAdapter log, Action<ShutdownRequest> shutdown,
        IStorageDevice device)
    {
        _settings = settings;
        _log = log;
        _shutdown = shutdown;
        _device = device;
        _directoryLock = new DataDirectoryLock(settings.Persistence.Directory, device);
        Databases = new Databases(StorageOf(settings));
        Configuration = new ServerConfiguration(settings) { UseTls = TryUseTls };
        _tls = new TlsContext(settings.Tls.HandshakeTimeout, settings.Tls.HandshakesAtOnce);
        ChangeLog = new ChangeLog();
        AofQueue = new AofQueue(ChangeLog, settings.Persistence.AofQueueLimit);
        Services = new CommandServices(Databases, clock, Configuration.Options)
        {
            Commands = SecurityLines.Rename(settings.Security, CommandTable.Default),
            Configuration = Configuration,
            Control = this,
            ReplyLimit = settings.Execution.MaxReplyBytesPerBatch,
            Identity = new ServerIdentity
            {
                RunId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)),
                Version = typeof(ServerComponents).Assembly.GetName().Version!.ToString(3),
                StartedMs = clock.GetUtcNow().ToUnixTimeMilliseconds(),
                ConfigFile = settings.ConfigFile,
            },
        };
        if (settings.Audit.File.Length > 0)
        {
            Audit = new AuditTrail(settings.Audit, settings.Persistence.Directory);
            Services.Audit = new AuditLog(Audit.Queue);
        }

        Access = new ServerAccess(Services.Access, Configuration, settings, log);
        Status = new PersistenceStatus(clock, () => Services.Statistics.TotalChanges);
        Persistence = new FilePersistence(Status, AofQueue, Configuration.Options, Services.Pause);
        Services.ChangeLog = ChangeLog;
        Replication = new ReplicationState(
            Services, ChangeLog, PrimaryOf(settings.Replication.ReplicaOf), log)
        {
            // A node of a cluster remembers whom it follows in a file of its own.
            PrimaryChanged = settings.Cluster.Enabled ? null : value => Configuration.Put("replicaof", value),
        };
        Services.Replication = Replication;
        clock.Advanced += Replication.OnClockAdvanced;
        clock.Advanced += Services.Access.Logins.OnClockAdvanced;
        _clock = clock;
        Services.Persistence = Persistence;
        Services.Transfer = new KeyTransfer();
        Configuration.Options.Changed += WarnOfMemory;
    }

    /// <summary>Whether clients have been served. Any thread.</summary>
    public bool IsServing => Volatile.Read(ref _fate) == Serving;

    /// <summary>The record of who changed what; null when there is none.</summary>
    public AuditTrail? Audit { get; }

    public ServerAccess Access { get; }

    public ChangeLog ChangeLog { get; }

    public AofQueue AofQueue { get; }

    public ReplicationState Replication { get; }

    public PersistenceStatus Status { get; }

    private const string ConnectionDispatcher = "redislite.dispatchers.io";

    public FilePersistence Persistence { get; }

    public Databases Databases { get; }

    public ServerConfiguration Configuration { get; }

    /// <summary>This server in its cluster; null for one on its own.</summary>
    public IClusterNode? ClusterNode { get; private set; }

    /// <summary>The moves of its slots; null for a server on its own.</summary>
    public SlotMoves? SlotMoves { get; private set; }

    public CommandServices Services { get; }

    /// <summary>Looks up what must be right before any actor starts.</summary>
    /// <exception cref="ServerStartException">A directive asks for what this machine does not have; the message names
    /// it.</exception>
    public void Prepare()
    {
        _endPoints = EndPointsOf(_settings.Network.Port);
        _tlsEndPoints = EndPointsOf(_settings.Tls.Port);
        if (!TryUseTls(Configuration.Tls))
            throw new ServerStartException(TlsFailure, null);
        Access.Prepare();
        if (ContainerMemory.Limit is { } limit)
        {
            _memoryLimit = limit;
            _log.Info("The limit of this container, or control group, is {0} bytes of memory", limit);
            WarnOfMemory("maxmemory");
        }

        Audit?.Open(_settings.Audit.File);
        Audit?.Say("start", Services.Identity.Version, Services.NowMs);
        if (_device.FileExists(_settings.Persistence.Directory))
            throw new ServerStartException($"dir: '{_settings.Persistence.Directory}' is no directory", null);
        if (_settings.Cluster.Enabled)
            JoinCluster();
    }

    private void WarnOfMemory(string directive)
    {
        if (directive == "maxmemory" && Services.Options.MaxMemory > _memoryLimit)
            _log.Warning(
                "maxmemory is {0} bytes, and this container may take {1}: the system ends the server before it evicts",
                Services.Options.MaxMemory, _memoryLimit);
    }

    private void JoinCluster()
    {
        if (_settings.Replication.ReplicaOf.Length != 0)
            throw new ServerStartException("replicaof directive not allowed in cluster mode", null);
        if (_settings.ClusterFactory is not { } factory)
            throw new ServerStartException("cluster-enabled: RedisLite.Cluster is missing; see WithCluster()", null);
        CheckAnnounced("cluster-announce-ip");
        CheckAnnounced("cluster-announce-hostname");
        _device.CreateDirectory(_settings.Persistence.Directory);
        var moves = new SlotMoves(Services);
        ClusterNode = factory.Create(new ClusterContext(
            Services, _settings, _device, LogOfCluster)
        {
            Moves = moves,
            Tls = Configuration.Tls.ForCluster && _tls.Credentials is { } credentials
                ? new ClusterTls(credentials.Certificate, credentials.Authorities) : null,
        });
        moves.Attach(ClusterNode.Ownership);
        SlotMoves = moves;
        Services.Cluster = ClusterNode;
    }

    private void LogOfCluster(LogVerbosity level, string line)
    {
        if (level == LogVerbosity.Warning)
            _log.Warning("{0}", line);
        else if (level == LogVerbosity.Notice)
            _log.Info("{0}", line);
        else
            _log.Debug("{0}", line);
    }

    /// <summary>What CONFIG SET would refuse may come from HOCON, or from a program.</summary>
    private void CheckAnnounced(string name)
    {
        var directive = DirectiveTable.Find(name)!;
        var value = DirectiveText.Of(directive, _settings);
        if (directive.Kind.Normalize([value], "", out _) is { } reason)
            throw new ServerStartException($"{name}: '{value}' is not valid: {reason}", null);
    }

    public ListenerSettings ListenerSettings => new()
    {
        EndPoints = _endPoints,
        TlsEndPoints = _tlsEndPoints,
        UnixSocket = UnixSocketOf(_settings),
        Backlog = Math.Max(_settings.Network.TcpBacklog, LeastBacklog),
        SocketsPerAddress = SharedPort.IsSupported
            && _settings.Network.MaxClients > ClientsForOneSocket ? SocketsPerAddress : 1,
        KeepAliveSeconds = (int)_settings.Network.TcpKeepAlive.TotalSeconds,
        ConnectionDispatcher = ConnectionDispatcher,
        DrainTimeout = _settings.Shutdown.Timeout,
    };

    public ConnectionContext ConnectionContext(
        IActorRef fast, IActorRef pool, IActorRef replication, IActorRef slots) => new()
        {
            Link = (session, socket, connection) =>
            {
                if (session.Sync?.Move is null)
                    replication.Tell(new ReplicationActor.Attach(session, socket, connection));
                else
                    slots.Tell(new SlotMovesActor.Attach(session, socket, connection));
            },
            Services = Services,
            Fast = fast,
            Pool = pool,
            ProtocolLimits = new ProtocolLimits
            {
                MaxInlineLength = _settings.Protocol.MaxInlineLength,
                MaxArguments = _settings.Protocol.MaxArguments,
                MaxBulkLength = _settings.Protocol.ProtoMaxBulkLength,
            },
            Tls = _tls,
            SignIn = Services.Access.TrySignIn,
            UseFastPath = _settings.Execution.FastPath,
            Commits = Persistence,
            InlineRepliesAreResp = _settings.Protocol.InlineReplies == InlineReplies.Resp,
            MaxRequestsPerBatch = _settings.Execution.MaxRequestsPerBatch,
            PoolArgumentThreshold = _settings.Execution.PoolArgumentThreshold,
            InputHighWater = 128 * 1024,
            OutputHighWater = 1024 * 1024,
        };

    private static StorageOptions StorageOf(RedisLiteSettings settings) => new()
    {
        DatabaseCount = settings.Storage.Databases,
        StripeCount = settings.Cluster.Enabled ? Math.Min(settings.Storage.Stripes, KeySlot.Count)
            : settings.Storage.Stripes,
        BySlot = settings.Cluster.Enabled,
        Hash = settings.Storage.Hash == TableHash.Djb2 ? HashFunction.Djb2 : HashFunction.XxHash3,
        AllocatorKind = settings.Storage.Allocator,
        HugePages = settings.Storage.HugePages,
        FreesInBackground = true,
    };

    /// <summary>Loads the files on a thread of its own. Once.</summary>
    public async Task<LoadedData> LoadAsync(ILoggingAdapter log, CancellationToken stopping)
    {
        var loader = new DataLoader(_settings, Services, AofQueue, Status, _directoryLock, _device, log)
        {
            Adopt = ClusterNode is null ? null : ClusterNode.Adopt,
        };
        var loading = Task.Factory.StartNew(
            () => loader.Load(stopping), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        _loading = loading!;
        return await loading.ConfigureAwait(false);
    }

    public Props ExpiryProps() =>
        ExpiryActor.Props(Services, _settings.Expiry.CpuPercent, TimeProvider.System).WithDispatcher(
            "redislite.dispatchers.expiry");

    public Props SnapshotProps(CancellationToken stopping) =>
        SnapshotActor.Props(
            Services,
            Status,
            _device,
            new SnapshotFile(
                _settings.Persistence.Directory, _settings.Persistence.DbFileName, _settings.Persistence.RdbChecksum),
            new DataReloader(
                Services, Status, AofQueue, _settings.Persistence, StorageOf(_settings), _device,
                Persistence.FlushAsync, _log),
            stopping).WithDispatcher("redislite.dispatchers.snapshots");

    public Props ReplicationProps(IActorRef fast, IActorRef pool, IActorRef snapshots) =>
        ReplicationActor.Props(Replication, ReplicationContext(fast, pool, snapshots));

    /// <summary>Only for a node of a cluster.</summary>
    public Props SlotMovesProps(IActorRef fast, IActorRef pool, IActorRef snapshots) =>
        SlotMovesActor.Props(SlotMoves!, new SlotMoveContext
        {
            Replication = ReplicationContext(fast, pool, snapshots),
            Log = ChangeLog,
            Node = ClusterNode!.Ownership,
        });

    private ReplicationContext ReplicationContext(IActorRef fast, IActorRef pool, IActorRef snapshots) =>
        new()
        {
            Services = Services,
            Status = Status,
            Snapshots = snapshots,
            Fast = fast,
            Pool = pool,
            Tls = _tls,
            Device = _device,
            Directory = _settings.Persistence.Directory,
            VerifyChecksum = _settings.Persistence.RdbChecksum,
            MaxRequestsPerBatch = _settings.Execution.MaxRequestsPerBatch,
            PoolArgumentThreshold = _settings.Execution.PoolArgumentThreshold,
        };

    public Props AofProps(AofWriter writer, IActorRef snapshots) =>
        AofActor.Props(
            Services, AofQueue, Status, writer, snapshots, ConnectionDispatcher, _settings.Persistence.CommitPatience)
            .WithDispatcher("redislite.dispatchers.aof");

    /// <summary>Where answers wait for the append only file.</summary>
    public AofCommits CommitsOf(AofWriter writer, IActorRef aof) =>
        new(Services.Options, writer, aof, new AofLatency(Services, Status).NoteWrite);

    /// <summary>
    /// The data is there and the server may serve it; false when it was told to stop before. Any thread.
    /// </summary>
    public bool TryBeginToServe() => Interlocked.CompareExchange(ref _fate, Serving, Loading) == Loading;

    /// <summary>
    /// The server will not serve any more; false when it does already, and has to be ended in order. Any thread.
    /// </summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref _fate, GivenUp, Loading) != Serving;

    /// <summary>
    /// Waits for a loader that was told to stop, but may not be there yet: it writes into the tables.
    /// </summary>
    public async Task WhenLoaderEndedAsync()
    {
        try
        {
            var loaded = await _loading.ConfigureAwait(false);
            loaded?.Writer?.Dispose();
        }
        catch (Exception)
        {
            // The server's actor has heard of it, or stops for another reason.
        }
    }

    /// <summary>
    /// Gives native memory and the data directory back. All actors have ended, and so has the loader.
    /// </summary>
    public void Dispose()
    {
        _clock.Advanced -= Replication.OnClockAdvanced;
        _clock.Advanced -= Services.Access.Logins.OnClockAdvanced;
        EndAudit();
        Databases.Dispose();
        ClusterNode?.Dispose();
        (Services.Transfer as IDisposable)?.Dispose();
        _directoryLock.Dispose();
    }

    /// <summary>Writes what is left of the audit trail. Its actor has ended.</summary>
    private void EndAudit()
    {
        if (Audit is null)
            return;
        Services.Audit!.TellAllRepeats();
        Audit.Say("stop", Services.Identity.Version, Services.NowMs);
        if (Audit.WriteWaiting(Services.NowMs) is { } failure)
            _log.Error("The end of the audit trail cannot be written to {0}: {1}", Audit.Path, failure);
        Audit.Dispose();
    }

    public void Shutdown(ShutdownRequest request) => _shutdown(request);

    public void ReportFault(Exception fault, string context) =>
        _log.Error(fault, "Internal error in {0}; the client got an error and the server goes on", context);

    public void LogScript(LogVerbosity level, string message)
    {
        if (level == LogVerbosity.Warning)
            _log.Warning("Script: {0}", message);
        else if (level == LogVerbosity.Notice)
            _log.Info("Script: {0}", message);
        else
            _log.Debug("Script: {0}", message);
    }

    public void Log(string message) => _log.Warning("DEBUG LOG: {0}", message);

    public void Warn(string message) => _log.Warning("{0}", message);

    /// <summary>Loads a TLS configuration if anything needs one; new connections use it.</summary>
    private bool TryUseTls(TlsOptions options)
    {
        if (_settings.Tls.Port == 0 && !options.ForReplication && !options.ForCluster)
        {
            _tls.Credentials = null;
            Services.Identity.CertificateEndSeconds = 0;
            return true;
        }

        try
        {
            var credentials = TlsCredentials.Load(options);
            _tls.Credentials = credentials;
            Services.Identity.CertificateEndSeconds = credentials.CertificateEnd.ToUnixTimeSeconds();
            if (credentials.CertificateEnd - _clock.GetUtcNow() < CertificateWarning)
                _log.Warning("The TLS certificate ends at {0:u}", credentials.CertificateEnd);
            return true;
        }
        catch (TlsConfigurationException e)
        {
            TlsFailure = $"Failed to configure TLS: {e.Message}";
            _log.Warning("{0}", TlsFailure);
            return false;
        }
    }

    private string TlsFailure { get; set; } = "";

    private static UnixSocketSettings? UnixSocketOf(RedisLiteSettings settings)
    {
        var (network, directory) = (settings.Network, settings.Persistence.Directory);
        if (network.UnixSocket.Length == 0)
            return null;
        var path = Path.GetFullPath(network.UnixSocket, Path.GetFullPath(directory));

        // The data directory is made at the start; here the socket comes first.
        if (path != network.UnixSocket)
            Directory.CreateDirectory(directory);
        var mode = Convert.ToInt32(network.UnixSocketPermissions, 8);
        return new UnixSocketSettings(path, network.UnixSocket, mode == 0 ? null : (UnixFileMode)mode);
    }

    private IReadOnlyList<IPEndPoint> EndPointsOf(int port) =>
        port == 0 ? [] : [.. _settings.Network.Bind.SelectMany(bind => EndPointsOf(bind, port))];

    /// <summary>
    /// The endpoints of one bind address; an optional one ("-::1") that this machine lacks gives none.
    /// </summary>
    private static IEnumerable<IPEndPoint> EndPointsOf(string bind, int port)
    {
        var optional = bind.StartsWith('-');
        var text = optional ? bind[1..] : bind;
        var address = text switch
        {
            "*" => IPAddress.Any,
            "::*" => IPAddress.IPv6Any,
            _ => IPAddress.TryParse(text, out var parsed) ? parsed : Resolve(text),
        };
        if (!optional || IsPresent(address))
            yield return new IPEndPoint(address, port == NetworkSettings.RandomPort ? 0 : port);
    }

    private static PrimaryAddress? PrimaryOf(string text) => text.Length == 0 ? null
        : PrimaryAddress.Parse(text) ?? throw new ServerStartException(
            $"redislite.replication.replicaof: '{text}' is not valid; expected a host and a port", null);

    private static IPAddress Resolve(string host)
    {
        try
        {
            return Dns.GetHostAddresses(host)[0];
        }
        catch (SocketException e)
        {
            throw new ServerStartException($"bind: '{host}' could not be resolved: {e.Message}", e);
        }
    }

    private static bool IsPresent(IPAddress address)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
