using RedisLite.Commands.Execution.Waiting;
using RedisLite.Commands.Scripting;
using RedisLite.Commands.Transactions;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// The run of one command, from the gate to the release of its stripes, and the state that such a run has.
/// </summary>
/// <remarks>
/// <code>
///   Admit    known, allowed, in memory's and the disk's limits, not paused    else an error, or it parks
///   Queue    inside MULTI: kept for EXEC, done
///   Lock     the stripes of its keys, ascending                               busy: the pool goes on
///   Invoke   the command's method; EXEC and scripts run others in it (NestedRuns)
///            long work is done with the stripes released, then Lock and Invoke once more to end it (IAsideWork)
///   Log      what it changed, while the stripes are held
///   Serve    clients that wait for a key which it made ready (WaiterService)
///   Release  the stripes; then what was put off until now
/// </code>
/// One per executor, used for one command after the other by one thread at a time. While it holds a stripe exclusively,
/// the stripe names it as its holder: so <see cref="KeyspaceObserver"/> finds the run that makes a change.
/// </remarks>
internal sealed class CommandRun : IDisposable
{
    private readonly CommandGate _gate;
    private readonly KeyPrefetch _prefetch;
    private readonly ExpiredKeys _expired;
    private readonly List<Action> _afterRelease = [];
    private bool _wantsAllStripes;
    private bool _wantsPool;
    private bool _isRefusedAsBusy;
    private ParkedCommand? _held;
    private ScriptHost? _scripts;

    public CommandRun(CommandServices services, KeyPrefetch prefetch)
    {
        Services = services;
        _prefetch = prefetch;
        Statistics = services.Statistics.Register();
        Meter = new CommandMeter(services, Statistics);
        Effects = new EffectWriter(services.Databases);
        Stripes = new HeldStripes(services.Databases, holder: this);
        Nested = new NestedRuns(this);
        Waiters = new WaiterService(this);
        _gate = new CommandGate(services);
        _expired = new ExpiredKeys(services.Databases);
    }

    public CommandServices Services { get; }

    public ExecutionStatistics Statistics { get; }

    public CommandMeter Meter { get; }

    public EffectWriter Effects { get; }

    public HeldStripes Stripes { get; }

    public NestedRuns Nested { get; }

    public WaiterService Waiters { get; }

    /// <summary>What the audit trail is told when the run has ended; empty while there is none.</summary>
    public AuditRecords Records { get; } = new();

    /// <summary>Runs the scripts of this executor; made with its first one.</summary>
    public ScriptHost Scripts => _scripts ??= new ScriptHost(this);

    /// <summary>What the script that runs right now keeps to be taken back; null when none runs.</summary>
    public ScriptUndo? RunningUndo => _scripts is { IsRunning: true } scripts ? scripts.Undo : null;

    /// <summary>Whether there was no room in memory when the batch began.</summary>
    public bool IsOutOfMemory => _gate.IsOutOfMemory;

    /// <summary>
    /// Whether the command that runs may take as long as it needs. If not, it runs on a thread that reads sockets, and
    /// leaves with <see cref="LeaveToPool"/> when it finds that it needs more than a moment.
    /// </summary>
    public bool MayTakeLong { get; private set; } = true;

    /// <summary>Whose command runs: a change that is reported right now is this client's.</summary>
    public ClientSession? Session { get; private set; }

    /// <summary>What runs: a change that is reported right now is this command's.</summary>
    public Command? Command { get; private set; }

    /// <summary>Reads what is constant for a batch and makes room. LOCK: the caller holds no stripe.</summary>
    public void BeginBatch(long nowMs)
    {
        _gate.BeginBatch(nowMs);
        Meter.BeginBatch();
    }

    /// <summary>Runs the next request of a batch.</summary>
    /// <returns><see cref="BatchOutcome.Completed"/> when the batch can go on with the request after it.</returns>
    public BatchOutcome RunNext(CommandBatch batch, long nowMs, bool mayWait)
    {
        var outcome = RunRequest(batch, nowMs, mayWait);
        if (batch.Session.Asking != 0 && outcome == BatchOutcome.Completed)
            batch.Session.EndAsking();
        return outcome;
    }

