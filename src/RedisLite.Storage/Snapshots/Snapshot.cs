using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Snapshots;

/// <summary>Sees one key as it was at a snapshot's cut.</summary>
/// <remarks>No stripe is held meanwhile, however long it takes.</remarks>
public delegate void SnapshotVisitor<TState>(scoped SnapshotEntry entry, ref TState state)
    where TState : allows ref struct;

/// <summary>All databases as they were at one moment, while they go on changing: no fork, no second copy.</summary>
/// <remarks>
/// <code>
///   Begin: all stripes held for an instant, epoch + 1            record.epoch != epoch: not saved yet
///
///     walker (one thread, a part of a stripe at a time)          writers
///       epoch differs: copy, mark with epoch                       before a change: epoch differs: keep the old
///       epoch equal:   saved, preserved, or too young: skip        state to the preserved list, mark with epoch
///       between two parts: visit and drop what is copied, and what is preserved
/// </code>
/// A stripe is held as long as it takes to copy some records, and not while somebody encodes and sends them: who is
/// taken off the processor while holding it has its writers wait until it is back.
/// What it costs is paid only while a snapshot runs, and only for what changes before the walker gets there. Each key
/// of the cut is visited exactly once, in no order; expired ones not yet removed are among them.
///
/// Tables that FLUSHDB takes out meanwhile are kept until the end. SWAPDB makes no difference: the databases are those
/// of the cut. <see cref="Walk"/> is for one thread; <see cref="Dispose"/> gives up or ends, on that thread as well.
/// </remarks>
public sealed unsafe class Snapshot : IFormerStates, IDisposable
{
    private readonly Databases _databases;
    private readonly (int Database, Stripe?[] Stripes)[] _tables;
    private const int BucketsTogether = 8;

    private readonly PreservedRecords _preserved;
    private readonly PreservedRecords _walked;
    private readonly List<nint> _group = [];
    private readonly Lock _gate = new();
    private readonly List<IDisposable> _kept = [];
    private int _table;
    private int _stripe;
    private uint _position;
    private readonly SlotSet? _slots;
    private bool _ended;

    private Snapshot(Databases databases, SlotSet? slots)
    {
        _databases = databases;
        _slots = slots;
        _preserved = new PreservedRecords(databases.Context.Values);
        _walked = new PreservedRecords(databases.Context.Values);
        _tables = [.. Enumerable.Range(0, slots is null ? databases.Count : 1)
            .Select(database => (database, databases[database].Stripes.ToArray()))
            .Where(table => table.Item2.Length > 0)];
        if (slots is not null)
        {
            BeginSlots(slots);
            return;
        }

        foreach (var (database, stripes) in _tables)
        {
            KeyCounts[database] = stripes.Sum(stripe => (long)(stripe?.Count ?? 0));
            ExpiringCounts[database] = stripes.Sum(stripe => (long)(stripe?.ExpiringCount ?? 0));
            foreach (var stripe in stripes)
                stripe?.BeginSnapshot(database);
        }
    }

    /// <summary>Keys at the cut by database; those without any are left out.</summary>
    public SortedDictionary<int, long> KeyCounts { get; } = [];

    /// <summary>Keys with an expiry time at the cut, as <see cref="KeyCounts"/>.</summary>
    public SortedDictionary<int, long> ExpiringCounts { get; } = [];

    /// <summary>Bytes that hold old states right now.</summary>
    public long PreservedBytes => _preserved.Bytes;

    /// <summary>Takes the cut. One snapshot at a time. LOCK: all stripes, exclusive.</summary>
    /// <param name="databases">What of.</param>
    /// <param name="slots">Only the keys of these, where keys are hashed by slot; null for all keys.</param>
    /// <exception cref="InvalidOperationException">Another snapshot is not disposed yet.</exception>
    public static Snapshot Begin(Databases databases, SlotSet? slots = null)
    {
        ArgumentNullException.ThrowIfNull(databases);
        databases.AssertAllHeldExclusive();
        var context = databases.Context;
        if (context.Snapshot is not null)
            throw new InvalidOperationException("One snapshot at a time; the last one is not disposed yet");

        // Every record that lives through a whole snapshot carries its epoch, so that 16 bits are enough: an old mark
        // would have to come through 65,535 snapshots that were all given up before they reached its record.
        context.SnapshotEpoch++;
        var snapshot = new Snapshot(databases, slots);
        context.Snapshot = snapshot;
        return snapshot;
    }

