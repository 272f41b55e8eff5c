using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Connections;
using RedisLite.Persistence;

namespace RedisLite.Replication;

/// <summary>Has others follow this server, and this server follow another.</summary>
/// <remarks>
/// <code>
///   /user/server/replication
///     link-n          one for each replica           both roles have them: a replica may have replicas of its own
///     primary-n       the link to the primary        a replica alone
///
///   Starting --Ready--> Leading  &lt;--RoleChanged--> Following
/// </code>
/// A replica that asks for the stream goes on where it was if the backlog still has that; else it waits for a full
/// copy, together with all that come within <c>repl-diskless-sync-delay</c>. Without replicas and without a primary
/// nothing runs here, no timer either.
/// </remarks>
internal sealed class ReplicationActor : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(100);

    private readonly CommandServices _services;
    private readonly ReplicationState _state;
    private readonly ReplicationContext _context;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<IActorRef, Entry> _links = [];
    private readonly List<Entry> _waiting = [];
    private FullCopy? _copy;
    private TemporaryCopy? _copyFile;
    private IActorRef? _primary;
    private int _count;
    private long _lastPingMs;
    private long _aloneSinceMs;

    public ReplicationActor(ReplicationState state, ReplicationContext context)
    {
        _state = state;
        _context = context;
        _services = context.Services;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private ReplicationOptions Options => _services.Options.Replication;

    /// <param name="state">What commands see of replication; told of this actor.</param>
    /// <param name="context">What it needs of the server.</param>
    public static Props Props(ReplicationState state, ReplicationContext context) =>
        Akka.Actor.Props.Create(() => new ReplicationActor(state, context)).WithDispatcher("redislite.dispatchers.io");

    protected override void PreStart()
    {
        _state.Attach(Self);
        Become(Starting);
    }

    protected override void PostStop()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    // A link that failed has lost its place: the replica comes again. So does the link to the primary, by RoleChanged.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    protected override void OnReceive(object message) => Unhandled(message);

    /// <summary>Files are being loaded: nobody can be followed yet, and nobody can be given a copy.</summary>
    private void Starting(object message)
    {
        if (message is Ready)
            TakeRole(_state.Stream);
        else if (message is not RoleChanged)
            InAnyRole(message);
    }

    private void Leading(object message)
    {
        switch (message)
        {
            case RoleChanged changed:
                CloseLinks("this server has another role now");
                TakeRole(changed.Stream);
                break;
            case Look:
                Ping();
                LookAtLinks();
                GiveUpBacklog();
                break;
            default:
                InAnyRole(message);
                break;
        }
    }

    private void Following(object message)
    {
        switch (message)
        {
            case RoleChanged changed:
                _primary?.Tell(PrimaryActor.Stop.Instance);
                if (changed.Stream is null)
                    CloseLinks("this server is a primary now; they go on at once");
                TakeRole(changed.Stream);
                break;
            case Look:
                LookAtLinks();
                break;
            case Terminated terminated when terminated.ActorRef.Equals(_primary):
                // It stops when it is told to, or by a fault of ours.
                _log.Error("The link to the primary has failed; it begins anew");
                TakeRole(_state.Stream);
                break;
            default:
                InAnyRole(message);
                break;
        }
    }

    private void InAnyRole(object message)
    {
        switch (message)
        {
            case Attach attach:
                OnAttach(attach);
                break;
            case StartCopy:
                BeginCopy();
                break;
            case SnapshotActor.CopyEnded ended:
                OnCopyEnded(ended);
                break;
            case BeginFailover begin:
                Context.ActorOf(FailoverActor.Props(_state, _services, begin.Request), $"failover-{++_count}");
                break;
            case DropLinks drop:
                CloseLinks(drop.Reason);
                break;
            case ClockAdvanced:
                _primary?.Tell(PrimaryActor.ClockAdvanced.Instance);
                if (Timers.IsTimerActive(nameof(Look)))
                    Self.Tell(Look.Instance);
                break;
            case Terminated terminated when _links.Remove(terminated.ActorRef, out var entry):
                Forget(entry);
                break;
            case Terminated or Ready or Look:
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void TakeRole(FollowedStream? stream)
    {
        _primary = null;
        if (stream is null || _state.Primary is not { } primary)
        {
            _log.Info("This server is a primary; its replication ID is {0}", _state.History.Id);
            Become(Leading);
            if (_links.Count == 0)
                _aloneSinceMs = _services.NowMs;
            if (_state.HasBacklog)
                LookEverySecond();
            return;
        }

        Become(Following);
        _primary = Context.ActorOf(PrimaryActor.Props(_state, stream, primary, _context), $"primary-{++_count}");
        Context.Watch(_primary);
    }

    private void OnAttach(Attach attach)
    {
        var session = attach.Session;
        var link = new ReplicaLink(session, session.Replica!);
        var actor = Context.ActorOf(
            LinkActor.Props(link, attach.Socket, attach.Connection, _services), $"link-{++_count}");
        Context.Watch(actor);
        var entry = new Entry(link, actor);
        _links.Add(actor, entry);
        _state.AddLink(link);
        LookEverySecond();
        _log.Info("Replica {0} asks for synchronization", link.Name);
        if (!TryContinue(entry))
            Wait(entry);
    }

    private bool TryContinue(Entry entry)
    {
        var (link, request) = (entry.Link, entry.Link.Session.Sync!);
        if (!request.IsPsync || request.Id == "?")
            return false;
        var reader = _state.TryContinue(request, $"replica {link.Name}");
        _state.Statistics.CountPartialSync(reader is not null);
        if (reader is null)
        {
            _log.Info(
                "Partial resynchronization of {0} is not possible: it asks for {1} from offset {2}, and this server "
                    + "has {3}",
                link.Name, request.Id, request.Offset, _state.History.Id);
            return false;
        }

        _log.Info(
            "Partial resynchronization of {0} accepted: {1} bytes from offset {2}", link.Name, reader.Lag,
            request.Offset);
        link.Peer.AckedAtMs = _services.NowMs;
        link.Peer.AckedPosition = reader.Position;
        var greeting = link.Peer.TakesNewId ? $"+CONTINUE {_state.History.Id}\r\n" : "+CONTINUE\r\n";
        entry.Actor.Tell(new LinkActor.Continue(reader, Encoding.ASCII.GetBytes(greeting)));
        return true;
    }

    private void Wait(Entry entry)
    {
        _state.Statistics.CountFullSync();
        entry.Link.Peer.AckedAtMs = _services.NowMs;
        _waiting.Add(entry);
        var isFull = Options.CopyMaxReplicas > 0 && _waiting.Count >= Options.CopyMaxReplicas;
        if (isFull || Options.CopyDelaySeconds == 0 || !GoesStraight(entry))
            BeginCopy();
        else if (!Timers.IsTimerActive(nameof(StartCopy)))
            Timers.StartSingleTimer(
                nameof(StartCopy), StartCopy.Instance, TimeSpan.FromSeconds(Options.CopyDelaySeconds));
    }

    private bool GoesStraight(Entry entry) => Options.IsDiskless && entry.Link.Peer.TakesEndMark;

    /// <summary>One copy for all that wait and take it in the same way.</summary>
    private void BeginCopy()
    {
        if (_copy is not null || _waiting.Count == 0)
            return;
        if (!_state.CanServeReplicas || !_context.Status.TryBegin(BackgroundJob.Copy))
        {
            // Another snapshot is being written; one at a time.
            Timers.StartSingleTimer(nameof(StartCopy), StartCopy.Instance, RetryInterval);
            return;
        }

        var goesStraight = GoesStraight(_waiting[0]);
        var hasKeys = !_waiting[0].Link.Peer.WantsNoKeys;
        var taken = _waiting
            .Where(entry => GoesStraight(entry) == goesStraight && entry.Link.Peer.WantsNoKeys != hasKeys).ToList();
        _waiting.RemoveAll(taken.Contains);
        foreach (var entry in taken)
            entry.Share = new CopyShare(entry.Link.Name, entry.Actor);
        try
        {
            _copyFile = goesStraight ? null : new TemporaryCopy(_context.Device, _context.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _context.Status.End(BackgroundJob.Copy, succeeded: false);
            DropShares(taken.Select(entry => entry.Share!), $"the copy cannot be written: {e.Message}");
            return;
        }

        _copy = new FullCopy(
            _state, [.. taken.Select(entry => entry.Share!)], _copyFile,
            () => TimeSpan.FromSeconds(Options.TimeoutSeconds), _stopping.Token)
        {
            HasKeys = hasKeys,
        };
        _log.Info(
            "Starting a full copy for {0}, {1}",
            string.Join(", ", taken.Select(entry => entry.Link.Name)), goesStraight
                ? "straight to the socket" : "by a file");
        _context.Snapshots.Tell(new SnapshotActor.SendCopy(_copy), Self);
    }

    private void OnCopyEnded(SnapshotActor.CopyEnded ended)
    {
        _copyFile?.Dispose();
        (_copy, _copyFile) = (null, null);
        if (ended.Failure is { } failure)
        {
            if (failure is OperationCanceledException)
                _log.Info("A full copy was given up: {0}", failure.Message);
            else
                _log.Warning("A full copy has failed: {0}", failure.Message);
            DropShares(((FullCopy)ended.Target).Shares, "its copy could not be completed");
        }

        BeginCopy();
    }

    private void CloseLinks(string reason)
    {
        foreach (var (actor, _) in _links)
            actor.Tell(new LinkActor.Drop(reason));
    }

    private static void DropShares(IEnumerable<CopyShare> shares, string reason)
    {
        foreach (var share in shares)
        {
            share.Dispose();
            share.Actor.Tell(new LinkActor.Drop(reason));
        }
    }

    private void Forget(Entry entry)
    {
        if (_links.Count == 0)
            _aloneSinceMs = _services.NowMs;
        _state.RemoveLink(entry.Link);
        _waiting.Remove(entry);
        entry.Share?.Dispose();
    }

    private void Ping()
    {
        var now = _services.NowMs;
        if (_links.Count == 0 || now - _lastPingMs < Options.PingPeriodSeconds * 1000L)
            return;
        _lastPingMs = now;
        _state.AppendForReplicas("*1\r\n$4\r\nPING\r\n"u8);
    }

    private void LookEverySecond()
    {
        if (!Timers.IsTimerActive(nameof(Look)))
            Timers.StartPeriodicTimer(nameof(Look), Look.Instance, LookInterval, LookInterval);
    }

    private void LookAtLinks()
    {
        var limit = _services.NowMs - (Options.TimeoutSeconds * 1000L);
        foreach (var (actor, entry) in _links)
        {
            actor.Tell(LinkActor.Look.Instance);
            if (entry.Link.Peer.State == ReplicaPeerState.Online && entry.Link.Peer.AckedAtMs < limit)
                actor.Tell(new LinkActor.Drop(string.Create(
                    CultureInfo.InvariantCulture, $"it was silent for {Options.TimeoutSeconds} seconds")));
        }
    }

    private void GiveUpBacklog()
    {
        if (_links.Count > 0)
            return;
        if (!_state.HasBacklog)
        {
            Timers.Cancel(nameof(Look));
            return;
        }

        if (Options.BacklogTtlSeconds > 0 && _services.NowMs - _aloneSinceMs > Options.BacklogTtlSeconds * 1000)
            _state.CloseBacklog();
    }

    /// <summary>The data is loaded.</summary>
    public sealed record Ready
    {
        private Ready()
        {
        }

        public static Ready Instance { get; } = new();
    }

    /// <summary>A client has sent PSYNC or SYNC, and all replies before it have been sent.</summary>
    public sealed record Attach(ClientSession Session, StreamSocket Socket, IActorRef Connection);

    /// <summary>This server follows another stream now, or none.</summary>
    public sealed record RoleChanged(FollowedStream? Stream);

    /// <summary>What replicas have been told is not true any more: they have to ask anew.</summary>
    public sealed record DropLinks(string Reason);

    /// <summary>The server's clock was moved on.</summary>
    public sealed record ClockAdvanced : IDeadLetterSuppression
    {
        private ClockAdvanced()
        {
        }

        public static ClockAdvanced Instance { get; } = new();
    }

    /// <summary>FAILOVER.</summary>
    public sealed record BeginFailover(FailoverRequest Request);

    private sealed class Entry(ReplicaLink link, IActorRef actor)
    {
        public ReplicaLink Link => link;

        public IActorRef Actor => actor;

        public CopyShare? Share { get; set; }
    }

    private sealed record StartCopy
    {
        private StartCopy()
        {
        }

        public static StartCopy Instance { get; } = new();
    }

    private sealed record Look : IDeadLetterSuppression
    {
        private Look()
        {
        }

        public static Look Instance { get; } = new();
    }
}
