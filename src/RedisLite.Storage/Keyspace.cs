using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Tables;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage;

/// <summary>One numbered database: keys with their values and expiry times.</summary>
/// <remarks>
/// LOCK: a method with a key needs that key's stripe held by the caller, through a <see cref="LockPlan"/>: shared for
/// reads, exclusive for changes. Debug builds assert it; release builds trust it, and memory is at stake. Methods
/// that walk stripe by stripe say by <see cref="StripeAccess"/> who takes the locks.
///
/// Argument spans may be views of entries of this or another database, even of the entry that is being replaced.
/// </remarks>
public sealed unsafe class Keyspace
{
    /// <summary>Expiry time of a key that does not expire.</summary>
    public const long NoExpiry = -1;

    /// <summary>Longest key or value in bytes: 512 MiB.</summary>
    public const int MaxValueLength = 512 * 1024 * 1024;

    /// <summary>A string from this length on stands in a block of its own that can be held and handed over: 32 KiB.</summary>
    public const int LargeStringLength = 32 * 1024;

    /// <summary>How many keys are worth a prefetch together: about as many as a core's outstanding memory accesses.</summary>
    public const int PrefetchWindow = 16;

    private readonly Databases _databases;
    private readonly bool _isAside;

    // One stripe for each lock, both levels made at the first key, so that unused databases cost nothing.
    // LOCK: an element changes under its stripe's exclusive lock, the array as a whole when all are held, except that
    // the first writers, each with another stripe, may race to create it.
    private Stripe?[]? _stripes;

    /// <param name="databases">Whose locks guard it.</param>
    /// <param name="index">The database's number.</param>
    /// <param name="isAside">Whether it is filled unseen (<see cref="AsideTables"/>): nobody hears of its changes.</param>
    internal Keyspace(Databases databases, int index, bool isAside = false)
    {
        _databases = databases;
        _isAside = isAside;
        Index = index;
    }

    /// <summary>The database's number.</summary>
    public int Index { get; }

    /// <summary>Number of keys, expired ones not yet removed included. Any thread; approximate while others write.</summary>
    public long Count => Sum(static stripe => stripe.Count);

    /// <summary>Number of keys with an expiry time. Any thread; approximate while others write.</summary>
    public long ExpiringCount => Sum(static stripe => stripe.ExpiringCount);

    /// <summary>Native bytes of this database, tables included. Any thread.</summary>
    public long UsedMemory => Sum(static stripe => stripe.UsedMemory);

    /// <summary>Whether no key was ever put here, or none since the last flush. Any thread; one moment's answer.</summary>
    public bool IsUnused => Volatile.Read(ref _stripes) is null;

    /// <summary>Native bytes of the bucket arrays, which are no key's in particular. Any thread; approximate while others write.</summary>
    public long TableMemory => Sum(static stripe => stripe.TableMemory);

    /// <summary>The collections of all databases.</summary>
    internal ValueMemory Values => _databases.Context.Values;

    internal ReadOnlySpan<Stripe?> Stripes => Volatile.Read(ref _stripes);

    private IKeyspaceObserver? Observer => _isAside ? null : _databases.Observer;

    /// <summary>Whether the processor can be asked for memory ahead of time; the prefetches do nothing where not.</summary>
    public static bool CanPrefetch => Sse.IsSupported;

    /// <summary>
    /// First step ahead of a look-up: has the processor fetch the key's lock and bucket. Any thread, no lock; a hint
    /// that changes nothing. Done for several keys before <see cref="PrefetchRecords"/> is for them, the memory's
    /// answers overlap.
    /// </summary>
    public void PrefetchBucket(ulong hash)
    {
        var stripes = _stripes;
        if (!CanPrefetch || stripes is null)
            return;
        var index = _databases.StripeOf(hash);
        Sse.Prefetch0(Unsafe.AsPointer(ref _databases.Locks[index]));
        stripes[index]?.PrefetchBucket(hash);
    }

    /// <summary>Second step: has the processor fetch the keys' records.</summary>
    /// <param name="hashes">The keys'.</param>
    /// <param name="access">Held by the caller, shared; or taken inside, those that are free at once.</param>
    public void PrefetchRecords(ReadOnlySpan<ulong> hashes, StripeAccess access)
    {
        if (CanPrefetch)
            KeyspacePrefetch.Records(this, _databases, hashes, access);
    }

    /// <summary>Finds a key that has not expired. Does not remove an expired one. LOCK: shared.</summary>
    public bool TryGet(scoped in Key key, long nowMs, out Entry entry) =>
        TryGetStale(key, out entry) && !entry.IsExpired(nowMs);

