using System.Diagnostics;
using RedisLite.Commands.Keys;
using RedisLite.Commands.Transactions;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Runs commands: checks what the server's state demands, takes the stripes, runs the method, logs its effect, gives
/// the stripes back. The one execution path for clients, transactions, replay and replication.
/// </summary>
/// <remarks>One per executor actor; one thread at a time. Waits for stripes (when it may) and for nothing else.</remarks>
public sealed class CommandExecutor : IDisposable
{
    // The clock is read again when a batch has run for this long.
    private static readonly long ClockStaleTicks = Stopwatch.Frequency / 2000;

    [ThreadStatic]
    private static ClientSession? _currentSession;

    private readonly LockPlan _plan;
    private readonly ExecutionStatistics _statistics;
    private readonly CommandGate _gate;
    private readonly CommandMeter _meter;
    private readonly KeyPrefetch _keys;
    private readonly List<Action> _afterRelease = [];

    // Errors of the commands inside EXEC, which are not EXEC's own.
    private int _queueErrors;

    public CommandExecutor(CommandServices services)
    {
        Services = services;
        _plan = services.Databases.CreatePlan();
        _statistics = services.Statistics.Register();
        _gate = new CommandGate(services);
        _meter = new CommandMeter(services, _statistics);
        _keys = new KeyPrefetch(services.Databases);
    }

    public CommandServices Services { get; }

    internal EffectWriter Effects { get; } = new();

    internal bool IsInTransaction { get; private set; }

    /// <summary>The client whose command runs on this thread: a change that is reported right now is its own.</summary>
    internal static ClientSession? CurrentSession => _currentSession;

    /// <summary>Runs the requests of a batch from <see cref="CommandBatch.Next"/> on.</summary>
    /// <param name="batch">Owned by the caller for the call.</param>
    /// <param name="mayWait">
    /// Whether to wait for stripes. When not, the run stops at the first stripe that stays taken for more than a short
    /// spin, with <see cref="BatchOutcome.LockBusy"/> and that request not yet run.
    /// </param>
    public BatchOutcome Run(CommandBatch batch, bool mayWait)
    {
        var written = batch.Reply.Length;
        CountInput(batch);
        Services.Tracking.BeginTurn();
        BatchOutcome outcome;
        try
        {
            outcome = RunAll(batch, mayWait);
        }
        finally
        {
            Services.Tracking.EndTurn();
        }

        _statistics.OutputBytes += batch.Reply.Length - written;
        return outcome;
    }

    private BatchOutcome RunAll(CommandBatch batch, bool mayWait)
    {
        var session = batch.Session;
        var nowMs = Services.NowMs;
        session.LastInteractionMs = nowMs;
        MoveAccessClock(nowMs);
        _gate.BeginBatch(nowMs);
        _meter.BeginBatch();
        _keys.Begin();
        var clockTimestamp = _meter.Timestamp;

        while (batch.Next < batch.Count)
        {
            if (batch.Reply.Length >= Services.ReplyLimit)
                return BatchOutcome.ReplyFull;
            if (_meter.Timestamp - clockTimestamp > ClockStaleTicks)
            {
                nowMs = Services.NowMs;
                clockTimestamp = _meter.Timestamp;
            }

            _keys.Prepare(batch);
            var outcome = RunNext(batch, nowMs, mayWait);
            if (outcome is BatchOutcome.LockBusy or BatchOutcome.Parked)
                return outcome;
            batch.Next++;
            if (session.CloseAfterReply)
                return BatchOutcome.Close;
        }

        if (batch.ProtocolError is null)
            return BatchOutcome.Completed;
        ReplyProtocolError(batch);
        return BatchOutcome.Close;
    }

    /// <summary>Applies one logged command without checks, statistics of clients, or logging it again.</summary>
    /// <returns>Whether it was a known command and did not fail.</returns>
    public bool Replay(in Arguments args, ClientSession session, ReplyWriter reply)
    {
        var command = Services.Commands.Resolve(args);
        if (command?.Handler is null || !command.AcceptsArgumentCount(args.Count))
            return false;
        reply.Clear();
        var nowMs = Services.NowMs;
        MoveAccessClock(nowMs);
        if (session.Transaction is not null && !command.Has(CommandFlags.Immediate))
            session.Transaction.Add(new OwnedRequest(command, args));
        else
            Execute(command, args, command.HashSingleKey(args, Services.Databases), session, reply, nowMs, mayWait: true, out _, out _);
        return reply.ErrorCount == 0;
    }

    public void Dispose() => Effects.Dispose();

    internal bool IsLogging(ClientSession session) => Services.ChangeLog.IsEnabled && !session.IsReplay;

