using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Tables;

/// <summary>One stripe of one database: a growable, separately chained hash table of native records.</summary>
/// <remarks>
///
///     buckets [ ][*][ ][*]        a record's bucket is the low bits of its hash: <see cref="BucketArray"/>
///                |     +-> record
///                +-> record -> record          record: see <see cref="Record"/>
///
/// Buckets are added when the load would pass 5/8, given up when it falls below 1/8, each time as many as it takes, and
/// freed with the last record. Records stay where they are, only their links change. A record moves only when its value
/// outgrows its block.
///
/// LOCK: the stripe's: shared for reads, exclusive for changes. <see cref="Count"/>, <see cref="ExpiringCount"/>,
/// <see cref="EarliestExpiryMs"/> and <see cref="UsedMemory"/> may be read by any thread at any time.
///
/// INVARIANT: every change to a record that can be seen in the table, its removal included, goes through
/// <see cref="BeforeChange"/> first, and every new record through <see cref="CreateRecord"/>.
///
/// INVARIANT: what can fail (allocation) comes before the first change, and a replaced block is freed last, so that
/// a failed operation changes nothing and its arguments may be views of the very record that it replaces.
/// </remarks>
internal sealed unsafe class Stripe
{
    // A gap of this size is asked for as zeros, which the allocator has for nothing when it maps new pages: a bit set half a
    // gibibyte away (SETBIT, SETRANGE) takes microseconds, and pages nobody writes to take no memory.
    private const int LargeGap = 128 * 1024;

    private readonly TableContext _context;
    private readonly MemoryAccount _memory;
    private readonly ExpiryHeap _expiries;
    private BucketArray _buckets;
    private int _count;
    private int _snapshotDatabase;

    public Stripe(TableContext context)
    {
        _context = context;
        _memory = new MemoryAccount(context.Allocator);
        _expiries = new ExpiryHeap(_memory);
        _buckets = new BucketArray(_memory);
    }

    public int Count => Volatile.Read(ref _count);

    public int ExpiringCount => _expiries.Count;

    public long EarliestExpiryMs => _expiries.EarliestMs;

    public long UsedMemory => _memory.Used;

    /// <summary>Zero while the stripe is empty.</summary>
    public uint BucketCount => _buckets.Count;

    /// <summary>Bytes of the buckets. Any thread; one moment's value.</summary>
    public long TableMemory => _buckets.Memory;

    /// <summary>Every bucket's chain, by numbers below <see cref="BucketCount"/>.</summary>
    public Record* FirstInBucket(uint bucket) => _buckets.First(bucket);

    /// <summary>The chain at a position of a walk, or of a hash. Not while the stripe is empty.</summary>
    public Record* FirstAt(uint position) => _buckets.First(_buckets.IndexOf(position));

    /// <inheritdoc cref="BucketArray.Next(uint)"/>
    public uint NextPosition(uint position) => _buckets.Next(position);

    public bool Holds(Record* record, uint bucket) => _buckets.IndexOf(record->Hash) == bucket;

    public long ExpiryOf(Record* record) =>
        record->HeapIndex == Record.NotInHeap ? Keyspace.NoExpiry : _expiries.TimeAt(record->HeapIndex);

    public Entry View(Record* record) => new(record, ExpiryOf(record));

    /// <summary>The record of a key, or null.</summary>
    public Record* Find(scoped in Key key)
    {
        if (_count == 0)
            return null;
        var hash = (uint)key.Hash;
        var record = *_buckets.SlotOf(hash);
        while (record != null && !Matches(record, hash, key.Bytes))
            record = record->Next;
        return record;
    }

    /// <summary>Asks for the cache line of a hash's bucket. Needs no lock: whatever the address, a prefetch faults nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchBucket(ulong hash)
    {
        if (Sse.IsSupported)
            _buckets.Prefetch((uint)hash);
    }

    /// <summary>The record that begins a hash's chain, or null. LOCK: shared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record* FirstOf(ulong hash) => _count == 0 ? null : *_buckets.SlotOf((uint)hash);

    /// <summary>The second record of a hash's chain; null if there is none, or the first is that of the hash. LOCK: shared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record* SecondOf(ulong hash)
    {
        var first = FirstOf(hash);
        return first == null || first->Hash == (uint)hash ? null : first->Next;
    }

    /// <summary>The record that expires first, or null.</summary>
    public Record* EarliestExpiring() => _expiries.Earliest;

