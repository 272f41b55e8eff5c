using System.Diagnostics;
using RedisLite.Commands.Keys;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Runs batches, one request after the other. The one execution path for clients, transactions, replay and replication.
/// </summary>
/// <remarks>
/// One per executor actor; one thread at a time. Waits for stripes (when it may) and for nothing else.
/// </remarks>
public sealed class CommandExecutor : IDisposable
{
    // The clock is read again when a batch has run for this long.
    private static readonly long ClockStaleTicks = Stopwatch.Frequency / 2000;

    private readonly CommandRun _run;
    private readonly KeyPrefetch _prefetch;
    private readonly RequestKeyList _replayKeys = new();

    public CommandExecutor(CommandServices services)
    {
        Services = services;
        _prefetch = new KeyPrefetch(services.Databases);
        _run = new CommandRun(services, _prefetch);
    }

    public CommandServices Services { get; }

    /// <summary>Runs the requests of a batch from <see cref="CommandBatch.Next"/> on.</summary>
    /// <param name="batch">Owned by the caller for the call.</param>
    /// <param name="mayWait">
    /// Whether to wait for stripes. When not, the run stops at the first stripe that stays taken for more than a short
    /// spin, with <see cref="BatchOutcome.LockBusy"/> and that request not yet run.
    /// </param>
    public BatchOutcome Run(CommandBatch batch, bool mayWait)
    {
        var written = batch.Reply.TotalLength;
        if (batch.Next == 0)
        {
            _run.Statistics.Batches++;
            _run.Statistics.InputBytes += batch.InputLength;
        }

        BatchOutcome outcome;
        using (Services.Tracking.BeginTurn())
            outcome = RunAll(batch, mayWait);
        _run.Statistics.OutputBytes += batch.Reply.TotalLength - written;
        return outcome;
    }

    /// <summary>Applies one logged command without checks, statistics of clients, or logging it again.</summary>
    /// <returns>Whether it was a known command and did not fail.</returns>
    public bool Replay(in Arguments args, ClientSession session, ReplyWriter reply)
    {
        var command = Services.Commands.ResolveLogged(args);
        if (command?.Handler is null || !command.AcceptsArgumentCount(args.Count))
            return false;
        reply.Clear();
        var nowMs = Services.NowMs;
        MoveAccessClock(nowMs);
        _replayKeys.Clear();
        var keys = _replayKeys.View(_replayKeys.Locate(command, args, Services.Databases));
        var ctx = new CommandContext(_run, command, args, keys, session, reply, nowMs);
        if (ctx.IsQueued)
            session.Transaction!.Add(new OwnedRequest(command, args, keys));
        else
            _run.TryRun(ref ctx, mayWait: true, out _);
        return reply.ErrorCount == ctx.ErrorsBefore;
    }

    public void Dispose() => _run.Dispose();

    private BatchOutcome RunAll(CommandBatch batch, bool mayWait)
    {
        var session = batch.Session;
        var nowMs = Services.NowMs;
        session.LastInteractionMs = nowMs;
        MoveAccessClock(nowMs);
        _run.BeginBatch(nowMs);
        _prefetch.Begin();
        var clockTimestamp = _run.Meter.Timestamp;

        while (batch.Next < batch.Count || batch.HasLongReply)
        {
            if (batch.Reply.TotalLength >= Services.ReplyLimit)
                return BatchOutcome.ReplyFull;
            if (batch.HasLongReply)
            {
                if (!TryContinue(batch, out var stopped))
                    return stopped;
                continue;
            }

            if (_run.Meter.Timestamp - clockTimestamp > ClockStaleTicks)
            {
                nowMs = Services.NowMs;
                clockTimestamp = _run.Meter.Timestamp;
            }

            _prefetch.Prepare(batch);
            var outcome = _run.RunNext(batch, nowMs, mayWait);
            if (outcome is BatchOutcome.LockBusy or BatchOutcome.Parked)
                return outcome;
            batch.Next++;
            if (session.CloseAfterReply)
                return BatchOutcome.Close;
        }

        if (batch.ProtocolError is not { } error)
            return BatchOutcome.Completed;
        batch.Reply.Format = session.FormatFor(batch.ProtocolErrorForm);
        batch.Reply.ProtocolError(error.Span);
        if (error.Span.SequenceEqual(ProtocolErrors.HttpRequest))
            Services.CrossProtocol.Note(session);
        return BatchOutcome.Close;
    }

    /// <summary>Goes on with a reply that is written piece by piece.</summary>
    /// <returns>False when the run stops for one reason or another.</returns>
    private bool TryContinue(CommandBatch batch, out BatchOutcome stopped)
    {
        stopped = BatchOutcome.ReplyFull;
        try
        {
            return batch.Continue(Services.ReplyLimit);
        }
        catch (Exception fault)
        {
            // Half a reply cannot be taken back: whatever followed it would be read as its rest.
            Services.Control.ReportFault(fault, "a long reply");
            batch.EndLongReply();
            stopped = BatchOutcome.Close;
            return false;
        }
    }

    /// <summary>Keys created from now on begin with this moment as their last access.</summary>
    private void MoveAccessClock(long nowMs)
    {
        var mark = AccessClock.ForNewKey(nowMs, Services.Options);
        if (Services.Databases.NewAccessClock != mark)
            Services.Databases.NewAccessClock = mark;
    }
}
