using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Log;

namespace RedisLite.Replication;

/// <summary>What this server is to others: whose stream its log is, whom it follows, who follows it.</summary>
/// <remarks>
/// Any thread. The history, the backlog and the role are changed with all stripes held (so no command sees two, and a
/// cut finds data, log and history in step) and under the gate, which is taken last. Actors do what takes time: they
/// are told.
/// </remarks>
internal sealed class ReplicationState : IReplication
{
    private const int NoFailover = 0;
    private const int WaitingForSync = 1;
    private const int HandingOver = 2;

    private static readonly string[] FailoverNames = ["no-failover", "waiting-for-sync", "failover-in-progress"];

    private readonly CommandServices _services;
    private readonly ChangeLog _log;
    private readonly ILoggingAdapter _logger;
    private readonly Lock _gate = new();
    private ReplicationHistory _history = ReplicationHistory.New();
    private ImmutableArray<ReplicaLink> _links = [];
    private LogBacklog? _backlog;
    private PrimaryAddress? _primary;
    private FollowedStream? _stream;
    private bool _canResume;

    // Whether a replica was told the ID since the last promotion.
    private bool _isIdGiven;

    // While nothing is kept for replicas, offsets stand still, whatever the log counts for the append only file.
    private long _idleOffset;
    private IActorRef _actor = ActorRefs.Nobody;
    private IActorRef _failoverActor = ActorRefs.Nobody;
    private int _failover = NoFailover;

    /// <param name="services">The server's.</param>
    /// <param name="log">Its change log.</param>
    /// <param name="primary">The primary to begin with; null for none.</param>
    /// <param name="logger">The server's log.</param>
    public ReplicationState(CommandServices services, ChangeLog log, PrimaryAddress? primary, ILoggingAdapter logger)
    {
        _services = services;
        _log = log;
        _logger = logger;
        Link = new PrimaryLink(services.Clock);
        if (primary is not null)
        {
            // Nobody is served yet, so no stripe need be held.
            _primary = primary;
            _stream = new FollowedStream(log, logger);
            _backlog = log.AddBacklog(Options.BacklogSize);
            services.Role = ServerRole.Replica;
        }

        services.Options.Changed += OnChanged;
    }

    /// <summary>What CONFIG shows and writes as <c>replicaof</c> follows the role.</summary>
    public Action<string>? PrimaryChanged { get; init; }

    /// <inheritdoc/>
    public AckWaiters Waiters { get; } = new();

    /// <summary>How the link to the primary is doing.</summary>
    public PrimaryLink Link { get; }

    /// <summary>What it counts.</summary>
    public ReplicationStatistics Statistics => _services.Statistics.Replication;

    /// <inheritdoc/>
    public long BacklogCapacity => HasBacklog ? Options.BacklogSize : 0;

    private long LogMemory => _log.UsedMemory + _log.LinkedMemory;

    /// <inheritdoc/>
    public PrimaryAddress? Primary => Volatile.Read(ref _primary);

    /// <summary>The stream that this server follows; null for a primary.</summary>
    public FollowedStream? Stream => Volatile.Read(ref _stream);

    public ReplicationHistory History => Volatile.Read(ref _history);

    /// <inheritdoc/>
    public long Offset
    {
        get
        {
            lock (_gate)
                return _backlog is null ? _idleOffset : _history.OffsetOf(_log.End);
        }
    }

    /// <inheritdoc/>
    public long LogEnd => _log.End;

    /// <inheritdoc/>
    public bool IsStale => Primary is not null && Link.State != PrimaryLinkState.Up && !Options.ServesStaleData;

    /// <inheritdoc/>
    public bool CanServeReplicas => Primary is null || Link.State == PrimaryLinkState.Up;

    /// <inheritdoc/>
    public bool HasEnoughReplicas =>
        Options.MinReplicasMaxLagSeconds == 0 || CountGood() >= Options.MinReplicasToWrite;