    /// <summary>Whether the command that runs may change a key: its own declaration may say less (COPY's source, EXEC).</summary>
    internal bool HoldsExclusive(in Key key) => _plan.HoldsExclusive(key.Hash);

    /// <inheritdoc cref="CommandContext.AfterRelease"/>
    internal void AfterRelease(Action work) => _afterRelease.Add(work);

    internal void CountLookup(bool hit)
    {
        if (hit)
            _statistics.KeyspaceHits++;
        else
            _statistics.KeyspaceMisses++;
    }

    /// <summary>EXEC's body: the stripes of all queued commands are held by the plan of EXEC itself.</summary>
    internal void RunQueue(scoped ref CommandContext exec)
    {
        var session = exec.Session;
        var queue = session.Transaction!.Queue;
        session.Transaction = null;
        IsInTransaction = true;
        var database = session.Database;
        Effects.Clear();
        KeyspaceObserver.TransactionEffects = Effects;
        try
        {
            exec.Reply.Array(queue.Count);
            foreach (var request in queue)
            {
                var started = Stopwatch.GetTimestamp();
                var errors = exec.Reply.ErrorCount;
                var mark = exec.Reply.Length;
                var keyHash = request.Command.HashSingleKey(request.Arguments, Services.Databases);
                var ctx = new CommandContext(this, request.Command, session, request.Arguments, exec.Reply, exec.NowMs, keyHash);
                if (Effects.IsEmpty && IsLogging(session))
                    Effects.BeginTransaction(database);
                Invoke(ref ctx);
                var failed = exec.Reply.ErrorCount != errors;
                if (failed)
                {
                    CountError(exec.Reply, mark);
                    _queueErrors++;
                }

                _meter.Count(request.Command, request.Arguments, session, Stopwatch.GetTimestamp() - started, failed);
            }

            // MULTI alone has no effect and is not logged.
            if (Effects.Count > 1)
                Effects.EndTransaction();
            else
                Effects.Clear();
        }
        finally
        {
            KeyspaceObserver.TransactionEffects = null;
            IsInTransaction = false;
        }
    }

    private BatchOutcome RunNext(CommandBatch batch, long nowMs, bool mayWait)
    {
        var session = batch.Session;
        var command = batch.CommandAt(batch.Next);
        var args = batch.Requests[batch.Next];
        var reply = batch.Reply;
        reply.Format = session.FormatFor(batch.Requests.FormOf(batch.Next));
        var mark = reply.Length;
        var errors = reply.ErrorCount;

        if (!_gate.Admits(command, args, session, reply, out var parked))
        {
            if (parked is null)
                CountRejected(command, session, reply, mark);
            _meter.Skip();
        }
        else if (session.Transaction is not null && !command!.Has(CommandFlags.Immediate))
        {
            session.Transaction.Add(new OwnedRequest(command, args));
            reply.SimpleString("QUEUED"u8);
            _meter.Skip();
        }
        else if (!Execute(command!, args, batch.KeyHashAt(batch.Next), session, reply, nowMs, mayWait, out parked, out var position))
        {
            return BatchOutcome.LockBusy;
        }
        else
        {
            if (session.Tracking is { Caching: not null } tracking && session.Transaction is null
                && !command!.Name.StartsWith("client|", StringComparison.Ordinal))
                tracking.Caching = null;
            if (position != 0)
                batch.LogPosition = session.LogPosition = position;
            var failed = reply.ErrorCount != errors + _queueErrors;
            if (failed)
                CountError(reply, mark);
            _meter.Count(command!, args, session, failed);
        }

        if (parked is not null)
        {
            batch.Parked = parked;
            return BatchOutcome.Parked;
        }

        ApplyReplyMode(session, reply, mark);
        return BatchOutcome.Completed;
    }

    /// <summary>Takes the stripes, runs the command, logs its effect. False when a stripe was busy and waiting was not allowed.</summary>
    private bool Execute(
        Command command, in Arguments args, ulong keyHash, ClientSession session, ReplyWriter reply, long nowMs, bool mayWait,
        out ParkedCommand? parked, out long logPosition)
    {
        parked = null;
        logPosition = 0;
        _queueErrors = 0;
        var ctx = new CommandContext(this, command, session, args, reply, nowMs, keyHash);
        _plan.Clear();
        if (command.SingleKey != 0)
            _plan.Add(keyHash, command.IsWrite);
        else
        {
            _keys.BeginRequest(session.Database);
            LockPlanning.Add(command, args, session, Services.Databases, _plan, inTransaction: false, _keys);
        }

        if (mayWait)
            _plan.Enter();
        else if (!_plan.TryEnter())
            return false;
        try
        {
            Effects.Clear();
            if (command.SingleKey == 0)
                _keys.PrefetchRequest();
            Invoke(ref ctx);
            if (!Effects.IsEmpty)
            {
                // Append before the stripes are released: two writers of one key then reach the log in the order in
                // which they changed the table. Appending after release would let replay swap them.
                if (IsLogging(session))
                    logPosition = Services.ChangeLog.Append(Effects.FirstDatabase, Effects.LastDatabase, Effects.Written);
                Effects.Clear();
            }
        }
        finally
        {
            _plan.Exit();
        }

        if (_afterRelease.Count > 0)
            RunAfterRelease();
        if (ctx.SawExpired)
            RemoveExpired(command, args, session.Database, nowMs, mayWait);
        parked = ctx.Parked;
        session.LastCommand = command;
        return true;
    }