    /// <summary>Finds a key even if its time has come. LOCK: shared.</summary>
    public bool TryGetStale(scoped in Key key, out Entry entry)
    {
        var record = Find(key, exclusive: false, out var stripe);
        if (record == null)
        {
            entry = default;
            return false;
        }
        entry = stripe.View(record);
        return true;
    }

    /// <summary>Creates or overwrites a key with a string, its expiry replaced. LOCK: exclusive.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">At most <see cref="MaxValueLength"/> bytes; copied.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or <see cref="NoExpiry"/>. A past time is stored as given.</param>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public void SetString(in Key key, ReadOnlySpan<byte> value, long expireAtMs = NoExpiry) =>
        Put(key, value, StringTraits(value), Ttl.At(expireAtMs), out _);

    /// <summary>As above, and shows what it made, for whoever keeps the access marks. LOCK: exclusive.</summary>
    public Entry SetString(scoped in Key key, scoped ReadOnlySpan<byte> value, long expireAtMs, out bool wasThere)
    {
        var record = Put(key, value, StringTraits(value), Ttl.At(expireAtMs), out wasThere);
        return new Entry(record, expireAtMs);
    }

    /// <summary>Creates or overwrites a key with a large string that is there already: shared, not copied. LOCK: exclusive.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">A string of <see cref="LargeStringLength"/> at least. The caller's reference stays the caller's.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, <see cref="NoExpiry"/>, or null to keep what an existing key has.</param>
    /// <param name="wasThere">Whether the key was.</param>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public Entry SetString(scoped in Key key, HeldString value, long? expireAtMs, out bool wasThere)
    {
        CheckLengths(key.Bytes.Length, value.Length);
        var ttl = expireAtMs is { } time ? Ttl.At(time) : Ttl.Kept;
        var record = PutShared(key, ValueTraits.OutsideText, value.Root, ttl, out wasThere);
        return StripeFor(key, exclusive: true)!.View(record);
    }

    /// <summary>Takes a reference of a large string, to read it after the stripe is released. LOCK: shared.</summary>
    /// <param name="entry">One of which <see cref="Entry.IsLargeString"/> is true.</param>
    public HeldString HoldString(scoped in Entry entry) => new(Values, ValueSlots.Retain(entry.Root));

    /// <summary>As <see cref="SetString(in Key, ReadOnlySpan{byte}, long)"/>, but an existing key keeps its expiry. LOCK: exclusive.</summary>
    public void SetStringKeepTtl(in Key key, ReadOnlySpan<byte> value) =>
        Put(key, value, StringTraits(value), Ttl.Kept, out _);

    /// <summary>Creates or overwrites a key with a collection, its expiry replaced. LOCK: exclusive.</summary>
    /// <param name="key">The key.</param>
    /// <param name="collection">Handed over; empty afterwards. An empty collection is no value: it cannot be stored.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or <see cref="NoExpiry"/>.</param>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public void SetCollection(scoped in Key key, ref HeldCollection collection, long expireAtMs = NoExpiry)
    {
        CheckLengths(key.Bytes.Length, 0);
        var traits = new ValueTraits(collection.Type, StringEncoding.Raw);
        var record = PutPointer(key, traits, collection.Root, Ttl.At(expireAtMs), out _);
        collection.Forget();
        NotifyChanged(record, key.Hash);
    }

    /// <summary>Begins the change of a collection that is there. LOCK: exclusive.</summary>
    /// <param name="key">The key.</param>
    /// <param name="entry">What it holds; no string, and not expired.</param>
    public ValueChange BeginChange(scoped in Key key, scoped in Entry entry)
    {
        var stripe = StripeFor(key, exclusive: true)!;
        var record = entry.Record;
        stripe.BeginChange(record);
        return new ValueChange(this, stripe, record, key.Hash, wasThere: true);
    }

    /// <summary>Creates an empty collection at a key that is missing, and begins its change. LOCK: exclusive.</summary>
    /// <param name="key">The key.</param>
    /// <param name="type">What it shall hold; not a string.</param>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public ValueChange BeginNew(scoped in Key key, EntryType type)
    {
        CheckLengths(key.Bytes.Length, 0);
        var stripe = GetOrCreateStripe(key);
        var record = stripe.Put(key, new ValueTraits(type, StringEncoding.Raw), root: 0, Ttl.At(NoExpiry), out _);
        return new ValueChange(this, stripe, record, key.Hash, wasThere: false);
    }

