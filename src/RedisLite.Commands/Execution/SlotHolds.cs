using RedisLite.Storage;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Execution;

/// <summary>The clients that wait for the milliseconds in which slots are handed from one node to another.</summary>
/// <remarks>
/// <code>
///   the node that gives     writers of the slots wait       from the last byte that the other gets
///   the node that takes     all who ask for the slots wait  from when it has every byte: they were sent here early
///                              until the slots have another owner, or stay: then they run, or are told where to go
/// </code>
/// Any thread; while nothing is handed over, a request pays for one read. LOCK: writers are held from a moment at which
/// the stripes of the slots are held exclusively, and asked under their stripes: none is in between. They may go on
/// at any time.
/// </remarks>
public sealed class SlotHolds
{
    private readonly Lock _gate = new();
    private readonly ParkingList _writers = new();
    private readonly ParkingList _early = new();
    private readonly ParkingList _flushes = new();
    private SlotSet? _writes;
    private SlotSet? _arrived;
    private SlotSet? _promised;

    /// <summary>Slots whose writers wait; null for none.</summary>
    public SlotSet? Writes => Volatile.Read(ref _writes);

    /// <summary>Whether anything is being handed over.</summary>
    internal bool IsActive => Writes is not null || HasPromises;

    /// <summary>How many writers wait.</summary>
    public int WriterCount => _writers.Count;

    /// <summary>How many clients wait for a slot that has arrived.</summary>
    public int EarlyCount => _early.Count;

    /// <summary>Holds writers. LOCK: the stripes of the slots, exclusively.</summary>
    public void HoldWriters(SlotSet slots)
    {
        lock (_gate)
            Volatile.Write(ref _writes, Add(_writes, slots));
    }

    /// <summary>Writers of slots may go on, or have gone elsewhere.</summary>
    public void ReleaseWriters(SlotSet slots)
    {
        lock (_gate)
            Volatile.Write(ref _writes, Remove(_writes, slots));
        _writers.WakeAll();
    }

    /// <summary>
    /// Slots have arrived whole, and the other node was told so: who asks for them waits until they are this node's,
    /// and nobody deletes all keys until it is known whether they are.
    /// </summary>
    public void HoldEarly(SlotSet slots)
    {
        lock (_gate)
        {
            Volatile.Write(ref _arrived, Add(_arrived, slots));
            Volatile.Write(ref _promised, Add(_promised, slots));
        }
    }

    /// <summary>They were this node's before it was started anew, perhaps: nobody deletes all keys.</summary>
    public void HoldFlushes(SlotSet slots)
    {
        lock (_gate)
            Volatile.Write(ref _promised, Add(_promised, slots));
    }

    /// <summary>They are not going to be soon: who came early is told where they are.</summary>
    public void ReleaseEarly(SlotSet slots)
    {
        lock (_gate)
            Volatile.Write(ref _arrived, Remove(_arrived, slots));
        _early.WakeAll();
    }

    /// <summary>It is known whose they are.</summary>
    public void ReleaseAll(SlotSet slots)
    {
        lock (_gate)
        {
            Volatile.Write(ref _arrived, Remove(_arrived, slots));
            Volatile.Write(ref _promised, Remove(_promised, slots));
        }

        _early.WakeAll();
        _flushes.WakeAll();
    }

    /// <summary>
    /// Parks a request that may write keys of slots that are handed over; null when it may run. LOCK: its stripes are
    /// held; <paramref name="plan"/> has them.
    /// </summary>
    internal ParkedCommand? ParkIfHeld(in CommandContext request, LockPlan plan)
    {
        var connection = request.Session.Connection;
        if (Writes is { } slots && Concerns(slots, request, plan)
            && _writers.ParkIf(connection, () => Writes is null ? null : Timeout.InfiniteTimeSpan) is { } writer)
            return writer;
        return HasPromises && TakesAll(request, plan)
            ? _flushes.ParkIf(connection, () => HasPromises ? Timeout.InfiniteTimeSpan : null) : null;
    }

    /// <summary>FLUSHALL: what has arrived is not to be emptied before it is known whose it is.</summary>
    private static bool TakesAll(in CommandContext request, LockPlan plan) =>
        !request.Session.IsObeyed && request.Command.IsWrite && plan.CoversAll(exclusive: true);

    private static bool Concerns(SlotSet slots, in CommandContext request, LockPlan plan)
    {
        var command = request.Command;
        if (request.Session.IsObeyed)
            return false;

        // FLUSHALL, and scripts that run under all stripes because of keys that they do not name.
        var mayWrite = command.IsWrite || (command.Has(CommandFlags.CallsCommands) && command.LocksExclusive);
        if (command.Has(CommandFlags.RunsQueue))
        {
            if (request.Session.Transaction is not { IsAborted: false } transaction)
                return false;
            foreach (var queued in transaction.Queue)
            {
                mayWrite |= queued.Command.Has(CommandFlags.CallsCommands) && queued.Command.LocksExclusive;
                if (queued.Command.IsWrite && Concerns(slots, queued.Keys))
                    return true;
            }

            mayWrite |= transaction.HasWrites;
        }

        return mayWrite && (plan.CoversAll(exclusive: true) || Concerns(slots, request.Keys));
    }

    /// <summary>Whether one of the keys is of the slots.</summary>
    internal static bool Concerns(SlotSet slots, in RequestKeys keys)
    {
        foreach (ref readonly var key in keys)
            if (slots.Contains(KeySlot.OfHash(key.Hash)))
                return true;
        return false;
    }

    /// <summary>Parks a request for a slot that has arrived; null when it has not.</summary>
    internal ParkedCommand? ParkEarly(int slot, IClientConnection connection) =>
        Volatile.Read(ref _arrived) is { } arrived && arrived.Contains(slot) ? ParkArrived(slot, connection) : null;

    // Apart, or every redirection would pay for the closure.
    private ParkedCommand? ParkArrived(int slot, IClientConnection connection) => _early.ParkIf(
        connection,
        () => Volatile.Read(ref _arrived) is { } arrived && arrived.Contains(slot) ? Timeout.InfiniteTimeSpan : null);

    private bool HasPromises => Volatile.Read(ref _promised) is not null;

    private static SlotSet Add(SlotSet? present, SlotSet slots) => present is null ? slots : present.With(slots);

    private static SlotSet? Remove(SlotSet? present, SlotSet slots) =>
        present?.Without(slots) is { IsEmpty: false } left ? left : null;
}