    /// <summary>Creates or overwrites a key. The value may be a view of any record.</summary>
    public Record* Put(in Key key, ReadOnlySpan<byte> value, ValueTraits traits, Ttl ttl, out bool wasThere)
    {
        if (ttl.Expires)
            _expiries.Reserve();
        var slot = FindSlot(key);
        wasThere = slot != null && *slot != null;
        Record* record;
        if (wasThere)
        {
            record = Overwrite(slot, value);
        }
        else
        {
            record = CreateRecord(key, value.Length, value);
            Link(record);
        }
        record->Type = traits.Type;
        record->Encoding = traits.Encoding;
        if (!ttl.Keep)
            ApplyExpiry(record, ttl.ExpireAtMs);
        return record;
    }

    /// <summary>Creates or resizes a string, keeping content, expiry and access clock; growth is filled with zeros.</summary>
    public Record* Resize(in Key key, int newLength)
    {
        var slot = FindSlot(key);
        if (slot == null || *slot == null)
        {
            var isZeroed = newLength >= LargeGap;
            var created = CreateRecord(key, newLength, [], isZeroed);
            if (!isZeroed)
                Record.Value(created).Clear();
            Link(created);
            created->Encoding = StringEncoding.Raw;
            return created;
        }

        var record = *slot;
        BeforeChange(record);
        var oldLength = record->ValueLength;
        var moves = !FitsWell(record, newLength);
        var zeroed = moves && newLength - oldLength >= LargeGap;
        if (moves)
            record = Replace(slot, Record.Value(record)[..Math.Min(oldLength, newLength)], RoomFor(oldLength, newLength), zeroed);
        record->ValueLength = newLength;
        if (newLength > oldLength && !zeroed)
            Record.Value(record)[oldLength..].Clear();
        record->Encoding = StringEncoding.Raw;
        return record;
    }

    public void SetExpiry(Record* record, long expireAtMs)
    {
        if (expireAtMs != Keyspace.NoExpiry && record->HeapIndex == Record.NotInHeap)
            _expiries.Reserve();
        BeforeChange(record);
        ApplyExpiry(record, expireAtMs);
    }

    /// <summary>Takes a record out of the table. The caller frees it with <see cref="FreeRecord"/>, and soon.</summary>
    public void Unlink(Record* record)
    {
        BeforeChange(record);
        var slot = _buckets.SlotOf(record->Hash);
        while (*slot != record)
            slot = &(*slot)->Next;
        *slot = record->Next;
        record->Next = null;
        if (record->HeapIndex != Record.NotInHeap)
            _expiries.Remove(record);
        Volatile.Write(ref _count, _count - 1);
        if (_count == 0)
            _buckets.Free();
        else
            _buckets.ShrinkFor(_count);
    }

    /// <summary>Takes an unlinked record out of the stripe's account; the caller frees it later, without the lock.</summary>
    public void Disown(Record* record) => _memory.Disown(Record.BlockSize(record));

    public void FreeRecord(Record* record) => _memory.Free(record, Record.BlockSize(record));

    /// <summary>Bytes that a record's block takes.</summary>
    public long BlockMemory(Record* record) => _memory.RoundUp(Record.BlockSize(record));

    /// <summary>Frees everything, without a word to snapshots or observers: for tables that are no longer in use.</summary>
    public void FreeAll()
    {
        for (uint bucket = 0; bucket < BucketCount; bucket++)
        {
            for (var record = _buckets.First(bucket); record != null;)
            {
                var next = record->Next;
                FreeRecord(record);
                record = next;
            }
        }
        _expiries.Free();
        _buckets.Free();
        Volatile.Write(ref _count, 0);
    }

    /// <summary>One of the expiring records, in no order.</summary>
    public Record* ExpiringAt(int index) => _expiries.RecordAt(index);

    public void SampleExpiries(long nowMs, ref ExpirySample sample) => _expiries.Sample(nowMs, ref sample);

    /// <summary>Says which database the stripe belongs to at a snapshot's cut: SWAPDB may move it afterwards.</summary>
    public void BeginSnapshot(int database) => _snapshotDatabase = database;

    /// <summary>Native bytes of the expiry heap, after a check of its order and references.</summary>
    public long VerifyExpiries() => _expiries.Verify();

