using System.Net;
using System.Net.Sockets;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Files;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Protocol;

namespace RedisLite.Cluster.Serving;

/// <summary>This server as a node: what CLUSTER asks of it.</summary>
/// <remarks>
/// <see cref="NodeStore"/> has its map, <see cref="NodeView"/> shows it, <see cref="NodeChanges"/> changes it, alone or
/// by the bus. Any thread may read; changes come with all stripes held (<see cref="ICluster"/>).
/// </remarks>
internal sealed class LocalNode : IClusterNode
{
    private const int BusPortAbove = 10_000;
    private const int MostPublished = BusSerializer.MostBytes - 1_024;

    private readonly ClusterContext _context;
    private readonly NodeStore _store;
    private readonly NodeView _view;
    private readonly NodeChanges _changes;
    private ClusterBus? _bus;
    private int _port;
    private int _stopped;

    /// <exception cref="NodesFileException">The file cannot be used.</exception>
    public LocalNode(ClusterContext context, NodesFile file)
    {
        _context = context;
        _port = Math.Max(0, context.Settings.Network.Port);
        _store = new NodeStore(context.Services, file, context.Log);
        _view = new NodeView(_store);
        _changes = new NodeChanges(_store, () => _bus);
        Proposals = new SlotProposals(_store, () => _bus);
        Ownership = new SlotOwnership(_store, Proposals, () => _bus?.Core);
        PutAddress();
        AllOptions.Changed += OnOptionChanged;
    }

    public SlotRouting Routing => _store.Routing;

    public string NodeId => _store.State.Self.ToString();

    public string ShardId
    {
        get
        {
            var me = _store.Me;
            return (me.IsPrimary ? me.Id : me.Primary).ToString();
        }
    }

    public ISlotMoves? Moves => _context.Moves;

    /// <inheritdoc/>
    public ISlotOwnership Ownership { get; }

    /// <summary>For those who move slots.</summary>
    public ISlotProposals Proposals { get; }

    private RuntimeOptions AllOptions => _context.Services.Options;

    private ClusterOptions Options => AllOptions.Cluster;

    private ClusterSettings Settings => _context.Settings.Cluster;

    public void Start(int port)
    {
        _port = port;
        try
        {
            var core = new NodeCore(_store, new LeaseTimes(Options.NodeTimeoutMs), () => BootClock.NowMs);
            var bus = new ClusterBus(NewBusSettings(), _store, core);
            var seeds = Settings.SeedNodes.Select(ReadSeed).ToList();
            bus.AwaitsSeeds = !_store.IsFormed && seeds.Count > 0;
            bus.Start();
            if (bus.AwaitsSeeds)
                bus.MeetSeeds(new SeedLookup(seeds, SeedLookup.ResolveAsync, Options.AnnouncedHostname));
            _view.Bus = _bus = bus;
        }
        catch (Exception error) when (error is not ServerStartException)
        {
            throw new ServerStartException(
                $"Failed listening on port {NewBusSettings().Port} (cluster): {ClusterBus.ReasonOf(error)}", error);
        }

        if (PutAddress() is { } refusal)
            throw new ServerStartException(refusal, null);
        _store.TakeRole();
    }

