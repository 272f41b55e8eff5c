using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution.Waiting;

/// <summary>What a blocking command waits for, and what becomes of it otherwise.</summary>
public sealed record KeyWait
{
    /// <summary>The type that makes one of its keys worth a try.</summary>
    public required EntryType Type { get; init; }

    /// <summary>At most so long; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> for no end.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Writes the reply when the time is over, at once inside MULTI and scripts.</summary>
    public required Action<ReplyWriter> OnTimedOut { get; init; }

    /// <summary>
    /// Whether it is also tried when a key has gone or got another type: XREADGROUP then answers an error.
    /// </summary>
    public bool WakesWhenGone { get; init; }

    /// <summary>
    /// Runs in place of the request on every further try: XREAD with the IDs that its "$" stood for. Same keys.
    /// </summary>
    public OwnedRequest? Retry { get; init; }
}

/// <summary>
/// A client whose command waits for a key. See <see cref="WaitingClients"/>, whose lock guards all of it.
/// </summary>
/// <remarks>
/// <code>
///   Parking  the command has parked, its batch is on the way back to its connection
///   Parked   its connection waits with it: another thread may run the command for it
///   Serving  another thread runs it, under stripes that it holds
///   Handed   its own connection is to run it again; keeps its place, and who comes later waits behind it
///   Over     it is in no queue any more
///
///   from       to        by
///   (new)      Parking   the command's first run finds nothing
///   Parking    Parked    Settle
///   Parked     Serving   a thread that made a key ready
///   Serving    Over      it was served (End = Served)
///   Serving    Parked    there was nothing for it
///   Serving    Handed    stripes of its other keys were busy
///   Parking,
///   Parked     Handed    a thread that made a key ready, and may not run it, or has no stripes (active expiry)
///   Handed     Parking   its own connection has run it, and there was nothing
///   Handed     Over      it has replied, or its connection has closed
///   Parking,
///   Parked     Over      time over, CLIENT UNBLOCK, connection closed
/// </code>
/// </remarks>
public sealed class KeyWaiter : ParkedCommand
{
    private readonly WaitingClients _table;
    private ReadOnlyMemory<byte> _reply;

    internal KeyWaiter(
        WaitingClients table, ClientSession session, OwnedRequest request, RequestForm form, Rivals rivals)
    {
        _table = table;
        Rivals = rivals;
        Session = session;
        Database = session.Database;
        Request = request;
        Form = form;
        Connection = session.Connection;
        CanBeUnblocked = true;
    }

    internal enum Stage
    {
        Parking,
        Parked,
        Serving,
        Handed,
        Over,
    }

    internal ClientSession Session { get; }

    internal Rivals Rivals { get; }

    internal int Database { get; }

    internal RequestForm Form { get; }

    /// <summary>What is run on a further try.</summary>
    internal OwnedRequest Request { get; private set; }

    /// <summary>
    /// False for a newcomer that was held behind another before it ran at all: only its own connection runs it.
    /// </summary>
    internal bool HasRun { get; private set; }

    internal EntryType Type { get; private set; }

    internal bool WakesWhenGone { get; private set; }

    /// <summary>Timestamp of the server's clock at which its time is over.</summary>
    internal long? Deadline { get; private set; }

    internal Stage State { get; set; }

    /// <summary>An end that came while it was served; counts if nothing was there for it.</summary>
    internal ParkedEnd PendingEnd { get; set; }

    /// <summary>Its place in each queue.</summary>
    internal List<WaitNode> Places { get; } = [];

    /// <summary>A thread runs its command right now: its connection must not go before it is told.</summary>
    public bool IsBeingServed => _table.IsServing(this);

    /// <inheritdoc/>
    public override bool TryEnd(ParkedEnd end) => _table.TryEnd(this, end);

    /// <inheritdoc/>
    public override void Settle() => _table.Settle(this);

    /// <inheritdoc/>
    public override bool TryReply(ReplyWriter reply)
    {
        if (End != ParkedEnd.Served)
            return base.TryReply(reply);
        reply.Raw(_reply.Span);
        return true;
    }