    /// <summary>The hash of an entry. LOCK: shared, as long as it is used.</summary>
    public HashValue HashOf(scoped in Entry entry) => new(Values, ref entry.RootSlot(EntryType.Hash));

    /// <inheritdoc cref="HashOf"/>
    public ListValue ListOf(scoped in Entry entry) => new(Values, ref entry.RootSlot(EntryType.List));

    /// <inheritdoc cref="HashOf"/>
    public SetValue SetOf(scoped in Entry entry) => new(Values, ref entry.RootSlot(EntryType.Set));

    /// <inheritdoc cref="HashOf"/>
    public SortedSetValue SortedSetOf(scoped in Entry entry) => new(Values, ref entry.RootSlot(EntryType.SortedSet));

    /// <inheritdoc cref="HashOf"/>
    public StreamValue StreamOf(scoped in Entry entry) => new(Values, ref entry.RootSlot(EntryType.Stream));

    /// <summary>Takes a reference of an entry's collection, to read it after the stripe is released. LOCK: shared.</summary>
    public HeldCollection Hold(scoped in Entry entry) => new(Values, entry.Type, ValueSlots.Retain(entry.RootSlot(entry.Type)));

    /// <summary>An empty collection of no key, to be filled and stored with <see cref="SetCollection"/>.</summary>
    public HeldCollection NewCollection(EntryType type) => new(Values, type, 0);

    /// <summary>Changes what OBJECT ENCODING says of an existing string, and nothing else. LOCK: exclusive.</summary>
    /// <remarks>
    /// Setting a string decides its encoding as SET does, but some commands leave another one: INCRBYFLOAT's result is
    /// never "int", and SETBIT leaves "raw" even when the bit was set already. It is no part of the data: neither
    /// observers nor snapshots are told.
    /// </remarks>
    public void SetEncoding(in Key key, StringEncoding encoding)
    {
        var record = Find(key, exclusive: true, out _);
        if (record != null && record->Type == EntryType.String)
            record->Encoding = encoding;
    }

    /// <summary>Creates a string or changes its length, for APPEND, SETRANGE and SETBIT. LOCK: exclusive.</summary>
    /// <remarks>
    /// Content and expiry stay, growth is filled with zeros, the encoding becomes raw. Repeated growth is amortized:
    /// the block gets room ahead. Takes only strings; the caller has checked the type.
    /// </remarks>
    /// <returns>The value's bytes, to be written to while the lock is held.</returns>
    public Span<byte> ResizeString(scoped in Key key, int newLength)
    {
        CheckLengths(key.Bytes.Length, newLength);
        var record = GetOrCreateStripe(key).Resize(key, newLength);
        NotifyChanged(record, key.Hash);
        return Record.Text(record);
    }

    /// <summary>Deletes a key, expired or not. LOCK: exclusive.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(in Key key)
    {
        var record = Find(key, exclusive: true, out var stripe);
        if (record == null)
            return false;
        Delete(stripe, record, key.Hash, DeletionCause.Command);
        return true;
    }

    /// <summary>Sets or, with <see cref="NoExpiry"/>, takes away a key's expiry time. LOCK: exclusive.</summary>
    /// <returns>Whether the key is there.</returns>
    public bool SetExpiry(in Key key, long expireAtMs)
    {
        var record = Find(key, exclusive: true, out var stripe);
        if (record == null)
            return false;
        if (expireAtMs != NoExpiry || stripe.ExpiryOf(record) != NoExpiry)
        {
            NotifyChanged(stripe.SetExpiry(key, expireAtMs), key.Hash);
        }
        return true;
    }

    /// <summary>Lazy expiry: deletes the key if its time has come. LOCK: exclusive.</summary>
    /// <returns>Whether it was deleted.</returns>
    public bool RemoveIfExpired(in Key key, long nowMs)
    {
        var record = Find(key, exclusive: true, out var stripe);
        if (record == null || !stripe.View(record).IsExpired(nowMs))
            return false;
        Delete(stripe, record, key.Hash, DeletionCause.Expiry);
        return true;
    }

    /// <summary>Copies value and expiry to another key, which is replaced. LOCK: source shared, target exclusive.</summary>
    /// <returns>Whether the source is there; nothing happens when source and target are the same.</returns>
    public bool CopyTo(in Key from, Keyspace target, in Key to)
    {
        var record = Find(from, exclusive: false, out var stripe);
        if (record != null && !IsSame(from, target, to))
            CopyRecord(stripe, record, target, to);
        return record != null;
    }

