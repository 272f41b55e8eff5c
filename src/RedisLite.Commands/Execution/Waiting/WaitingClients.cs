using RedisLite.Storage;

namespace RedisLite.Commands.Execution.Waiting;

/// <summary>The clients that wait for keys: a queue per key, in order of arrival.</summary>
/// <remarks>
/// <para>Who makes a key ready serves those who wait for it before it lets go of the key's stripe
/// (<see cref="WaiterService"/>). Where it cannot, because a waiter's other keys are busy or its batch is still on the
/// way to its connection, the waiter is handed to its own connection, which runs the command again. It keeps its place,
/// no rival (<see cref="Rivals"/>) that stands behind it is served before it, and one that comes and blocks queues up
/// unrun. When its turn is over, whatever came of it, the queue goes on.</para>
/// <para>No wake is lost: a client enters a queue under the stripe of its key, which every change of the key needs
/// exclusively; and a handed client ends its turn by a reply, by parking again, or by its connection's end, each of
/// which passes the turn on.</para>
/// <para>One lock guards queues and waiters; it is taken only while somebody waits, and nothing is waited for under it.
/// Any thread. LOCK: may be taken with stripes held, never the other way round.</para>
/// </remarks>
public sealed class WaitingClients(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], List<KeyQueue>> _queues = new(ByteArrayComparer.Instance);
    private int _count;

    /// <summary>Whether a client waits for any key. All that a change of a key pays while none does.</summary>
    public bool IsAny => Volatile.Read(ref _count) != 0;

    /// <summary>How many clients wait for keys.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Whether a newcomer that wants one of these keys has to queue up behind a rival before it runs. LOCK: the keys'
    /// stripes.
    /// </summary>
    internal bool MustQueue(int database, in CommandContext request)
    {
        lock (_gate)
        {
            var rivals = Rivals.Of(request);
            foreach (ref readonly var key in request.Keys)
                if (Find(database, request.Args[key.Position])?.PendingOf(rivals) > 0)
                    return true;
        }

        return false;
    }

    /// <summary>Queues a client for the keys among its arguments from one to another. LOCK: their stripes.</summary>
    internal void Enter(KeyWaiter waiter, in CommandContext request, int first, int last)
    {
        lock (_gate)
        {
            foreach (ref readonly var key in request.Keys)
            {
                if (key.Position < first || key.Position > last)
                    continue;
                var queue = FindOrCreate(waiter.Database, request.Args[key.Position], key.Hash);
                if (queue.Last?.Waiter == waiter)
                    continue;
                waiter.Places.Add(queue.Append(waiter));
            }

            waiter.State = KeyWaiter.Stage.Parking;
            Account(waiter, 1);
            Volatile.Write(ref _count, _count + 1);
        }
    }

    /// <summary>A handed client found nothing and parks again at its place. LOCK: the keys' stripes.</summary>
    internal void ParkAgain(KeyWaiter waiter, KeyWait wait)
    {
        lock (_gate)
        {
            if (waiter.State != KeyWaiter.Stage.Handed)
                return;
            Account(waiter, -1);
            if (!waiter.HasRun)
                waiter.Describe(wait, clock);
            waiter.Renew(clock);
            waiter.State = KeyWaiter.Stage.Parking;
            waiter.Mark(ParkedEnd.None);
            Account(waiter, 1);
        }
    }

    /// <summary>A key has changed. LOCK: its stripe, exclusively.</summary>
    /// <param name="database">The key's database.</param>
    /// <param name="key">The key.</param>
    /// <param name="service">Of the run that changed it; null if that is no run of a command (active expiry,
    /// eviction).</param>
    internal void Changed(int database, in Key key, WaiterService? service)
    {
        List<KeyWaiter>? handed = null;
        lock (_gate)
        {
            if (Find(database, key.Bytes) is not { } queue)
                return;
            if (service is not null)
                MarkReady(queue, queue.First, service);
            else if (queue.WantsGone > 0)
                HandFirst(queue, rivals: null, onlyIfWantsGone: true, ref handed);
        }

        Tell(handed);
    }

    /// <summary>All keys of a database may have changed. LOCK: all stripes, exclusively.</summary>
    internal void AllChanged(int database, WaiterService? service)
    {
        lock (_gate)
            foreach (var queues in _queues.Values)
                foreach (var queue in queues)
                    if (queue.Database == database && service is not null)
                        MarkReady(queue, queue.First, service);
    }

    /// <summary>
    /// Has clients run their commands again that wait for keys which are not here any more: they are told where those
    /// are.
    /// LOCK: all stripes, exclusively.
    /// </summary>
    internal void HandGone(Predicate<ulong> hasGone)
    {
        List<KeyWaiter> handed = [];
        lock (_gate)
        {
            foreach (var queue in _queues.Values.SelectMany(queues => queues).Where(queue => hasGone(queue.Hash)))
                for (var place = queue.First; place is not null; place = place.Next)
                    if (place.Waiter.State is KeyWaiter.Stage.Parking or KeyWaiter.Stage.Parked)
                    {
                        Hand(place.Waiter);
                        handed.Add(place.Waiter);
                    }
        }

        Tell(handed);
    }

    /// <summary>
    /// The turn of a handed client is over: it has replied, or parked again. Those behind it have theirs; those before
    /// it had one with every change of the key, and its own changes are told as such. LOCK: the stripes of its keys.
    /// </summary>
    internal void EndTurn(KeyWaiter waiter, bool hasReplied, WaiterService service)
    {
        lock (_gate)
        {
            foreach (var place in waiter.Places)
                PassTurn(place, service);
            if (hasReplied && waiter.State == KeyWaiter.Stage.Handed)
                Leave(waiter, ParkedEnd.Woken);
        }
    }

    /// <summary>The connection of a client has its batch back.</summary>
    internal void Settle(KeyWaiter waiter)
    {
        lock (_gate)
            if (waiter.State == KeyWaiter.Stage.Parking)
                waiter.State = KeyWaiter.Stage.Parked;
    }

    internal bool IsServing(KeyWaiter waiter)
    {
        lock (_gate)
            return waiter.State == KeyWaiter.Stage.Serving;
    }

    /// <inheritdoc cref="ParkedCommand.TryEnd"/>
    internal bool TryEnd(KeyWaiter waiter, ParkedEnd end)
    {
        List<KeyWaiter>? handed = null;
        lock (_gate)
        {
            switch (waiter.State)
            {
                case KeyWaiter.Stage.Serving when waiter.PendingEnd == ParkedEnd.None:
                    waiter.PendingEnd = end;
                    return false;
                case KeyWaiter.Stage.Handed when end == ParkedEnd.Gone:
                    var places = waiter.Places.ToArray();
                    Leave(waiter, end);
                    foreach (var place in places)
                        HandFirst(place.Queue, waiter.Rivals, onlyIfWantsGone: false, ref handed);
                    break;
                case KeyWaiter.Stage.Parking or KeyWaiter.Stage.Parked:
                    Leave(waiter, end);
                    break;
                default:
                    return false;
            }
        }

        Tell(handed);
        return true;
    }

    /// <summary>Begins to serve the next client of a ready key. LOCK: the key's stripe.</summary>
    /// <param name="walk">Moves on to the client that is served, or to its end.</param>
    /// <param name="type">What the key holds; null when it is not there.</param>
    /// <returns>Whether there is one that the caller has to run now.</returns>
    internal bool TryBegin(QueueWalk walk, EntryType? type)
    {
        List<KeyWaiter>? handed = null;
        var isFound = false;
        lock (_gate)
        {
            while (walk.Place is { } place && !isFound)
            {
                var waiter = place.Waiter;
                if (type is null && place.Queue.WantsGone == 0)
                {
                    walk.Place = null;
                    break;
                }

                if (place.IsRemoved || !Wants(waiter, type) || !walk.Includes(waiter))
                {
                    walk.Place = place.Next;
                    continue;
                }

                isFound = waiter.State == KeyWaiter.Stage.Parked && waiter.HasRun;
                if (isFound)
                {
                    waiter.State = KeyWaiter.Stage.Serving;
                    break;
                }

                // Its connection has to run it, and has perhaps been told: rivals behind it wait for its turn to end.
                // One that another thread serves, for another of its keys, needs this key's stripe for that and does
                // not get it: it will be handed to its connection too.
                if (waiter.State is KeyWaiter.Stage.Parking or KeyWaiter.Stage.Parked)
                {
                    Hand(waiter);
                    (handed ??= []).Add(waiter);
                }

                walk.WaitFor(waiter.Rivals);
            }
        }

        Tell(handed);
        return isFound;
    }

    /// <summary>The client that was served has its reply. LOCK: the stripes of its keys.</summary>
    internal void EndServed(KeyWaiter waiter, WaiterService service)
    {
        lock (_gate)
        {
            PassOn(waiter, service);
            Leave(waiter, ParkedEnd.Served);
        }

        waiter.Connection!.Resume(waiter);
    }

    /// <summary>There was nothing for the client: it waits on.</summary>
    /// <param name="waiter">Being served.</param>
    /// <param name="handOver">Whether its connection is to try, because the caller could not take all its
    /// stripes.</param>
    /// <param name="service">The caller.</param>
    /// <returns>Whether those behind it have to wait for its turn.</returns>
    internal bool EndUnserved(KeyWaiter waiter, bool handOver, WaiterService service)
    {
        bool blocks;
        lock (_gate)
        {
            waiter.State = KeyWaiter.Stage.Parked;
            if (!handOver)
                PassOn(waiter, service);
            if (waiter.PendingEnd != ParkedEnd.None)
                Leave(waiter, waiter.PendingEnd);
            else if (handOver)
                Hand(waiter);
            else
                return false;
            blocks = waiter.State == KeyWaiter.Stage.Handed;
        }

        waiter.Connection!.Resume(waiter);
        return blocks;
    }

    private static bool Wants(KeyWaiter waiter, EntryType? type) =>
        type == waiter.Type || waiter.WakesWhenGone || !waiter.HasRun || waiter.State == KeyWaiter.Stage.Handed;

    private static void Tell(List<KeyWaiter>? handed)
    {
        if (handed is not null)
            foreach (var waiter in handed)
                waiter.Connection!.Resume(waiter);
    }

    private static void MarkReady(KeyQueue queue, WaitNode? from, WaiterService service)
    {
        if (queue.IsReady || from is null)
            return;
        queue.IsReady = true;
        service.Ready.Add(new QueueWalk(queue, from, only: null));
    }

    /// <summary>The turn of a client is over: its rivals behind it have theirs.</summary>
    private static void PassTurn(WaitNode place, WaiterService service)
    {
        var rivals = place.Waiter.Rivals;
        if (rivals.AreAll)
        {
            MarkReady(place.Queue, place.Next, service);
            return;
        }

        if (rivals.AreNobody || place.Queue.WaitingOf(rivals) == 1)
            return;
        if (NextRival(place) is { } next)
            service.Ready.Add(new QueueWalk(place.Queue, next, rivals));
    }

    private static WaitNode? NextRival(WaitNode place)
    {
        var next = place.Next;
        while (next is not null && (next.IsRemoved || next.Waiter.Rivals != place.Waiter.Rivals))
            next = next.Next;
        return next;
    }

    /// <summary>A turn that came to this client from one that left while another thread served this one.</summary>
    private static void PassOn(KeyWaiter waiter, WaiterService service)
    {
        foreach (var place in waiter.Places)
        {
            if (!place.Queue.HasTurnToPass)
                continue;
            place.Queue.HasTurnToPass = false;
            MarkReady(place.Queue, place.Next, service);
        }
    }

    /// <summary>Hands the first client, and the first of each other kind of rivals, to their connections.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="rivals">Only one of these; null for all kinds.</param>
    /// <param name="onlyIfWantsGone">Only those that are to hear that the key has gone.</param>
    /// <param name="handed">Gets them.</param>
    private static void HandFirst(KeyQueue queue, Rivals? rivals, bool onlyIfWantsGone, ref List<KeyWaiter>? handed)
    {
        HashSet<Rivals>? have = null;
        for (var place = queue.First; place is not null; place = place.Next)
        {
            var waiter = place.Waiter;
            if ((rivals is { } wanted && waiter.Rivals != wanted) || have?.Contains(waiter.Rivals) == true)
                continue;
            if (waiter.State != KeyWaiter.Stage.Handed)
            {
                if (onlyIfWantsGone && !waiter.WakesWhenGone)
                    continue;
                if (waiter.State == KeyWaiter.Stage.Serving)
                {
                    queue.HasTurnToPass = true;
                }
                else
                {
                    Hand(waiter);
                    (handed ??= []).Add(waiter);
                }
            }

            if (rivals is not null || waiter.Rivals.AreAll)
                return;
            if (!waiter.Rivals.AreNobody)
                (have ??= []).Add(waiter.Rivals);
        }
    }

    private static void Hand(KeyWaiter waiter)
    {
        Account(waiter, -1);
        waiter.State = KeyWaiter.Stage.Handed;
        waiter.Mark(ParkedEnd.Woken);
        Account(waiter, 1);
    }

    /// <summary>Adds a waiter to the counters of its queues, or takes it away, as its state is now.</summary>
    private static void Account(KeyWaiter waiter, int sign)
    {
        var wantsGone = waiter.WakesWhenGone || !waiter.HasRun;
        var isPending = !waiter.HasRun || waiter.State == KeyWaiter.Stage.Handed;
        foreach (var place in waiter.Places)
        {
            place.Queue.WantsGone += wantsGone ? sign : 0;
            place.Queue.Account(waiter.Rivals, sign, isPending ? sign : 0);
        }
    }

    private void Leave(KeyWaiter waiter, ParkedEnd end)
    {
        Account(waiter, -1);
        foreach (var place in waiter.Places)
        {
            place.Queue.Remove(place);
            if (place.Queue.First is null)
                Forget(place.Queue);
        }

        waiter.Places.Clear();
        waiter.State = KeyWaiter.Stage.Over;
        waiter.Mark(end);
        Volatile.Write(ref _count, _count - 1);
    }

    private KeyQueue? Find(int database, ReadOnlySpan<byte> key)
    {
        if (_queues.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var queues))
            foreach (var queue in queues)
                if (queue.Database == database)
                    return queue;
        return null;
    }

    private KeyQueue FindOrCreate(int database, ReadOnlySpan<byte> key, ulong hash)
    {
        if (Find(database, key) is { } found)
            return found;
        var created = new KeyQueue(database, key.ToArray(), hash);
        if (_queues.TryGetValue(created.Key, out var queues))
            queues.Add(created);
        else
            _queues[created.Key] = [created];
        return created;
    }

    private void Forget(KeyQueue queue)
    {
        var queues = _queues[queue.Key];
        queues.Remove(queue);
        if (queues.Count == 0)
            _queues.Remove(queue.Key);
    }

    /// <summary>Takes a walk off the list of ready keys: from now on a change puts its queue there again.</summary>
    internal void BeginWalk(QueueWalk walk)
    {
        if (walk.IsOfRivals)
            return;
        lock (_gate)
            walk.Queue.IsReady = false;
    }
}