    /// <summary>The actor of a failover that is under way; nobody otherwise.</summary>
    public IActorRef FailoverActor
    {
        get => Volatile.Read(ref _failoverActor);
        set => Volatile.Write(ref _failoverActor, value);
    }

    /// <summary>Whether the primary that this server has just begun to follow is asked to take over from it.</summary>
    public bool IsHandingOver => Volatile.Read(ref _failover) == HandingOver;

    private ReplicationOptions Options => _services.Options.Replication;

    /// <summary>The actor that is told of changes; set once.</summary>
    public void Attach(IActorRef actor) => Volatile.Write(ref _actor, actor);

    /// <summary>The server's clock was moved on: what should have happened meanwhile happens now. Any thread.</summary>
    public void OnClockAdvanced()
    {
        Waiters.EndOverdue(_services.NowMs);
        _actor.Tell(ReplicationActor.ClockAdvanced.Instance);
        FailoverActor.Tell(RedisLite.Replication.FailoverActor.ClockAdvanced.Instance);
    }

    /// <inheritdoc/>
    public void Follow(PrimaryAddress primary)
    {
        lock (_gate)
        {
            _stream?.Cut();
            if (_backlog is null)
            {
                // What was written while nobody read the log has no offsets: nobody can go on from here.
                BeginBacklog();
                _canResume = false;
            }
            else if (_primary is null)
            {
                // Another server may have been promoted from this one's stream. When this one was promoted for a moment
                // only, as a server of a cluster is when it starts, others know the stream of before.
                _canResume = true;
                if (!_isIdGiven && !IsHandingOver)
                    Volatile.Write(ref _history, _history.Unpromoted(_log.End));
            }

            Volatile.Write(ref _stream, new FollowedStream(_log, _logger));
            Volatile.Write(ref _primary, primary);
            _services.Role = ServerRole.Replica;
            TellLog();
        }

        Link.Reset();
        Waiters.UnblockAll();
        PrimaryChanged?.Invoke($"{primary.Host} {primary.Port}");
        _actor.Tell(new ReplicationActor.RoleChanged(Stream));
    }

    /// <inheritdoc/>
    public void Promote()
    {
        lock (_gate)
        {
            _stream?.Cut();
            Volatile.Write(ref _stream, null);
            Volatile.Write(ref _primary, null);
            Volatile.Write(ref _history, _history.Promoted(_log.End));
            _canResume = true;
            _isIdGiven = false;
            _log.SelectAnew();
            _services.Role = ServerRole.Primary;
            TellLog();
        }

        PrimaryChanged?.Invoke("");
        _actor.Tell(new ReplicationActor.RoleChanged(null));
    }

    /// <inheritdoc/>
    public void ChangeId()
    {
        lock (_gate)
        {
            Volatile.Write(ref _history, _history.Renewed());
            TellLog();
        }
    }