    /// <summary>
    /// Visits some more keys. Takes one stripe at a time, shared, for about as many keys as asked for.
    /// </summary>
    /// <param name="maxKeys">Bounds how long the stripe is held.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the keys.</param>
    /// <returns>False when every key has been visited.</returns>
    public bool Walk<TState>(int maxKeys, ref TState state, SnapshotVisitor<TState> visitor)
        where TState : allows ref struct
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        var hasMore = _table < _tables.Length;
        if (hasMore)
            WalkStripe(maxKeys);
        _walked.Drain(ref state, visitor);
        _preserved.Drain(ref state, visitor);
        return hasMore;
    }

    /// <summary>Ends the snapshot: writers need not keep anything for it any more.</summary>
    public void Dispose()
    {
        IDisposable[] kept;
        lock (_gate)
        {
            if (_ended)
                return;
            _ended = true;
            _databases.Context.Snapshot = null;
            kept = [.. _kept];
        }

        _preserved.Dispose();
        _walked.Dispose();
        foreach (var tables in kept)
            tables.Dispose();
    }

    /// <inheritdoc/>
    bool IFormerStates.TryKeep(IDisposable tables)
    {
        lock (_gate)
        {
            if (_ended)
                return false;
            if (!_kept.Contains(tables))
                _kept.Add(tables);
            return true;
        }
    }

    /// <inheritdoc/>
    void IFormerStates.Preserve(int database, Record* record, long expireAtMs)
    {
        if (!IsLeftOut(record))
            Keep(_preserved, database, record, expireAtMs);
    }

    /// <summary>Leaves out the stripes that have none of the slots.</summary>
    private void BeginSlots(SlotSet slots)
    {
        if (_tables.Length == 0)
            return;
        var stripes = _tables[0].Stripes;
        var wanted = new bool[stripes.Length];
        var keys = 0L;
        foreach (var slot in slots.Slots)
        {
            var stripe = _databases.StripeOfSlot(slot);
            wanted[stripe] = true;
            keys += stripes[stripe]?.CountOf(slot) ?? 0;
        }

        for (var i = 0; i < stripes.Length; i++)
        {
            if (!wanted[i])
                stripes[i] = null;
            stripes[i]?.BeginSnapshot(0);
        }

        KeyCounts[0] = keys;
    }

    private bool IsLeftOut(Record* record) => _slots is { } slots && !slots.Contains(KeySlot.Of(Record.Key(record)));

    private static void Keep(PreservedRecords records, int database, Record* record, long expireAtMs)
    {
        if (Record.HoldsPointer(record))
            records.Add(database, Record.Key(record), Record.Root(record), record->Type, expireAtMs);
        else
            records.Add(database, Record.Key(record), Record.Value(record), expireAtMs);
    }

    private void WalkStripe(int maxKeys)
    {
        var (database, stripes) = _tables[_table];
        if (stripes[_stripe] is { } stripe)
        {
            ref var stripeLock = ref _databases.Locks[_stripe];
            stripeLock.Enter(exclusive: false);
            try
            {
                if (!WalkBuckets(stripe, database, maxKeys))
                    return;
            }
            finally
            {
                stripeLock.Exit(exclusive: false);
            }
        }

        _position = 0;
        if (++_stripe == stripes.Length)
        {
            _stripe = 0;
            _table++;
        }
    }

    /// <returns>Whether the stripe is done.</returns>
    private bool WalkBuckets(Stripe stripe, int database, int maxKeys)
    {
        // A position holds while the stripe grows and shrinks between two parts; what is seen twice is marked.
        var epoch = _databases.Context.SnapshotEpoch;
        var visited = 0;
        while (stripe.BucketCount > 0)
        {
            if (visited >= maxKeys)
                return false;
            var isLast = Gather(stripe);
            foreach (Record* record in _group)
            {
                if (record->SnapshotEpoch == epoch)
                    continue;

                // Looked at, it counts: what is left out must not have the stripe held for long either.
                visited++;
                if (IsLeftOut(record))
                    continue;
                Keep(_walked, database, record, stripe.ExpiryOf(record));

                // Under a shared lock: only this thread and writers, who are kept out, use the mark.
                record->SnapshotEpoch = epoch;
            }

            if (isLast)
                break;
        }

        return true;
    }

    /// <summary>
    /// Collects the records of the next few buckets, so that the processor waits for the memory of all together.
    /// </summary>
    /// <returns>Whether they were the last.</returns>
    private bool Gather(Stripe stripe)
    {
        _group.Clear();
        var ahead = _position;
        for (var i = 0; i < BucketsTogether; i++)
        {
            stripe.PrefetchBucket(ahead);
            ahead = stripe.NextPosition(ahead);
            if (ahead == 0)
                break;
        }

        do
        {
            foreach (var record in stripe.RecordsAt(_position))
            {
                Record.Prefetch(record);
                _group.Add((nint)record);
            }

            _position = stripe.NextPosition(_position);
        }
        while (_position != ahead);
        return _position == 0;
    }
}