    /// <summary>The one place that hears of a visible record before it changes or goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void BeforeChange(Record* record)
    {
        // A record of the current epoch is saved already, or too young for the snapshot.
        if (record->SnapshotEpoch != _context.SnapshotEpoch)
            Preserve(record);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Preserve(Record* record)
    {
        _context.Snapshot?.Preserve(_snapshotDatabase, record, ExpiryOf(record));
        record->SnapshotEpoch = _context.SnapshotEpoch;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Matches(Record* record, uint hash, ReadOnlySpan<byte> key) =>
        record->Hash == hash && Record.Key(record).SequenceEqual(key);

    /// <summary>Where the pointer to a key's record stands, or would stand: a null pointer at its chain's end.</summary>
    private Record** FindSlot(in Key key)
    {
        if (_count == 0)
            return null;
        var hash = (uint)key.Hash;
        var slot = _buckets.SlotOf(hash);
        while (*slot != null && !Matches(*slot, hash, key.Bytes))
            slot = &(*slot)->Next;
        return slot;
    }

    /// <summary>A new record that is not linked yet, with room in the buckets for it.</summary>
    private Record* CreateRecord(in Key key, int length, ReadOnlySpan<byte> value, bool zeroed = false)
    {
        var record = AllocateRecord(key.Bytes.Length, length, zeroed);
        try
        {
            _buckets.GrowFor(_count + 1);
        }
        catch (OutOfMemoryException)
        {
            FreeRecord(record);
            throw;
        }
        record->Hash = (uint)key.Hash;
        record->ValueLength = length;
        record->HeapIndex = Record.NotInHeap;
        record->AccessClock = _context.NewAccessClock;
        record->Type = EntryType.String;
        record->Encoding = StringEncoding.Raw;
        record->SnapshotEpoch = _context.SnapshotEpoch;
        key.Bytes.CopyTo(Record.Key(record));
        value.CopyTo(Record.Room(record));
        return record;
    }

    /// <summary>A block for a key and a value of at most <paramref name="room"/> bytes; sets only the lengths of key and room.</summary>
    private Record* AllocateRecord(int keyLength, int room, bool zeroed)
    {
        var size = Record.BlockSizeFor(_memory, keyLength, room);
        var record = (Record*)(zeroed ? _memory.AllocateZeroed(size) : _memory.Allocate(size));
        record->KeyLength = keyLength;
        record->ValueCapacity = (int)(size - Record.HeaderSize - keyLength);
        return record;
    }

    private void Link(Record* record)
    {
        var slot = _buckets.SlotOf(record->Hash);
        record->Next = *slot;
        *slot = record;
        Volatile.Write(ref _count, _count + 1);
    }

    private Record* Overwrite(Record** slot, ReadOnlySpan<byte> value)
    {
        var record = *slot;
        BeforeChange(record);
        if (!FitsWell(record, value.Length))
            return Replace(slot, value, value.Length);
        value.CopyTo(Record.Room(record));
        record->ValueLength = value.Length;
        return record;
    }

    /// <summary>Moves a record to a new block with another value and room, in the same place of chain and heap.</summary>
    private Record* Replace(Record** slot, ReadOnlySpan<byte> value, int room, bool zeroed = false)
    {
        var old = *slot;
        var record = AllocateRecord(old->KeyLength, room, zeroed);
        record->Next = old->Next;
        record->Hash = old->Hash;
        record->ValueLength = value.Length;
        record->HeapIndex = old->HeapIndex;
        record->AccessClock = old->AccessClock;
        record->Type = old->Type;
        record->Encoding = old->Encoding;
        record->SnapshotEpoch = old->SnapshotEpoch;
        Record.Key(old).CopyTo(Record.Key(record));
        value.CopyTo(Record.Room(record));
        *slot = record;
        if (record->HeapIndex != Record.NotInHeap)
            _expiries.Moved(record);
        FreeRecord(old);
        return record;
    }

    /// <summary>It fits, and would not leave more than five eighths of a block of some size unused.</summary>
    /// <remarks>Not half: with double the room (<see cref="RoomFor"/>) and an eighth for its class, a block would be left at once.</remarks>
    private bool FitsWell(Record* record, int length)
    {
        const int WorthFreeing = 64;
        if (length > record->ValueCapacity)
            return false;
        if (record->ValueCapacity - length < WorthFreeing)
            return true;
        return Record.BlockSizeFor(_memory, record->KeyLength, length) > Record.BlockSize(record) / 8 * 3;
    }

    /// <summary>Room for a string that grows in place: double at first, then a mebibyte ahead, as Redis does.</summary>
    private static int RoomFor(int oldLength, int newLength)
    {
        const int FurthestAhead = 1024 * 1024;
        return newLength <= oldLength
            ? newLength
            : (int)Math.Min((long)newLength + Math.Min(newLength, FurthestAhead), Keyspace.MaxValueLength);
    }

    private void ApplyExpiry(Record* record, long expireAtMs)
    {
        if (expireAtMs != Keyspace.NoExpiry)
            _expiries.Set(record, expireAtMs);
        else if (record->HeapIndex != Record.NotInHeap)
            _expiries.Remove(record);
    }
}