    /// <inheritdoc/>
    public void DataReplaced()
    {
        ChangeId();
        _actor.Tell(new ReplicationActor.DropLinks("the data was loaded from a file"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<KeyValuePair<string, string>> FactsAtCut()
    {
        lock (_gate)
        {
            if (!IsKnown)
                return [];
            return ReplicationFacts.Of(_history, _log.Cut());
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> facts)
    {
        if (ReplicationFacts.Read(facts) is not { } found)
            return;
        var database = Math.Min(found.Database, _services.Databases.Count - 1);
        lock (_gate)
        {
            var copied = ReplicationHistory.Copied(found.Id, found.Offset, _log.End);
            if (_primary is not null)
            {
                Volatile.Write(ref _history, copied);
                _log.BeginStream(database);
            }
            else
            {
                // Its replicas know the old ID, and may go on if they have no more than the file.
                Volatile.Write(ref _history, copied.Promoted(_log.End));
                _backlog ??= _log.AddBacklog(Options.BacklogSize);

                // Whom it follows next may go on with that stream, and what this server changes itself selects anew.
                _log.BeginStream(database);
                _log.SelectAnew();
            }

            _canResume = true;
            _isIdGiven = false;
            TellLog();
        }

        _logger.Info("The data is of the stream {0} at offset {1}", found.Id, found.Offset);
    }

    /// <summary>A primary gets its first replica: bytes are kept from now on. LOCK: all stripes exclusively.</summary>
    public void OpenBacklog()
    {
        lock (_gate)
        {
            if (_backlog is not null)
                return;
            BeginBacklog();
            TellLog();
        }
    }

    /// <summary>A primary has had no replica for long: nothing is kept for them any more.</summary>
    public void CloseBacklog()
    {
        lock (_gate)
        {
            if (_backlog is null || Primary is not null || _links.Length > 0)
                return;
            _idleOffset = _history.OffsetOf(_log.End);
            _backlog.Dispose();
            _backlog = null;
            Volatile.Write(ref _history, _history.Renewed());
            TellLog();
        }

        _logger.Info("Replication backlog freed: there was no replica for {0} seconds", Options.BacklogTtlSeconds);
    }

    /// <summary>Whether bytes are kept for replicas that were away.</summary>
    public bool HasBacklog => Volatile.Read(ref _backlog) is not null;

    /// <summary>
    /// A full copy of the primary's data has taken the place of what was here. LOCK: all stripes exclusively.
    /// </summary>
    /// <param name="id">The primary's stream.</param>
    /// <param name="offset">The copy's offset in it.</param>
    /// <param name="database">The database that is selected there.</param>
    public void AdoptCopy(string id, long offset, int database)
    {
        lock (_gate)
        {
            Volatile.Write(ref _history, ReplicationHistory.Copied(id, offset, _log.End));
            _canResume = true;

            // The new one before the old one goes: the log must not be without a reader in between.
            var former = _backlog;
            _backlog = _log.AddBacklog(Options.BacklogSize);
            former?.Dispose();
            _log.BeginStream(database);
            TellLog();
        }

        _actor.Tell(new ReplicationActor.DropLinks("its history is not this server's any more"));
    }

    /// <summary>The primary has agreed to go on from <see cref="ResumePoint"/>.</summary>
    /// <param name="id">The stream's ID, which may be new.</param>
    public void Continue(string id)
    {
        lock (_gate)
        {
            if (id == _history.Id)
                return;
            Volatile.Write(ref _history, _history.Continued(id, _log.End));
            TellLog();
        }

        // They have to learn the new ID, and go on by themselves.
        _actor.Tell(new ReplicationActor.DropLinks("the replication ID has changed"));
    }

    /// <summary>
    /// What to ask the primary to go on from: its stream, and the first byte that is missing; "?" when the data here is
    /// of no stream that another server could know.
    /// </summary>
    public (string Id, long Offset) ResumePoint()
    {
        lock (_gate)
            return _canResume ? (_history.Id, _history.OffsetOf(_log.End) + 1) : ("?", -1);
    }

    /// <summary>The database that is selected where the log ends.</summary>
    public int SelectedDatabase => Math.Max(0, _log.Cut().Database);

    /// <summary>A reader from where a replica was, if the bytes since then are still there.</summary>
    public LogReader? TryContinue(SyncRequest request, string name)
    {
        lock (_gate)
        {
            if (_backlog is null || _history.Find(request.Id, request.Offset) is not { } position
                || position < _backlog.Start)
                return null;
            _isIdGiven = true;
            return _log.TryAddReader(name, ReaderOptions(), position);
        }
    }

    /// <summary>
    /// Keeps everything from here on, for the readers of a full copy that are added at the cut. LOCK: all stripes
    /// exclusively.
    /// </summary>
    public LogReader Cut(out LogCut cut)
    {
        lock (_gate)
            _isIdGiven = true;
        return _log.AddReader("full copy", ReaderOptions(), out cut);
    }

    /// <summary>Everything from a cut on, while what <see cref="Cut"/> gave is not disposed.</summary>
    public LogReader AddReader(string name, LogCut cut) => _log.TryAddReader(name, ReaderOptions(), cut.Position)!;

    public void AddLink(ReplicaLink link)
    {
        lock (_gate)
            _links = _links.Add(link);
    }

    public void RemoveLink(ReplicaLink link)
    {
        lock (_gate)
            _links = _links.Remove(link);
        Waiters.Check();
    }

    /// <inheritdoc/>
    public void AppendForReplicas(ReadOnlySpan<byte> command)
    {
        // Under the gate, as the role is: what is appended on a replica would be no part of its primary's stream.
        lock (_gate)
        {
            if (_log.HasReplicas && _primary is null)
                _log.Append(-1, -1, command, [new LogRange(0, command.Length)]);
        }
    }

    /// <inheritdoc/>
    public void NoteAck(ReplicaPeer replica, long offset, long? syncedOffset)
    {
        var history = History;
        replica.AckedPosition = history.PositionOf(offset);
        if (syncedOffset is { } synced)
            replica.SyncedPosition = history.PositionOf(synced);
        replica.AckedAtMs = _services.NowMs;
        replica.Acked?.Invoke();
        if (Volatile.Read(ref _failover) != NoFailover)
            FailoverActor.Tell(RedisLite.Replication.FailoverActor.AckNoted.Instance);
        Waiters.Check();
    }

    /// <inheritdoc/>
    public void AskForAcks() => AppendForReplicas("*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n"u8);

    /// <inheritdoc/>
    public void NoteAckAsked() => Link.IsAckAsked = true;

    /// <inheritdoc/>
    public int CountAcked(long position)
    {
        var count = 0;
        foreach (var link in _links)
            if (link.Peer.State == ReplicaPeerState.Online && link.Peer.AckedPosition >= position)
                count++;
        return count;
    }

    /// <inheritdoc/>
    public int CountSynced(long position)
    {
        var count = 0;
        foreach (var link in _links)
            if (link.Peer.State == ReplicaPeerState.Online && link.Peer.SyncedPosition >= position)
                count++;
        return count;
    }

    /// <inheritdoc/>
    public byte[]? StartFailover(FailoverRequest request)
    {
        lock (_gate)
        {
            if (_failover != NoFailover)
                return "ERR FAILOVER already in progress."u8.ToArray();
            if (_primary is not null)
                return "ERR FAILOVER is not valid when server is a replica."u8.ToArray();
            if (_links.Length == 0)
                return "ERR FAILOVER requires connected replicas."u8.ToArray();
            if (request.Target is { } target)
            {
                if (_links.FirstOrDefault(link => link.IsAt(target)) is not { } link)
                    return "ERR FAILOVER target HOST and PORT is not a replica."u8.ToArray();
                if (link.Peer.State != ReplicaPeerState.Online)
                    return "ERR FAILOVER target replica is not online."u8.ToArray();
            }

            _failover = WaitingForSync;
        }

        _actor.Tell(new ReplicationActor.BeginFailover(request));
        return null;
    }

    /// <inheritdoc/>
    public byte[]? AbortFailover()
    {
        if (Volatile.Read(ref _failover) == NoFailover)
            return "ERR No failover in progress."u8.ToArray();
        FailoverActor.Tell(RedisLite.Replication.FailoverActor.Abort.Instance);
        return null;
    }

    /// <summary>Where a replica is that has everything.</summary>
    /// <param name="target">The one that is wanted; null for any.</param>
    public PrimaryAddress? FindCaughtUp(PrimaryAddress? target)
    {
        var end = _log.End;
        var found = _links.FirstOrDefault(link =>
            link.Peer.State == ReplicaPeerState.Online && link.Peer.AckedPosition >= end && link.Peer.ListeningPort > 0
            && (target is null || link.IsAt(target)));
        return found is null ? null : new PrimaryAddress(found.Address, found.Peer.ListeningPort);
    }

    /// <summary>
    /// Follows a replica that has everything, and is asked to take over. LOCK: all stripes exclusively.
    /// </summary>
    /// <param name="target">The replica.</param>
    /// <param name="force">Even if it has not.</param>
    /// <returns>False when it lacks something after all.</returns>
    public bool TryStepDown(PrimaryAddress target, bool force)
    {
        if (Primary is not null || !(force || FindCaughtUp(target) is not null))
            return false;
        Volatile.Write(ref _failover, HandingOver);
        Follow(target);
        return true;
    }

    /// <summary>The failover is over, whatever came of it.</summary>
    public void EndFailover()
    {
        FailoverActor = ActorRefs.Nobody;
        Volatile.Write(ref _failover, NoFailover);
    }

    /// <inheritdoc/>
    public byte[]? TakeOver(string id)
    {
        if (Primary is null)
            return "ERR PSYNC FAILOVER can't be sent to a master."u8.ToArray();
        if (id != History.Id)
            return "ERR PSYNC FAILOVER replid must match my replid."u8.ToArray();
        _logger.Info("Failover request received for replid {0}", id);
        Promote();
        return null;
    }

    /// <inheritdoc/>
    public ReplicationReport Report()
    {
        var now = _services.NowMs;
        lock (_gate)
        {
            var end = _log.End;
            return new ReplicationReport
            {
                Primary = _primary,
                Link = Link.State,
                SecondsSinceIo = Link.SecondsSinceIo,
                SecondsSinceDown = Link.SecondsSinceDown,
                ReadOffset = _history.OffsetOf(end) + Link.Unexecuted,
                CopyLength = Link.CopyLength,
                CopyRead = Link.CopyRead,
                Replicas = [.. _links.Select(link => link.Report(_history, now))],
                GoodReplicas = CountGood(),
                FailoverState = FailoverNames[_failover],
                Id = _history.Id,
                PreviousId = _history.PreviousId,
                PreviousEnd = _history.PreviousEnd,
                Offset = _backlog is null ? _idleOffset : _history.OffsetOf(end),
                HasBacklog = _backlog is not null,
                BacklogSize = Options.BacklogSize,
                BacklogFirstByte = _backlog is null ? 0 : _history.OffsetOf(_backlog.Start) + 1,
                BacklogLength = _backlog is null ? 0 : end - _backlog.Start,
                BufferMemory = _backlog is null ? 0 : LogMemory,
            };
        }
    }

    /// <summary>
    /// Whether another server may know this one's stream: a replica that has not got its copy yet has one of its own
    /// only in name. LOCK: the gate.
    /// </summary>
    private bool IsKnown => _backlog is not null && (_primary is null || _canResume);

    /// <summary>Bytes are kept from now on, of a stream that nobody knows. LOCK: the gate.</summary>
    private void BeginBacklog()
    {
        Volatile.Write(ref _history, _history.RenewedAt(_idleOffset, _log.End));
        _backlog = _log.AddBacklog(Options.BacklogSize);
    }

    /// <summary>The append only file has to say which stream it holds. LOCK: the gate.</summary>
    private void TellLog() => _log.SetStream(IsKnown ? new LogStream(_history.Id, _history.Shift) : null);

    private LogReaderOptions ReaderOptions()
    {
        var limit = _services.Options.OutputBufferLimit(ClientClass.Replica).HardBytes;

        // Never below the backlog, as in Redis: what is kept anyway is no reason to drop a replica.
        return new LogReaderOptions
        {
            Audience = LogAudience.Replicas,
            WakeAt = 0,
            Limit = limit == 0 ? long.MaxValue : Math.Max(limit, Options.BacklogSize),
        };
    }

    private int CountGood()
    {
        var (now, maxLag) = (_services.NowMs, Options.MinReplicasMaxLagSeconds * 1000L);
        var count = 0;
        foreach (var link in _links)
            if (link.Peer.State == ReplicaPeerState.Online && now - link.Peer.AckedAtMs <= maxLag)
                count++;
        return count;
    }

    private void OnChanged(string directive)
    {
        if (directive != "repl-backlog-size")
            return;
        lock (_gate)
        {
            if (_backlog is not null)
                _backlog.Size = Options.BacklogSize;
        }
    }
}