    private BatchOutcome RunRequest(CommandBatch batch, long nowMs, bool mayWait)
    {
        var ctx = new CommandContext(this, batch, nowMs);
        if (!_gate.TryMakeRoom(ctx, mayWait))
            return BatchOutcome.LockBusy;
        if (!_gate.Admits(ctx, out var parked))
            return parked is null ? Refuse(ctx) : Park(batch, parked);
        _held = null;
        if (ctx.IsQueued)
            return Queue(ctx);
        if (!mayWait && ctx.Command.Has(CommandFlags.RunsQueue) && ctx.Session.Transaction is { NeedsPool: true })
            return BatchOutcome.LockBusy;
        var changes = Statistics.Changes;
        if (!TryRun(ref ctx, mayWait, out var position))
            return _held is not null ? Park(batch, _held)
                : _isRefusedAsBusy ? Refuse(ctx) : BatchOutcome.LockBusy;
        if (Services.Cluster is not null && (position != 0 || Statistics.Changes != changes))
            batch.NoteWrite(SlotGate.SlotOf(ctx.Keys));
        if (position != 0)
            batch.LogPosition = ctx.Session.LogPosition = position;
        Count(ctx);
        if (ctx.Parked is not null)
            return Park(batch, ctx.Parked);
        if (ctx.LongReply is not null)
            batch.Begin(ctx.LongReply);
        ApplyReplyMode(ctx.Session, ctx.Reply, ctx.Mark);
        return BatchOutcome.Completed;
    }

    /// <summary>Locks, invokes, logs, serves, releases: all of a run but the checks before it.</summary>
    /// <returns>False when a stripe was busy and waiting is not allowed, or it takes too long, or its slot is about to
    /// be another node's: nothing has happened then.</returns>
    public bool TryRun(scoped ref CommandContext ctx, bool mayWait, out long logPosition)
    {
        var session = ctx.Session;
        var waiter = session.Waiter;
        IAsideWork? aside = null;
        var isForwarded = false;
        logPosition = 0;
        _wantsAllStripes = _wantsPool = _isRefusedAsBusy = false;
        MayTakeLong = mayWait;
        do
        {
            // What was computed aside is ended whoever holds the stripes meanwhile.
            if (!TryLock(ctx, mayWait || aside is not null))
                return false;
            try
            {
                if (session.Stream is { IsCut: true })
                {
                    // This server follows another stream by now, or none.
                    session.CloseAfterReply = isForwarded = true;
                    break;
                }

                Effects.Clear();
                Nested.Reset();
                Records.Clear();
                if (Services.Cluster is not null && MustWaitForSlot(ctx))
                {
                    aside?.Dispose();
                    ctx.Reply.Truncate(ctx.Mark);
                    return false;
                }

                if (Waiters.MustQueue(ctx))
                {
                    ctx.Park(Waiters.QueueUnrun(ctx));
                    break;
                }

                // Once more for what was computed aside: its slot may have gone meanwhile.
                if (AdmitsHeld(ctx))
                    Invoke(ref ctx, aside);
                else
                    aside?.Dispose();
                Nested.End();
                logPosition = Log(session);
                isForwarded = ctx.Aside is null && !_wantsPool && (!_wantsAllStripes || ctx.IsAgain);
                if (isForwarded)
                    Forward(ctx);
                if (waiter is not null)
                    Waiters.EndTurn(waiter, hasReplied: ctx.Parked is null);
                Waiters.ServeReady(ctx.NowMs);
            }
            finally
            {
                Stripes.Exit();
            }
        }
        while (WantsAnotherTry(ref ctx) || ((aside = ctx.Aside) is not null && Computes(aside, ref ctx)));

        if (_wantsPool)
        {
            ctx.Reply.Truncate(ctx.Mark);
            AfterRelease();
            logPosition = 0;
            return false;
        }

        if (!isForwarded)
            Forward(ctx);
        AfterRelease();
        if (Services.Audit is { } audit)
            Records.Flush(audit, ctx.NowMs);
        if (ctx.SawExpired)
            _expired.Remove(ctx, mayWait && Services.Scripts.Slowest is null);
        session.LastCommand = ctx.Command;
        return true;
    }

