using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Tables;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Keyspaces;

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
    public const long NoExpiry = Entry.NoExpiry;

    /// <summary>Longest key or value in bytes: 512 MiB.</summary>
    public const int MaxValueLength = StringRoom.Longest;

    /// <summary>
    /// A string from this length on stands in a block of its own that can be held and handed over: 32 KiB.
    /// </summary>
    public const int LargeStringLength = Entry.LargeStringLength;

    /// <summary>
    /// How many keys are worth a prefetch together: about as many as a core's outstanding memory accesses.
    /// </summary>
    public const int PrefetchWindow = 16;

    // A hint may lie: what follows these is made room for as it comes. Their buckets take 50 MB.
    private const long MostExpected = 4_000_000;

    private readonly Databases _databases;
    private readonly bool _isAside;

    // One stripe for each lock, both levels made at the first key, so that unused databases cost nothing.
    // LOCK: an element changes under its stripe's exclusive lock, the array as a whole when all are held, except that
    // the first writers, each with another stripe, may race to create it.
    private Stripe?[]? _stripes;

    // For stripes that are made from now on.
    private int _expectedInStripe;

    /// <param name="databases">Whose locks guard it.</param>
    /// <param name="index">The database's number.</param>
    /// <param name="isAside">Whether it is filled unseen (<see cref="AsideTables"/>): nobody hears of its
    /// changes.</param>
    internal Keyspace(Databases databases, int index, bool isAside = false)
    {
        _databases = databases;
        _isAside = isAside;
        Index = index;
    }

    /// <summary>The database's number.</summary>
    public int Index { get; }

    /// <summary>
    /// Number of keys, expired ones not yet removed included, hidden ones not. Any thread; approximate while others
    /// write.
    /// </summary>
    public long Count
    {
        get
        {
            var all = Sum(static stripe => stripe.Count);
            return Hidden is { } hidden ? Math.Max(0, all - hidden.CountIn(this)) : all;
        }
    }

    /// <summary>Number of keys with an expiry time. Any thread; approximate while others write.</summary>
    /// <remarks>While keys are hidden it may count some of them, but never more than there are keys to see.</remarks>
    public long ExpiringCount
    {
        get
        {
            var all = Sum(static stripe => stripe.ExpiringCount);
            return Hidden is null ? all : Math.Min(all, Count);
        }
    }

    /// <summary>Native bytes of this database, tables included. Any thread.</summary>
    public long UsedMemory => Sum(static stripe => stripe.UsedMemory);

    /// <summary>
    /// Whether no key was ever put here, or none since the last flush. Any thread; one moment's answer.
    /// </summary>
    public bool IsUnused => Volatile.Read(ref _stripes) is null;

    /// <summary>
    /// Native bytes of the bucket arrays, which are no key's in particular. Any thread; approximate while others write.
    /// </summary>
    public long TableMemory => Sum(static stripe => stripe.TableMemory);

    /// <summary>The collections of all databases.</summary>
    internal ValueMemory Values => _databases.Context.Values;

    /// <summary>Whose locks guard it.</summary>
    internal Databases Databases => _databases;

    /// <summary>Slots whose keys are not to be seen; null for none. Other databases than the first have none.</summary>
    internal HiddenSlots? Hidden => Index == 0 && !_isAside ? _databases.Hidden : null;

    internal ReadOnlySpan<Stripe?> Stripes => Volatile.Read(ref _stripes);

    private IKeyspaceObserver? Observer => _isAside ? null : _databases.Observer;

    /// <summary>
    /// Whether the processor can be asked for memory ahead of time; the prefetches do nothing where not.
    /// </summary>
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
    /// <param name="expireAtMs">Unix time in milliseconds, or <see cref="NoExpiry"/>. A past time is stored as
    /// given.</param>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public void SetString(in Key key, ReadOnlySpan<byte> value, long expireAtMs = NoExpiry) =>
        Put(key, value, StringTraits(value), Ttl.At(expireAtMs), out _);

    /// <summary>As above, and shows what it made, for whoever keeps the access marks. LOCK: exclusive.</summary>
    public Entry SetString(scoped in Key key, scoped ReadOnlySpan<byte> value, long expireAtMs, out bool wasThere)
    {
        var record = Put(key, value, StringTraits(value), Ttl.At(expireAtMs), out wasThere);
        return new Entry(record, expireAtMs);
    }

    /// <summary>
    /// Creates or overwrites a key with a large string that is there already: shared, not copied. LOCK: exclusive.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="value">A string of <see cref="LargeStringLength"/> at least. The caller's reference stays the
    /// caller's.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, <see cref="NoExpiry"/>, or null to keep what an existing key
    /// has.</param>
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

    /// <summary>
    /// As <see cref="SetString(in Key, ReadOnlySpan{byte}, long)"/>, but an existing key keeps its expiry. LOCK:
    /// exclusive.
    /// </summary>
    public void SetStringKeepTtl(in Key key, ReadOnlySpan<byte> value) =>
        Put(key, value, StringTraits(value), Ttl.Kept, out _);

    /// <summary>Creates or overwrites a key with a collection, its expiry replaced. LOCK: exclusive.</summary>
    /// <param name="key">The key.</param>
    /// <param name="collection">Handed over; empty afterwards. An empty collection is no value: it cannot be
    /// stored.</param>
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

    /// <summary>
    /// Copies value and expiry to another key, which is replaced. LOCK: source shared, target exclusive.
    /// </summary>
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
        _expectedInStripe = 0;
        Observer?.Flushed(Index, new FormerKeys(_databases, stripes));
        return tables;
    }

    /// <summary>
    /// When the first key of a stripe expires, or <see cref="long.MaxValue"/>. Any thread, no lock; one moment's value.
    /// </summary>
    public long EarliestExpiry(int stripe)
    {
        var stripes = Stripes;
        return stripes.IsEmpty ? long.MaxValue : stripes[stripe]?.EarliestExpiryMs ?? long.MaxValue;
    }

    /// <summary>When the first field of a stripe's hashes expires. As <see cref="EarliestExpiry"/>.</summary>
    public long EarliestFieldExpiry(int stripe)
    {
        var stripes = Stripes;
        return stripes.IsEmpty ? long.MaxValue : stripes[stripe]?.EarliestFieldExpiryMs ?? long.MaxValue;
    }

    /// <summary>Deletes a key to make room. LOCK: exclusive.</summary>
    /// <returns>How many bytes that gave; 0 when the key is not there. A large collection gives its pages a little
    /// later.</returns>
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

    /// <summary>
    /// Has tables that are about to be filled begin with the buckets that so many keys need. A hint: the keys need not
    /// come, and more may. Before the first key; any thread.
    /// </summary>
    public void Expect(long keys) =>
        _expectedInStripe = (int)(Math.Clamp(keys, 0, MostExpected) / _databases.StripeCount);

    /// <summary>Lengths of the chains, for DEBUG HTSTATS and the docs. O(buckets).</summary>
    public TableStatistics GetStatistics(StripeAccess access) => TableStatistics.Of(this, _databases, access);

    internal Stripe? TableAt(int stripe)
    {
        var stripes = Stripes;
        return stripes.IsEmpty ? null : stripes[stripe];
    }

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

    private bool IsSame(scoped in Key from, Keyspace target, scoped in Key to) =>
        target == this && from.Bytes.SequenceEqual(to.Bytes);

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

    /// <summary>
    /// Tells the observer of a <see cref="ValueChange"/>; an empty collection's deletion tells it by itself.
    /// </summary>
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
        stripe.Expect(_expectedInStripe);
        Volatile.Write(ref stripes[_databases.StripeOf(key.Hash)], stripe);
        return stripe;
    }
}
