using System.Diagnostics;
using RedisLite.Commands.Scripting;
using RedisLite.Protocol;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Execution;

/// <summary>What became of a command that another one wanted to run.</summary>
public enum NestedOutcome
{
    /// <summary>It has run; its reply, perhaps an error, stands in the buffer.</summary>
    Ran,

    /// <summary>
    /// It needs stripes that are not held: nothing has happened. See
    /// <see cref="CommandContext.RunAgainUnderAllStripes"/>.
    /// </summary>
    KeysNotHeld,
}

/// <summary>Runs commands inside a command: EXEC its queue, a script what it calls.</summary>
/// <remarks>
/// LOCK: under the stripes that the outer command's run holds; none is taken. The effects of all of them reach the log
/// together when the outer command ends, framed by MULTI and EXEC, so that a replay applies all or nothing.
/// </remarks>
internal sealed class NestedRuns(CommandRun run)
{
    private readonly RequestKeyList _keys = new();
    private int _errors;
    private int _effectsBefore;
    private int? _scriptSlot;

    /// <summary>A command runs inside another: nothing may block, and walks find their stripes held.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Stopwatch ticks that the last command took.</summary>
    public long LastDuration { get; private set; }

    /// <summary>
    /// Adds the stripes of the client's queue, and of its watched keys, so that none can change between the check and
    /// the run.
    /// </summary>
    public static void PlanQueue(ClientSession session, LockPlan plan)
    {
        session.Watched?.PlanLocks(plan);
        if (session.Transaction is { IsAborted: false } transaction)
            foreach (var request in transaction.Queue)
                HeldStripes.Add(plan, request.Command, request.Keys, isNested: true);
    }

    /// <summary>EXEC's body.</summary>
    public void RunQueue(scoped ref CommandContext exec)
    {
        var session = exec.Session;
        using var transaction = session.TakeTransaction();
        var queue = transaction.Queue;
        exec.Reply.Array(queue.Count);
        foreach (var request in queue)
        {
            if (run.Services.Access.RefuseQueued(session, request) is { } refusal)
            {
                exec.Reply.Error(refusal);
                run.Services.Statistics.CountError(refusal);
                _errors++;
            }
            else if (!Run(request.Command, request.Arguments, request.Keys, exec.Reply, session, exec.NowMs))
            {
                _errors++;
            }
        }
    }

    /// <summary>Runs a command with arguments and a reply buffer of the caller's.</summary>
    /// <param name="outer">The command that calls it.</param>
    /// <param name="command">One that may run inside others; its arity has been checked.</param>
    /// <param name="args">Its whole request.</param>
    /// <param name="reply">Its reply is appended.</param>
    public NestedOutcome Run(scoped ref CommandContext outer, Command command, in Arguments args, ReplyWriter reply)
    {
        _keys.Clear();
        var keys = _keys.View(_keys.Locate(command, args, run.Services.Databases));
        if (!run.Stripes.Cover(command, keys))
            return NestedOutcome.KeysNotHeld;
        var failed = !Run(command, args, keys, reply, outer.Session, outer.NowMs);
        if (failed && ReferenceEquals(reply, outer.Reply))
            _errors++;
        return NestedOutcome.Ran;
    }

    /// <summary>Runs what a script calls.</summary>
    /// <param name="command">One that scripts may call; its arity has been checked.</param>
    /// <param name="args">Its whole request.</param>
    /// <param name="reply">Its reply is appended.</param>
    /// <param name="session">The script's.</param>
    /// <param name="nowMs">The script's moment.</param>
    /// <param name="undo">Keeps what the command may change.</param>
    public NestedOutcome RunForScript(
        Command command, in Arguments args, ReplyWriter reply, ClientSession session, long nowMs, ScriptUndo undo)
    {
        _keys.Clear();
        var keys = _keys.View(_keys.Locate(command, args, run.Services.Databases));
        if (!run.Stripes.Cover(command, keys))
            return NestedOutcome.KeysNotHeld;
        if (!session.IsObeyed && SlotGate.RefusalInScript(
            run.Services, session.Caller ?? session, command, args, keys, ref _scriptSlot) is { } refusal)
        {
            reply.Error(refusal);
            return NestedOutcome.Ran;
        }

        // The script's own keys are of another slot. Under all stripes, where it begins anew, the command waits.
        if (command.IsWrite && !session.IsObeyed && run.Services.SlotHolds.Writes is { } held
            && SlotHolds.Concerns(held, keys))
            return NestedOutcome.KeysNotHeld;
        if (!undo.TryKeep(command, args, keys, session.Database))
            return NestedOutcome.KeysNotHeld;
        Run(command, args, keys, reply, session, nowMs);
        return NestedOutcome.Ran;
    }

    /// <summary>A script begins: in a cluster it keeps to the slot of its declared keys, if it has such.</summary>
    /// <param name="keys">Of the command that runs it.</param>
    /// <param name="isFree">Whether it may use keys of several slots.</param>
    public void BeginScript(in RequestKeys keys, bool isFree) => _scriptSlot = isFree ? null : SlotGate.SlotOf(keys);

    /// <summary>Where a script begins, so that what it calls can be taken back.</summary>
    public NestedMark Mark() => new(IsActive, run.Effects.Mark(), run.Records.Mark());

    /// <summary>
    /// What was called since the mark has not happened: its effects go. Its changes the caller has taken back.
    /// </summary>
    public void Rewind(in NestedMark mark)
    {
        IsActive = mark.IsActive;
        run.Effects.Rewind(mark.Effects);
    }

    /// <summary>The outer command's own reply tells an error that was counted when it happened inside.</summary>
    public void NoteCountedError() => _errors++;

    /// <summary>Forgets what a run that broke off has left.</summary>
    public void Reset() => (IsActive, _errors) = (false, 0);

    /// <summary>The outer command has ended: closes the frame around the effects.</summary>
    public void End()
    {
        if (!IsActive)
            return;
        IsActive = false;

        // MULTI alone has no effect and is not logged.
        if (run.Effects.Count > _effectsBefore + 1)
            run.Effects.EndTransaction();
        else if (_effectsBefore == 0)
            run.Effects.Clear();
    }

    /// <summary>How many errors in the outer command's reply are not its own; forgotten with the call.</summary>
    public int TakeErrors()
    {
        var errors = _errors;
        _errors = 0;
        return errors;
    }

    /// <returns>Whether its reply is no error.</returns>
    private bool Run(
        Command command, in Arguments args, RequestKeys keys, ReplyWriter reply, ClientSession session, long nowMs)
    {
        Begin(session);
        var started = Stopwatch.GetTimestamp();
        var ctx = new CommandContext(run, command, args, keys, session, reply, nowMs);
        run.Invoke(ref ctx);
        var failed = reply.ErrorCount != ctx.ErrorsBefore;
        if (failed)
            run.CountError(reply, ctx.Mark);
        LastDuration = Stopwatch.GetTimestamp() - started;
        if (run.Meter.NotesKeys)
            run.NoteKeys(ctx, LastDuration);
        run.Meter.Count(command, args, session, LastDuration, failed);
        return !failed;
    }

    private void Begin(ClientSession session)
    {
        if (IsActive)
            return;
        IsActive = true;
        _effectsBefore = run.Effects.Count;
        if (run.IsLogged(session))
            run.Effects.BeginTransaction(session.Database);
    }
}

/// <summary>A place in the nested runs of a command to which they can be taken back.</summary>
internal readonly record struct NestedMark(bool IsActive, EffectMark Effects, AuditMark Records);