    /// <summary>
    /// What may have changed between the gate and the stripes. LOCK: the command's stripes are held.
    /// </summary>
    private bool AdmitsHeld(scoped in CommandContext ctx) =>
        (!Services.IsLoading || CommandGate.IsLoadedFor(ctx, isLoading: true))
        && (Services.Cluster is not { } cluster || SlotGate.AdmitsHeld(cluster, ctx));

    /// <summary>Runs a command's method. LOCK: its stripes are held.</summary>
    /// <param name="ctx">The command.</param>
    /// <param name="aside">Work of its own that it ends now; null to begin.</param>
    public void Invoke(scoped ref CommandContext ctx, IAsideWork? aside = null)
    {
        var mark = ctx.Reply.Length;
        var caller = Session;
        var outer = Command;
        Session = ctx.Session.Caller ?? ctx.Session;
        Command = ctx.Command;
        try
        {
            if (aside is null)
                ctx.Command.Handler!(ref ctx);
            else
                ctx.FinishAside(aside);
        }
        catch (Exception fault)
        {
            // A method that throws is our bug: the client is told, the log gets the stack, the server goes on.
            ctx.Reply.Truncate(mark);
            ctx.Reply.Error(Errors.Internal);
            Services.Control.ReportFault(fault, $"command '{ctx.Command.Name}'");
        }

        // After the run, as in Redis: EXEC follows its commands, and SELECT shows the database that it selected.
        if (Services.Monitors.Any && aside is null && !ctx.IsFurtherTry && !ctx.Session.IsUnseen
            && !ctx.Command.Has(CommandFlags.SkipMonitor | CommandFlags.Admin))
            Services.Monitors.Feed(ctx.Session, ctx.Command, ctx.Args, Services.Clock.GetUtcNow());
        if (Services.Audit is { } audit && ctx.Aside is null)
            Records.Note(audit, ctx);
        if (ctx.Command.IsRead && !ctx.Command.Has(CommandFlags.CallsCommands))
            ctx.Session.Tracking?.Remember(ctx.Args, ctx.Keys);
        Statistics.Changes += ctx.Changes;
        Session = caller;
        Command = outer;
        if (!ctx.IsRequestLogged || !IsLogged(ctx.Session))
            return;
        var effect = Effects.Begin(ctx.Session.Database, ctx.Args.Count, ctx.Audience);
        var first = 0;
        if (Services.Commands.HasRenamed)
        {
            // Whoever reads the log need not know how commands are called here.
            effect.Bulk((ctx.Command.Parent ?? ctx.Command).NameBytes.Span);
            first = 1;
        }

        for (var i = first; i < ctx.Args.Count; i++)
            EffectWriter.Write(effect, ctx.Args, i);
    }

    /// <summary>
    /// Appends the effects to the change log. Before the stripes are released: two writers of one key then reach the
    /// log in the order in which they changed the table; appended after release, a replay could swap them.
    /// </summary>
    /// <returns>The log's position after them; 0 if there were none.</returns>
    public long Log(ClientSession session)
    {
        if (Effects.IsEmpty)
            return 0;
        var position = IsLogged(session)
            ? Services.ChangeLog.Append(
                Effects.FirstDatabase, Effects.LastDatabase, Effects.Written, Effects.ForReplicas, Effects.Parts)
            : 0;
        Effects.Clear();
        return position;
    }

    /// <summary>
    /// Whether what the session's commands do is logged: a replica's log is its primary's stream, and nothing else.
    /// </summary>
    public bool IsLogged(ClientSession session) =>
        Services.ChangeLog.HasReaders && !session.IsObeyed && Services.Role == ServerRole.Primary;