    /// <summary>Its command has run: from now on it is known what it waits for.</summary>
    internal void Describe(KeyWait wait, TimeProvider clock)
    {
        HasRun = true;
        Type = wait.Type;
        WakesWhenGone = wait.WakesWhenGone;
        OnTimedOut = wait.OnTimedOut;
        Request = wait.Retry ?? Request;
        Timeout = wait.Timeout;
        if (wait.Timeout != System.Threading.Timeout.InfiniteTimeSpan)
            Deadline = clock.GetTimestamp() + (long)(wait.Timeout.TotalSeconds * clock.TimestampFrequency);
    }

    /// <summary>It parks once more: what is left of its time.</summary>
    internal void Renew(TimeProvider clock)
    {
        if (Deadline is { } deadline)
            Timeout = TimeSpan.FromSeconds(
                Math.Max(0, (double)(deadline - clock.GetTimestamp()) / clock.TimestampFrequency));
    }

    internal void SetReply(ReadOnlySpan<byte> reply, long logPosition)
    {
        _reply = reply.ToArray();
        LogPosition = logPosition;
    }

    internal void Mark(ParkedEnd end) => SetEnd(end);
}

/// <summary>A waiter's place in the queue of one key.</summary>
/// <remarks>
/// A place that was given up still leads to those behind it, so that a walk that stands on it can go on.
/// </remarks>
internal sealed class WaitNode(KeyWaiter waiter, KeyQueue queue)
{
    public KeyWaiter Waiter { get; } = waiter;

    public KeyQueue Queue { get; } = queue;

    public WaitNode? Previous { get; set; }

    public WaitNode? Next { get; set; }

    public bool IsRemoved { get; set; }
}

/// <summary>Those who wait for one key of one database, in order of arrival.</summary>
internal sealed class KeyQueue(int database, byte[] key, ulong hash)
{
    public int Database { get; } = database;

    public byte[] Key { get; } = key;

    public ulong Hash { get; } = hash;

    public WaitNode? First { get; private set; }

    public WaitNode? Last { get; private set; }

    /// <summary>
    /// How many want a try when the key is not there: with <see cref="KeyWaiter.WakesWhenGone"/>, or not yet run.
    /// </summary>
    public int WantsGone { get; set; }

    private readonly Dictionary<Rivals, (int Waiting, int Pending)> _byRivals = [];

    /// <summary>How many wait that are rivals of each other.</summary>
    public int WaitingOf(Rivals rivals) => _byRivals.GetValueOrDefault(rivals).Waiting;

    /// <summary>
    /// How many rivals were handed to their connections, or have not run: newcomers wait behind them.
    /// </summary>
    public int PendingOf(Rivals rivals) => rivals.AreNobody ? 0 : _byRivals.GetValueOrDefault(rivals).Pending;

    /// <summary>Counts rivals.</summary>
    public void Account(Rivals rivals, int waiting, int pending)
    {
        var counts = _byRivals.GetValueOrDefault(rivals);
        counts = (counts.Waiting + waiting, counts.Pending + pending);
        if (counts == default)
            _byRivals.Remove(rivals);
        else
            _byRivals[rivals] = counts;
    }

    /// <summary>Some run has it on its list of ready keys.</summary>
    public bool IsReady { get; set; }

    /// <summary>
    /// A client left in its turn while the next one was served by a thread: that thread goes on with the queue.
    /// </summary>
    public bool HasTurnToPass { get; set; }

    public WaitNode Append(KeyWaiter waiter)
    {
        var node = new WaitNode(waiter, this) { Previous = Last };
        if (Last is null)
            First = node;
        else
            Last.Next = node;
        return Last = node;
    }

    public void Remove(WaitNode node)
    {
        node.IsRemoved = true;
        if (node.Previous is null)
            First = node.Next;
        else
            node.Previous.Next = node.Next;
        if (node.Next is null)
            Last = node.Previous;
        else
            node.Next.Previous = node.Previous;
    }
}
