using System.Diagnostics;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution.Waiting;

/// <summary>Serves the clients that wait for keys which a run has made ready, before it releases its stripes.</summary>
/// <remarks>
/// <code>
///   run: LPUSH k --observer--> Ready: k       the run's own effect is in the log, its stripes are still held
///        ServeReady: for each ready key, for each client in its queue, in order of arrival:
///            nothing there            next key
///            of another type          next client
///            its stripes held, or free    run its command: reply to its connection, effect to the log
///            busy                     hand it to its own connection; those behind it wait for its turn
///        (a served command may make keys ready itself: they join the list)
/// </code>
/// One per run. LOCK: the run's stripes.
/// </remarks>
internal sealed class WaiterService(CommandRun run) : IDisposable
{
    private readonly ReplyWriter _reply = new();

    /// <summary>Queues to serve, each from a place on; filled by <see cref="WaitingClients"/> under its lock.</summary>
    public List<QueueWalk> Ready { get; } = [];

    /// <summary>A waiting client's command runs: its client has sent it long ago.</summary>
    public bool IsServing { get; private set; }

    private WaitingClients Table => run.Services.Waiting;

    /// <summary>Whether a command that blocks has to queue up before it runs. LOCK: the stripes of its keys.</summary>
    public bool MustQueue(in CommandContext request) =>
        Table.IsAny && request.Command.Has(CommandFlags.Blocking)
        && request.Session is { Waiter: null, IsObeyed: false }
        && Table.MustQueue(request.Session.Database, request);

    /// <summary>Queues up a newcomer that has not run.</summary>
    public KeyWaiter QueueUnrun(in CommandContext request)
    {
        var waiter = Create(request);
        Table.Enter(waiter, request, first: 0, last: int.MaxValue);
        return waiter;
    }

    /// <summary>A command found nothing: its client waits from now on, or goes on waiting at its place.</summary>
    /// <param name="request">The command.</param>
    /// <param name="wait">What for.</param>
    /// <param name="first">The first argument that names a key to wait for.</param>
    /// <param name="last">The last.</param>
    public KeyWaiter Wait(in CommandContext request, KeyWait wait, int first, int last)
    {
        if (request.Session.Waiter is { } present)
        {
            Table.ParkAgain(present, wait);
            return present;
        }

        var waiter = Create(request);
        waiter.Describe(wait, run.Services.Clock);
        Table.Enter(waiter, request, first, last);
        return waiter;
    }

    /// <summary>A client whose own connection has run its command again has replied, or waits on.</summary>
    public void EndTurn(KeyWaiter waiter, bool hasReplied)
    {
        Table.EndTurn(waiter, hasReplied, this);
        if (hasReplied)
            waiter.Session.Waiter = null;
    }

    /// <summary>Serves until no key is ready any more.</summary>
    public void ServeReady(long nowMs)
    {
        for (var i = 0; i < Ready.Count; i++)
        {
            var walk = Ready[i];
            Table.BeginWalk(walk);
            Serve(walk, nowMs);
        }

        Ready.Clear();
    }

    public void Dispose() => _reply.Dispose();

    private void Serve(QueueWalk walk, long nowMs)
    {
        var queue = walk.Queue;
        var key = new Key(queue.Key, queue.Hash);
        var keyspace = run.Services.Databases[queue.Database];
        while (true)
        {
            EntryType? type = keyspace.TryGet(key, nowMs, out var entry) ? entry.Type : null;
            if (!Table.TryBegin(walk, type))
                return;
            var waiter = walk.Place!.Waiter;
            if (!TryServe(waiter, queue.Key, nowMs))
                walk.WaitFor(waiter.Rivals);
            else
                walk.Place = walk.Place.Next;
        }
    }

    /// <returns>False when its rivals behind it have to wait for its turn.</returns>
    private bool TryServe(KeyWaiter waiter, byte[] readyKey, long nowMs)
    {
        var owned = waiter.Request;
        if (!run.Stripes.TryCover(owned.Command, owned.Keys) || !MayStill(waiter.Session, owned))
            return !Table.EndUnserved(waiter, handOver: true, this);
        _reply.Clear();
        _reply.Format = waiter.Session.FormatFor(waiter.Form);
        var started = Stopwatch.GetTimestamp();
        var ctx = new CommandContext(run, owned.Command, owned.Arguments, owned.Keys, waiter.Session, _reply, nowMs)
        {
            Form = waiter.Form,
            IsFurtherTry = true,
            ReadyKey = readyKey,
        };
        IsServing = true;
        run.Invoke(ref ctx);
        IsServing = false;
        var position = run.Log(waiter.Session);
        if (ctx.Parked is not null)
            return !Table.EndUnserved(waiter, handOver: false, this);
        var failed = _reply.ErrorCount != ctx.ErrorsBefore;
        if (failed)
            run.CountError(_reply, 0);
        run.Meter.CountAgain(
            owned.Command, owned.Arguments, waiter.Session, Stopwatch.GetTimestamp() - started, failed);
        waiter.SetReply(_reply.Written, position);
        Table.EndServed(waiter, this);
        return true;
    }

    /// <summary>Whether its user still may do what it waits for; its own connection refuses it otherwise.</summary>
    private static bool MayStill(ClientSession session, OwnedRequest request) =>
        session.IsTrusted || (session.IsAuthenticated
            && AccessControl.Allows(session, request.Command, request.Arguments, request.Keys));

    private KeyWaiter Create(in CommandContext request)
    {
        var owned = new OwnedRequest(request.Command, request.Args, request.Keys);
        return request.Session.Waiter = new KeyWaiter(
            Table, request.Session, owned, request.Form, Rivals.Of(request));
    }
}