    /// <summary>What came from the primary goes on to the log, as it came. LOCK: as for <see cref="Log"/>.</summary>
    private static void Forward(in CommandContext request)
    {
        if (request.Session.Stream is not { } stream)
            return;
        stream.Take(
            request.Raw,
            request.RawParts,
            request.Session.Database,
            isForFiles: request.NamedCommand is { ChangesFiles: true },
            isInTransaction: request.Session.Transaction is not null);
        if (request.Reply.ErrorCount != request.ErrorsBefore)
            stream.ReportError(request.Command, request.Reply.Written[request.Mark..]);
    }

    /// <inheritdoc cref="CommandContext.AfterRelease"/>
    public void AfterRelease(Action work) => _afterRelease.Add(work);

    /// <inheritdoc cref="CommandContext.RunAgainUnderAllStripes"/>
    public void RunAgainUnderAllStripes() => _wantsAllStripes = true;

    /// <summary>
    /// The command that runs has changed nothing, or has taken it back, and is to run anew where it may take long. Only
    /// while <see cref="MayTakeLong"/> is false.
    /// </summary>
    public void LeaveToPool() => _wantsPool = true;

    public void CountLookup(bool hit)
    {
        if (hit)
            Statistics.KeyspaceHits++;
        else
            Statistics.KeyspaceMisses++;
    }

    /// <summary>Counts an error reply by its kind.</summary>
    /// <param name="reply">Ends with it.</param>
    /// <param name="mark">Where it begins.</param>
    public void CountError(ReplyWriter reply, int mark)
    {
        var message = reply.Written[mark..];
        Services.Statistics.CountError(message is [(byte)'-', ..] ? message[1..] : message);
    }

    public void Dispose()
    {
        Effects.Dispose();
        _scripts?.Dispose();
        Waiters.Dispose();
    }

    /// <summary>A slot of its keys is about to go: a writer waits until it is known whether it does.</summary>
    private bool MustWaitForSlot(in CommandContext request)
    {
        _held = Services.SlotHolds.IsActive ? Services.SlotHolds.ParkIfHeld(request, Stripes.Plan) : null;
        return _held is not null;
    }

    private bool TryLock(in CommandContext request, bool mayWait)
    {
        var command = request.Command;
        var plan = Stripes.Plan;
        plan.Clear();
        if (command.SingleKey != 0 && request.Keys.Count == 1 && !_wantsAllStripes)
        {
            plan.Add(request.Keys[0].Hash, command.LocksExclusive);
            return TryEnter(request, mayWait);
        }

        HeldStripes.Add(plan, command, request.Keys, isNested: false);
        if (_wantsAllStripes)
            plan.AddAll(exclusive: true);
        if (command.Has(CommandFlags.RunsQueue))
            NestedRuns.PlanQueue(request.Session, plan);
        _prefetch.BeginRequest(request);
        if (!TryEnter(request, mayWait))
            return false;
        _prefetch.PrefetchRequest();
        return true;
    }

    /// <summary>
    /// Takes the planned stripes. A client who would wait for a script that has run for long is told so instead.
    /// </summary>
    private bool TryEnter(in CommandContext request, bool mayWait)
    {
        var scripts = Services.Scripts;
        if (Stripes.TryEnter(mayWait, request.Session.IsObeyed ? null : scripts))
            return true;
        if (request.Session.IsObeyed || scripts.BusyReply(Stripes.Plan.BusyStripe) is not { } busy)
            return false;
        request.Reply.Error(busy);
        return !(_isRefusedAsBusy = true);
    }

    /// <summary>A script met a key that it did not declare: it begins anew, with every stripe held.</summary>
    private bool WantsAnotherTry(scoped ref CommandContext ctx)
    {
        if (!_wantsAllStripes || ctx.IsAgain)
            return false;
        ctx.Reply.Truncate(ctx.Mark);
        ctx.BeginAgain();
        ctx.IsAgain = true;
        return true;
    }