    /// <summary>Moves value and expiry to another key, which is replaced. LOCK: both exclusive.</summary>
    /// <returns>Whether the source is there; nothing happens when source and target are the same.</returns>
    public bool Rename(in Key from, Keyspace target, in Key to)
    {
        var record = Find(from, exclusive: true, out var stripe);
        if (record == null)
            return false;
        if (IsSame(from, target, to))
            return true;
        CopyRecord(stripe, record, target, to);
        Delete(stripe, record, from.Hash, DeletionCause.Command);
        return true;
    }

    /// <summary>Takes all keys out in O(stripes); disposing the result frees them. LOCK: all exclusive.</summary>
    public DetachedTables Detach()
    {
        _databases.AssertAllHeldExclusive();
        var stripes = _stripes ?? [];
        var tables = new DetachedTables(_databases, stripes);
        _databases.Register(tables);
        Volatile.Write(ref _stripes, null);
        Observer?.Flushed(Index, new FormerKeys(_databases, stripes));
        return tables;
    }

    /// <summary>Part of a walk over all keys, expired ones included, as the SCAN command needs it.</summary>
    /// <remarks>
    /// Every key that is there from the first call to the last is visited at least once, however the table grows and
    /// shrinks meanwhile; others perhaps; some may come twice. A call visits whole chains until it has seen
    /// <paramref name="count"/> keys or looked into ten times as many buckets, as Redis does.
    /// </remarks>
    /// <param name="cursor">0 to begin, then what the previous call returned; other numbers do no harm.</param>
    /// <param name="count">How much to do, at least 1.</param>
    /// <param name="access">Who takes the locks; each stripe for itself, shared.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the entries.</param>
    /// <returns>The cursor of the next call, below 2^48; 0 when the walk is complete.</returns>
    public ulong Scan<TState>(ulong cursor, int count, StripeAccess access, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct => KeyspaceWalks.Scan(this, _databases, cursor, count, access, ref state, visitor);

    /// <summary>Visits all keys, expired ones included, each once, stripe by stripe; not one moment's state.</summary>
    public void ForEach<TState>(StripeAccess access, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct => KeyspaceWalks.ForEach(this, _databases, access, ref state, visitor);

    /// <summary>Visits all keys of one stripe, expired ones included: for walks that do something between two stripes.</summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="access">Who takes the stripe's lock, shared.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the entries.</param>
    public void ForEach<TState>(int stripe, StripeAccess access, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct => KeyspaceWalks.ForEach(this, _databases, stripe, access, ref state, visitor);

    /// <summary>Visits one random key, expired ones included. False when there are none.</summary>
    /// <remarks>The stripe is chosen fairly by its count; in the stripe, longer chains give each key less of a chance.</remarks>
    public bool TryGetRandom<TState>(Random random, StripeAccess access, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct =>
        KeyspaceWalks.TryGetRandom(this, _databases, random, access, ref state, visitor);

    /// <summary>When the first key of a stripe expires, or <see cref="long.MaxValue"/>. Any thread, no lock; one moment's value.</summary>
    public long EarliestExpiry(int stripe)
    {
        var stripes = Stripes;
        return stripes.IsEmpty ? long.MaxValue : stripes[stripe]?.EarliestExpiryMs ?? long.MaxValue;
    }

    /// <summary>Active expiry: deletes keys of one stripe whose time has come, the earliest first. LOCK: taken inside, exclusive.</summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="nowMs">Keys with this expiry time or an earlier one are due.</param>
    /// <param name="maxKeys">Bounds how long the stripe is held.</param>
    public ExpirySweep ExpireDue(int stripe, long nowMs, int maxKeys) => KeyspaceExpiry.Sweep(this, _databases, stripe, nowMs, maxKeys);

    /// <summary>When the first field of a stripe's hashes expires. As <see cref="EarliestExpiry"/>.</summary>
    public long EarliestFieldExpiry(int stripe)
    {
        var stripes = Stripes;
        return stripes.IsEmpty ? long.MaxValue : stripes[stripe]?.EarliestFieldExpiryMs ?? long.MaxValue;
    }

    /// <summary>Active expiry of fields: as <see cref="ExpireDue"/>, with fields of hashes in the place of keys.</summary>
    public ExpirySweep ExpireFields(int stripe, long nowMs, int maxFields) =>
        FieldExpiry.Sweep(this, _databases, stripe, nowMs, maxFields);

    /// <summary>About how long the keys that expire still live, on average, in milliseconds; 0 when there are none.</summary>
    /// <remarks>
    /// From a sample of at most some thousand expiry times, spread evenly over stripes and heaps. Any thread, whatever
    /// stripes it holds: takes a stripe shared if that needs no wait, and else leaves it out.
    /// </remarks>
    public long EstimateTimeToLive(long nowMs) => KeyspaceSamples.EstimateTimeToLive(this, _databases, nowMs);

    /// <summary>Whether a stripe has keys that a sample can be taken from. Any thread, no lock; one moment's answer.</summary>
    public bool HasSamples(int stripe, SampleKind kind) => KeyspaceSamples.Has(this, stripe, kind);

    /// <summary>Visits some keys of a stripe, drawn at random. LOCK: taken inside, shared, and only if that needs no wait.</summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="kind">Of which keys; of <see cref="SampleKind.EarliestExpiring"/> there is one.</param>
    /// <param name="count">How many draws: one key may come more than once, and expired ones too.</param>
    /// <param name="random">Draws.</param>
    /// <param name="state">Handed to the visitor.</param>
    /// <param name="visitor">Sees the entries.</param>
    /// <returns>False when there is none, or when the stripe is taken.</returns>
    public bool TrySample<TState>(
        int stripe, SampleKind kind, int count, Random random, ref TState state, EntryVisitor<TState> visitor)
        where TState : allows ref struct => KeyspaceSamples.TryVisit(this, _databases, stripe, kind, count, random, ref state, visitor);

    /// <summary>
    /// Moves records of a stripe out of memory that is hardly used, as <see cref="Databases.PlanDefragmentation"/> has decided.
    /// LOCK: taken inside, exclusive, for some buckets.
    /// </summary>
    /// <param name="stripe">0 to <see cref="Databases.StripeCount"/> - 1.</param>
    /// <param name="position">0 to begin, then what the call before returned.</param>
    /// <param name="buckets">Bounds how long the stripe is held.</param>
    /// <param name="moved">Counts the records that moved.</param>
    /// <returns>The position to go on at; 0 at the stripe's end.</returns>
    public uint Defragment(int stripe, uint position, int buckets, ref long moved)
    {
        if (KeyspaceWalks.At(this, stripe) is not { Count: > 0 })
            return 0;
        ref var stripeLock = ref _databases.Locks[stripe];
        stripeLock.Enter(exclusive: true);
        try
        {
            return KeyspaceWalks.At(this, stripe)?.Defragment(position, buckets, ref moved) ?? 0;
        }
        finally
        {
            stripeLock.Exit(exclusive: true);
        }
    }

    /// <summary>Deletes a key to make room. LOCK: exclusive.</summary>
    /// <returns>How many bytes that gave; 0 when the key is not there. A large collection gives its pages a little later.</returns>
    public long Evict(in Key key)
    {
        var record = Find(key, exclusive: true, out var stripe);
        if (record == null)
            return 0;
        var before = stripe.UsedMemory;
        var collection = Record.HoldsPointer(record) ? ValueSlots.Bytes(Record.Root(record)) : 0;
        Delete(stripe, record, key.Hash, DeletionCause.Eviction);
        return before - stripe.UsedMemory + collection;
    }

    /// <summary>Lengths of the chains, for DEBUG HTSTATS and the docs. O(buckets).</summary>
    public TableStatistics GetStatistics(StripeAccess access) => TableStatistics.Of(this, _databases, access);

    internal static void ExchangeTables(Keyspace a, Keyspace b) => (a._stripes, b._stripes) = (b._stripes, a._stripes);

    internal void FreeAll()
    {
        foreach (var stripe in Stripes)
            stripe?.FreeAll();
        Volatile.Write(ref _stripes, null);
    }

    private long Sum(Func<Stripe, long> figure)
    {
        long sum = 0;
        foreach (var stripe in Stripes)
            sum += stripe is null ? 0 : figure(stripe);
        return sum;
    }

    private static ValueTraits StringTraits(ReadOnlySpan<byte> value) =>
        new(EntryType.String, EntryTypes.EncodingOf(value));

    private static void CheckLengths(int keyLength, int valueLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keyLength, MaxValueLength);
        ArgumentOutOfRangeException.ThrowIfNegative(valueLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(valueLength, MaxValueLength);
    }

    private Record* Put(in Key key, ReadOnlySpan<byte> value, ValueTraits traits, Ttl ttl, out bool wasThere)
    {
        CheckLengths(key.Bytes.Length, value.Length);
        if (value.Length >= LargeStringLength)
            return PutLarge(key, value, ttl, out wasThere);
        var record = GetOrCreateStripe(key).Put(key, value, traits, ttl, out wasThere);
        NotifyChanged(record, key.Hash);
        return record;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Record* PutLarge(in Key key, ReadOnlySpan<byte> value, Ttl ttl, out bool wasThere)
    {
        var text = TextBlock.Copy(Values, value, value.Length, value.Length);
        try
        {
            return PutShared(key, ValueTraits.OutsideText, (nint)text, ttl, out wasThere);
        }
        finally
        {
            Values.Release(text);
        }
    }

    private bool IsSame(scoped in Key from, Keyspace target, scoped in Key to) => target == this && from.Bytes.SequenceEqual(to.Bytes);

    private static void CopyRecord(Stripe stripe, Record* record, Keyspace target, in Key to)
    {
        var clock = record->AccessClock;
        var ttl = Ttl.At(stripe.ExpiryOf(record));
        var copy = Record.HoldsPointer(record)
            ? target.PutShared(to, record->Traits, Record.Root(record), ttl, out _)
            : target.Put(to, Record.Value(record), record->Traits, ttl, out _);
        copy->AccessClock = clock;
    }

    /// <summary>Lets a key share a collection or a large string with others: O(1), whatever its size.</summary>
    private Record* PutShared(in Key key, ValueTraits traits, nint root, Ttl ttl, out bool wasThere)
    {
        ValueSlots.Retain(root);
        try
        {
            var record = PutPointer(key, traits, root, ttl, out wasThere);
            NotifyChanged(record, key.Hash);
            return record;
        }
        catch
        {
            ValueSlots.Release(Values, root);
            throw;
        }
    }

    private Record* PutPointer(in Key key, ValueTraits traits, nint root, Ttl ttl, out bool wasThere)
    {
        var stripe = GetOrCreateStripe(key);
        var record = stripe.Put(key, traits, root, ttl, out wasThere);
        return traits.Type == EntryType.Hash ? stripe.PlaceByFields(record, key.Hash) : record;
    }

    /// <summary>Tells the observer of a <see cref="ValueChange"/>; an empty collection's deletion tells it by itself.</summary>
    internal void MarkChanged(Record* record, ulong hash)
    {
        if (Record.RootSlot(record) != 0)
            NotifyChanged(record, hash);
    }

    /// <summary>What a <see cref="ValueChange"/> does at its end: without elements there is no key.</summary>
    internal void EndChange(Stripe stripe, Record* record, ulong hash, bool wasThere)
    {
        if (Record.RootSlot(record) != 0)
        {
            if (record->Type == EntryType.Hash)
                stripe.PlaceByFields(record, hash);
            return;
        }

        if (wasThere)
        {
            Delete(stripe, record, hash, DeletionCause.Command);
        }
        else
        {
            stripe.Unlink(record);
            stripe.FreeRecord(record);
        }
    }

    private void Delete(Stripe stripe, Record* record, ulong hash, DeletionCause cause) =>
        Deletion.Run(Observer, Index, stripe, record, hash, cause);

    /// <summary>With the record's own key: the caller's may have been a view of a block that is gone by now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NotifyChanged(Record* record, ulong hash) =>
        Observer?.Changed(Index, new Key(Record.Key(record), hash));

    /// <summary>A key's record, or null; the stripe is there if the record is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Record* Find(scoped in Key key, bool exclusive, out Stripe stripe)
    {
        stripe = StripeFor(key, exclusive)!;
        return stripe == null ? null : stripe.Find(key);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Stripe? StripeFor(scoped in Key key, bool exclusive)
    {
        var index = _databases.StripeOf(key.Hash);
        _databases.AssertHeld(index, exclusive);
        var stripes = _stripes;
        return stripes?[index];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Stripe GetOrCreateStripe(in Key key) => StripeFor(key, exclusive: true) ?? CreateStripe(key);

    private Stripe CreateStripe(in Key key)
    {
        _databases.ThrowIfDisposed();
        var stripes = Volatile.Read(ref _stripes);
        if (stripes is null)
        {
            var created = new Stripe?[_databases.StripeCount];
            stripes = Interlocked.CompareExchange(ref _stripes, created, null) ?? created;
        }
        var stripe = new Stripe(_databases.Context);
        Volatile.Write(ref stripes[_databases.StripeOf(key.Hash)], stripe);
        return stripe;
    }
}