    private void Invoke(scoped ref CommandContext ctx)
    {
        var mark = ctx.Reply.Length;
        _currentSession = ctx.Session;
        try
        {
            ctx.Command.Handler!(ref ctx);
        }
        catch (Exception fault)
        {
            // A method that throws is our bug: the client is told, the log gets the stack, the server goes on.
            ctx.Reply.Truncate(mark);
            ctx.Reply.Error(Errors.Internal);
            Services.Control.ReportFault(fault, $"command '{ctx.Command.Name}'");
        }

        // After the run, as in Redis: EXEC follows its commands, and SELECT shows the database that it selected.
        if (Services.Monitors.Any && !ctx.Command.Has(CommandFlags.SkipMonitor | CommandFlags.Admin))
            Services.Monitors.Feed(ctx.Session, ctx.Command, ctx.Args, Services.Clock.GetUtcNow());
        if (ctx.Command.IsRead)
            ctx.Session.Tracking?.Remember(ctx.Command, ctx.Args);
        _statistics.Changes += ctx.Changes;
        if (ctx.Changes == 0 || ctx.HasOwnEffects || !ctx.Command.IsWrite || !IsLogging(ctx.Session))
            return;
        var effect = Effects.Begin(ctx.Session.Database, ctx.Args.Count);
        for (var i = 0; i < ctx.Args.Count; i++)
            effect.Bulk(ctx.Args[i]);
    }

    private void RunAfterRelease()
    {
        foreach (var work in _afterRelease)
            work();
        _afterRelease.Clear();
    }

    /// <summary>Keys created from now on begin with this moment as their last access.</summary>
    private void MoveAccessClock(long nowMs)
    {
        var mark = AccessClock.ForNewKey(nowMs, Services.Options);
        if (Services.Databases.NewAccessClock != mark)
            Services.Databases.NewAccessClock = mark;
    }

    /// <summary>Deletes what a reader found expired, as Redis does on access; left to active expiry when a stripe is busy.</summary>
    private void RemoveExpired(Command command, in Arguments args, int database, long nowMs, bool mayWait)
    {
        // Whoever pauses the clients wants the data to stay as it is.
        if (Services.Pause.IsOn(nowMs))
            return;
        var databases = Services.Databases;
        foreach (var spec in command.Keys)
            foreach (var position in spec.PositionsIn(args))
            {
                var key = databases.MakeKey(args[position]);
                _plan.Clear();
                _plan.Add(key.Hash, exclusive: true);
                if (mayWait)
                    _plan.Enter();
                else if (!_plan.TryEnter())
                    continue;
                try
                {
                    databases[database].RemoveIfExpired(key, nowMs);
                }
                finally
                {
                    _plan.Exit();
                }
            }
    }

    private static void ApplyReplyMode(ClientSession session, ReplyWriter reply, int mark)
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
        session.WriteUnsilenced(reply);
    }

    private static void ReplyProtocolError(CommandBatch batch)
    {
        batch.Reply.Format = batch.Session.FormatFor(batch.ProtocolErrorForm);
        batch.Reply.ProtocolError(batch.ProtocolError!.Value.Span);
    }

    private void CountInput(CommandBatch batch)
    {
        if (batch.Next == 0)
            _statistics.InputBytes += batch.InputLength;
    }

    private void CountError(ReplyWriter reply, int mark)
    {
        var message = reply.Written[mark..];
        Services.Statistics.CountError(message is [(byte)'-', ..] ? message[1..] : message);
    }

    /// <summary>Counts a request that was refused, and spoils the transaction that it belongs to.</summary>
    private void CountRejected(Command? command, ClientSession session, ReplyWriter reply, int mark)
    {
        if (command is not null)
            _statistics.ByCommand[command.Ordinal].RejectedCalls++;
        if (session.Transaction is { } transaction)
            transaction.IsAborted = true;
        if (command?.Name == "exec")
            TransactionCommands.Abort(session, reply, mark);
        CountError(reply, mark);
    }
}