    /// <summary>Does what the command left for the time when nobody waits for its stripes.</summary>
    private bool Computes(IAsideWork aside, scoped ref CommandContext ctx)
    {
        try
        {
            aside.Compute();
        }
        catch (Exception fault)
        {
            aside.Dispose();
            ctx.Reply.Truncate(ctx.Mark);
            ctx.Reply.Error(Errors.Internal);
            Services.Control.ReportFault(fault, $"command '{ctx.Command.Name}'");
            return false;
        }

        ctx.BeginAgain();
        ctx.AsideRounds++;
        return true;
    }

    private BatchOutcome Queue(in CommandContext request)
    {
        request.Session.Transaction!.Add(new OwnedRequest(request.Command, request.Args, request.Keys));
        Forward(request);
        request.Reply.SimpleString("QUEUED"u8);
        Meter.Skip();
        ApplyReplyMode(request.Session, request.Reply, request.Mark);
        return BatchOutcome.Completed;
    }

    private static BatchOutcome Park(CommandBatch batch, ParkedCommand parked)
    {
        batch.Parked = parked;
        return BatchOutcome.Parked;
    }

    /// <summary>Counts a request that was refused, and spoils the transaction that it belongs to.</summary>
    private BatchOutcome Refuse(in CommandContext request)
    {
        var (command, session, reply) = (request.NamedCommand, request.Session, request.Reply);
        if (command is not null)
            Statistics.ByCommand[command.Ordinal].RejectedCalls++;
        if (session.Transaction is { } transaction)
            transaction.IsAborted = true;
        if (_gate.IsRedirected && command!.Has(CommandFlags.RunsQueue))
            TransactionCommands.Drop(session);
        else if (command is not null && command.Has(CommandFlags.RunsQueue))
            TransactionCommands.Abort(session, reply, request.Mark);
        session.LeaveWait();
        Forward(request);
        CountError(reply, request.Mark);
        Meter.Skip();
        ApplyReplyMode(session, reply, request.Mark);
        return BatchOutcome.Completed;
    }

    private void Count(in CommandContext request)
    {
        var (command, session) = (request.Command, request.Session);
        if (session.Tracking is { Caching: not null } tracking && session.Transaction is null
            && !command.Has(CommandFlags.KeepsCaching))
            tracking.Caching = null;
        var failed = request.Reply.ErrorCount != request.ErrorsBefore + Nested.TakeErrors();
        if (failed)
            CountError(request.Reply, request.Mark);
        if (Meter.NotesKeys)
            NoteKeys(request, Meter.Elapsed);
        if (request.IsFurtherTry)
            Meter.CountAgain(command, request.Args, session, Meter.Elapsed, failed);
        else
            Meter.Count(command, request.Args, session, failed);
    }

    /// <summary>Tells HOTKEYS of a command that has run for so many ticks.</summary>
    internal void NoteKeys(in CommandContext request, long ticks) =>
        Services.HotKeys.Note(request.Args, request.Keys, ticks, request.Reply.Length - request.Mark, request.NowMs);

    private void AfterRelease()
    {
        if (_afterRelease.Count == 0)
            return;
        foreach (var work in _afterRelease)
            work();
        _afterRelease.Clear();
    }

    /// <summary>CLIENT REPLY: drops the reply that begins at a mark if the client wants none.</summary>
    internal static void ApplyReplyMode(ClientSession session, ReplyWriter reply, int mark)
    {
        switch (session.ReplyMode)
        {
            case ReplyMode.On:
                return;
            case ReplyMode.SkipNext:
                session.ReplyMode = ReplyMode.Skip;
                break;
            case ReplyMode.Skip:
                session.ReplyMode = ReplyMode.On;
                break;
        }

        reply.Truncate(mark);
        session.AskedCluster?.TakeBack(reply, mark);
        session.WriteUnsilenced(reply);
    }
}