    public IReadOnlyList<string> Adopt() => _changes.Adopt();

    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0 && _bus is { } bus)
            await bus.StopAsync().ConfigureAwait(false);
    }

    public string Nodes() => _view.Nodes();

    public void WriteSlots(ReplyWriter reply) => _view.WriteSlots(reply);

    public void WriteShards(ReplyWriter reply) => _view.WriteShards(reply);

    public void WriteLinks(ReplyWriter reply) => _view.WriteLinks(reply);

    public string Info() => _view.Info();

    public ClusterFigures Figures => _view.Figures();

    public string? Replicas(string node, out IReadOnlyList<string> lines)
    {
        lines = [];
        if (_changes.Find(node) is not { } primary)
            return $"ERR Unknown node {node}";
        if (!primary.IsPrimary)
            return "ERR The specified node is not a master";
        lines = [.. _store.State.InForce.ReplicasOf(primary.Id).Select(_view.Line)];
        return null;
    }

    public string? FailureReports(string node, out int count)
    {
        var other = _changes.Find(node);
        count = other is not null && _view.SightOf(other.Id).IsFailed ? 1 : 0;
        return other is null ? $"ERR Unknown node {node}" : null;
    }

    public ClusterAnswer AddSlots(IReadOnlyList<int> slots) => _changes.AddSlots(slots);

    public ClusterAnswer RemoveSlots(IReadOnlyList<int> slots) => _changes.RemoveSlots(slots);

    public ClusterAnswer FlushSlots() => _changes.FlushSlots();

    public ClusterAnswer SetSlot(int slot, SlotChange change, string node) => _changes.SetSlot(slot, change, node);

    public ClusterAnswer BumpEpoch() => _changes.BumpEpoch();

    public string? SetConfigEpoch(long epoch) => _changes.SetConfigEpoch(epoch);

    public string? Save() => _store.Save();

    public ClusterAnswer Reset(bool isHard) => _changes.Reset(isHard);

    public string? Meet(string host, int port, int busPort) => _changes.Meet(host, port, busPort);

    public ClusterAnswer Forget(string node) => _changes.Forget(node);

    public ClusterAnswer Replicate(string node) => _changes.Replicate(node);

    public string? Failover(string option) => _changes.Failover(option);

    public ReleaseVerdict JudgeRelease(int slot, long position, long waitedMs) =>
        _bus is { } bus ? bus.Core.Judge(slot, position, waitedMs) : ReleaseVerdict.Release;

    public void Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
    {
        if (_bus is not { } bus || !_store.IsFormed)
            return;
        if (channel.Length + message.Length > MostPublished)
            _context.Log(LogVerbosity.Warning, $"A message of {message.Length} bytes is too large for other nodes");
        else
            bus.Publish(new Publish([.. channel], [.. message], isSharded));
    }

    public void Dispose()
    {
        AllOptions.Changed -= OnOptionChanged;
        _store.Dispose();
    }

    private static Seed ReadSeed(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), out var port)
            ? new Seed(text[..colon].Trim('[', ']'), port)
            : throw new ServerStartException(
                $"redislite.cluster.seed-nodes: '{text}' is not valid; expected an address or name, and a bus port",
                null);
    }

    private BusSettings NewBusSettings()
    {
        var network = _context.Settings.Network;

        // A server on any port that is free takes any for its bus as well.
        var port = Settings.Port != 0 ? Settings.Port
            : network.Port == NetworkSettings.RandomPort ? 0 : _port + BusPortAbove;
        if (port > ushort.MaxValue)
            throw new ServerStartException(
                $"Redis port number too high for cluster mode: the bus's would be {port}; see cluster-port", null);
        var bind = network.Bind.Select(text => text.TrimStart('-')).FirstOrDefault(text => text.Length > 0) ?? "*";
        var isAny = bind is "*" or "0.0.0.0" or "::" or "::*";
        var address = bind == "*" ? "0.0.0.0" : bind == "::*" ? "::" : bind;
        return new BusSettings
        {
            BindAddress = address,
            PublicAddress = Options.AnnouncedAddress.Length > 0 ? Options.AnnouncedAddress
                : isAny ? OwnAddress() : address,
            Port = port,
            PublicPort = Options.AnnouncedBusPort,
            NodeTimeoutMs = Options.NodeTimeoutMs,
            Secret = Settings.Secret,
            Tls = _context.Tls,
        };
    }

    /// <summary>The address that this machine reaches others from; for a machine without a network its own.</summary>
    private static string OwnAddress()
    {
        try
        {
            // Nothing is sent: the system only looks up the way.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect("203.0.113.1", 9);
            return ((IPEndPoint)socket.LocalEndPoint!).Address.ToString();
        }
        catch (SocketException)
        {
            return IPAddress.Loopback.ToString();
        }
    }

    /// <summary>What this node is reached by, as its configuration has it now.</summary>
    private string? PutAddress()
    {
        var port = Options.AnnouncedPort != 0 ? Options.AnnouncedPort
            : _context.Tls is not null && _context.Services.Identity.TlsPort is > 0 and var tls ? tls : _port;
        var busPort = Options.AnnouncedBusPort != 0 ? Options.AnnouncedBusPort
            : _bus is { } bus ? bus.Port : Settings.Port != 0 ? Settings.Port : _port + BusPortAbove;
        var me = _store.Announced with
        {
            Ip = Options.AnnouncedAddress.Length > 0 ? Options.AnnouncedAddress : _bus?.Address ?? "",
            Port = port,
            BusPort = busPort,
            Hostname = Options.AnnouncedHostname,
        };
        return _store.PutAddress(me, Options.AnnouncedAddress);
    }

    private void OnOptionChanged(string directive)
    {
        if (!directive.StartsWith("cluster-", StringComparison.Ordinal))
            return;

        // The option has changed already; what it changes here comes with the next state that can be written.
        if (PutAddress() is { } error)
            _context.Log(LogVerbosity.Warning, $"{directive} is not in force yet: {error["ERR ".Length..]}");
        if (directive == "cluster-node-timeout" && _bus is not null)
            _context.Log(LogVerbosity.Notice, "cluster-node-timeout: leases keep the time that they had at the start");

        // Not here: the caller may hold stripes.
        if (directive is "cluster-require-full-coverage")
            _ = Task.Run(_store.Refresh);
    }
}
