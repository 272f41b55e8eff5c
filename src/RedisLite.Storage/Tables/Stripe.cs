using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using RedisLite.Storage.Memory;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Tables;

/// <summary>One stripe of one database: a growable, separately chained hash table of native records.</summary>
/// <remarks>
///
///     buckets [ ][*][ ][*]        a record's bucket is the low bits of its hash: <see cref="BucketArray"/>
///                |     +-> 7 records
///                +-> 7 records -> 7 records    lines of a chain: <see cref="Bucket"/>; record: <see cref="Record"/>
///
/// Buckets are added when there would be more than five records for each, given up below two, a few at a time, and
/// freed with the last record. Records stay where they are, only the pointers to them move. A record moves only when
/// its value outgrows its block.
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
    private readonly TableContext _context;
    private readonly MemoryAccount _memory;
    private readonly ExpiryHeap<KeyPlace> _expiries;
    private readonly ExpiryHeap<FieldsPlace> _fieldExpiries;
    private BucketArray _buckets;
    private int _count;
    private int _snapshotDatabase;

    public Stripe(TableContext context)
    {
        _context = context;
        _memory = new MemoryAccount(context.Allocator, context.Total);
        _expiries = new ExpiryHeap<KeyPlace>(_memory);
        _fieldExpiries = new ExpiryHeap<FieldsPlace>(_memory);
        _buckets = new BucketArray(_memory);
        Slots = context.SlotsPerStripe == 0 ? null : new SlotCounts(context.SlotsPerStripe);
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>How many keys each slot has, in a cluster; else null.</summary>
    public SlotCounts? Slots { get; }

    /// <summary>Keys of one of the stripe's slots; 0 outside a cluster.</summary>
    public int CountOf(int slot) => Slots?.Of(slot) ?? 0;

    public int ExpiringCount => _expiries.Count;

    public long EarliestExpiryMs => _expiries.EarliestMs;

    /// <summary>When the first field of all hashes expires. Any thread; one moment's value.</summary>
    public long EarliestFieldExpiryMs => _fieldExpiries.EarliestMs;

    public long UsedMemory => _memory.Used;

    /// <summary>Zero while the stripe is empty, and nothing is expected.</summary>
    public uint BucketCount => _buckets.Count;

    /// <summary>Bytes of the buckets. Any thread; one moment's value.</summary>
    public long TableMemory => _buckets.Memory;

    /// <summary>The records of a bucket, by numbers below <see cref="BucketCount"/>.</summary>
    public ChainEnumerator RecordsIn(uint bucket) => new(_buckets.At(bucket));

    /// <summary>
    /// The records of the bucket at a position of a walk, or of a hash. Not while the stripe is empty.
    /// </summary>
    public ChainEnumerator RecordsAt(uint position) => new(_buckets.ChainOf(position));

    /// <inheritdoc cref="BucketArray.Next(uint)"/>
    public uint NextPosition(uint position) => _buckets.Next(position);

    public bool Holds(Record* record, uint bucket) => _buckets.IndexOf(record->Hash) == bucket;

    public long ExpiryOf(Record* record) =>
        record->Expires ? _expiries.TimeAt(record->HeapIndex) : Entry.NoExpiry;

    public Entry View(Record* record) => new(record, ExpiryOf(record));

    /// <summary>The record of a key, or null.</summary>
    public Record* Find(scoped in Key key)
    {
        var slot = FindSlot(key);
        return slot == null ? null : Bucket.RecordOf(*slot);
    }

    /// <summary>
    /// Asks for the cache line of a hash's bucket. Needs no lock: whatever the address, a prefetch faults nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchBucket(ulong hash)
    {
        if (Sse.IsSupported)
            _buckets.Prefetch((uint)hash);
    }

    /// <summary>The record that a look-up of a hash would read first, or null. LOCK: shared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record* CandidateOf(ulong hash)
    {
        if (_count == 0)
            return null;
        var bucket = _buckets.ChainOf((uint)hash);
        var matches = Bucket.Match(bucket, Bucket.TagOf(hash));
        return matches == 0 ? null : Bucket.RecordOf(Bucket.SlotsOf(bucket)[BitOperations.TrailingZeroCount(matches)]);
    }

    /// <summary>The record that expires first, or null.</summary>
    public Record* EarliestExpiring() => _expiries.Earliest;

    /// <summary>The hash whose field expires first, or null.</summary>
    public Record* EarliestWithFields() => _fieldExpiries.Earliest;

    /// <summary>
    /// Creates or overwrites a key with a collection or a large string, and takes over one reference of it.
    /// </summary>
    /// <exception cref="OutOfMemoryException">Nothing has changed; the reference is still the caller's.</exception>
    public Record* Put(in Key key, ValueTraits traits, nint root, Ttl ttl, out bool wasThere) =>
        Put(key, new ReadOnlySpan<byte>(&root, Record.RootLength), traits, ttl, out wasThere);

    /// <summary>Creates or overwrites a key. The value may be a view of any record.</summary>
    public Record* Put(in Key key, ReadOnlySpan<byte> value, ValueTraits traits, Ttl ttl, out bool wasThere)
    {
        if (ttl.Expires)
            _expiries.Reserve();
        var slot = FindSlot(key);
        wasThere = slot != null;
        Record* record;
        nint replaced = 0;
        var wasOutside = false;
        if (wasThere)
        {
            record = Bucket.RecordOf(*slot);
            wasOutside = Record.IsOutside(record);
            replaced = Record.HoldsPointer(record) ? Record.Root(record) : 0;
            record = Overwrite(slot, value, ttl.Keep ? record->Expires : ttl.Expires);
        }
        else
        {
            record = CreateRecord(key, value.Length, value, ttl.Expires);
            Link(record, key.Hash);
        }
        record->Traits = traits;
        if (ttl.Expires)
            _expiries.Set(record, ttl.ExpireAtMs);
        if (traits.IsOutside)
            TextBlock.AddKey(_context.Values, (Page*)Record.Root(record));
        if (replaced != 0)
            _context.ReleaseValue(replaced, wasOutside);
        return record;
    }

    /// <summary>
    /// Puts a hash that was written to where its first field to expire belongs among the hashes of the stripe.
    /// </summary>
    /// <remarks>
    /// Without memory for that it stays where it is, or outside: its expired fields are then found by the commands that
    /// meet them, and the next change of the hash tries again.
    /// </remarks>
    /// <returns>The record, which may have moved.</returns>
    public Record* PlaceByFields(Record* record, ulong hash)
    {
        var earliestMs = new HashValue(_context.Values, ref Record.RootSlot(record)).EarliestExpiryMs;
        var index = record->FieldsIndex;
        if (earliestMs == long.MaxValue)
        {
            if (index != Record.NotInHeap)
                _fieldExpiries.Remove(record);
            return record;
        }

        if (index != Record.NotInHeap && _fieldExpiries.TimeAt(index) == earliestMs)
            return record;
        if (index == Record.NotInHeap && !TryMakeFieldsPlace(ref record, hash))
            return record;
        _fieldExpiries.Set(record, earliestMs);
        return record;
    }

    /// <summary>
    /// To be called before the collection of a record changes: a running snapshot keeps its present state.
    /// </summary>
    public void BeginChange(Record* record) => BeforeChange(record);

    /// <summary>
    /// Creates or resizes a string, keeping content, expiry and access clock; growth is filled with zeros.
    /// </summary>
    public Record* Resize(in Key key, int newLength)
    {
        var slot = FindSlot(key);
        if (newLength >= Entry.LargeStringLength || (slot != null && Record.IsOutside(Bucket.RecordOf(*slot))))
            return ResizeOutside(key, slot, newLength);
        if (slot == null)
        {
            var isZeroed = newLength >= StringRoom.LargeGap;
            var created = CreateRecord(key, newLength, [], expires: false, isZeroed);
            if (!isZeroed)
                Record.Value(created).Clear();
            Link(created, key.Hash);
            created->Encoding = StringEncoding.Raw;
            return created;
        }

        var record = Bucket.RecordOf(*slot);
        BeforeChange(record);
        var oldLength = record->ValueLength;
        var moves = !Record.FitsWell(record, newLength, record->Expires);
        var zeroed = moves && newLength - oldLength >= StringRoom.LargeGap;
        if (moves)
        {
            var kept = Record.Value(record)[..Math.Min(oldLength, newLength)];
            record = Replace(slot, kept, StringRoom.After(oldLength, newLength), record->Expires, zeroed);
        }

        record->ValueLength = newLength;
        if (newLength > oldLength && !zeroed)
            Record.Value(record)[oldLength..].Clear();
        record->Encoding = StringEncoding.Raw;
        return record;
    }

    /// <summary>Resizes to a large string, or one that is large already.</summary>
    private Record* ResizeOutside(in Key key, ulong* slot, int newLength)
    {
        var values = _context.Values;
        var record = slot == null ? null : Bucket.RecordOf(*slot);
        if (record != null)
            BeforeChange(record);
        if (record != null && Record.IsOutside(record))
        {
            Record.RootSlot(record) = (nint)TextBlock.Resized(values, (Page*)Record.Root(record), newLength);
            record->Encoding = StringEncoding.Raw;
            return record;
        }

        // A string that was small, or none.
        var small = record == null ? [] : Record.Value(record);
        var gap = newLength - small.Length;
        var text = TextBlock.Copy(values, small, newLength, record == null
            ? newLength : StringRoom.After(small.Length, newLength), gap >= StringRoom.LargeGap);
        if (gap < StringRoom.LargeGap)
            TextBlock.Bytes(text)[small.Length..].Clear();
        var root = new ReadOnlySpan<byte>(&text, Record.RootLength);
        try
        {
            record = slot == null
                ? CreateRecord(key, Record.RootLength, root, expires: false)
                : Replace(slot, root, Record.RootLength, record->Expires);
        }
        catch (OutOfMemoryException)
        {
            values.Release(text);
            throw;
        }

        record->Traits = ValueTraits.OutsideText;
        TextBlock.AddKey(values, text);
        if (slot == null)
            Link(record, key.Hash);
        return record;
    }

    /// <summary>Sets or takes away the expiry of a key that is there.</summary>
    /// <returns>The record, which may have moved.</returns>
    public Record* SetExpiry(scoped in Key key, long expireAtMs)
    {
        var slot = FindSlot(key);
        var record = Bucket.RecordOf(*slot);
        var expires = expireAtMs != Entry.NoExpiry;
        if (expires && !record->Expires)
            _expiries.Reserve();
        BeforeChange(record);
        if (!expires)
        {
            if (record->Expires)
                _expiries.Remove(record);
            return record;
        }

        if (Record.CapacityIf(record, expires: true) < record->ValueLength)
            record = Replace(slot, Record.Value(record), record->ValueLength, expires: true);
        _expiries.Set(record, expireAtMs);
        return record;
    }

    /// <summary>Takes a record out of the table. The caller frees it with <see cref="FreeRecord"/>, and soon.</summary>
    public void Unlink(Record* record)
    {
        BeforeChange(record);
        _buckets.Remove(record);
        if (record->Expires)
            _expiries.Remove(record);
        if (record->FieldsIndex != Record.NotInHeap)
            _fieldExpiries.Remove(record);
        Volatile.Write(ref _count, _count - 1);
        Slots?.Add(KeySlot.Of(Record.Key(record)), -1);
        if (_count == 0)
            _buckets.Free();
        else
            _buckets.ShrinkFor(_count);
    }

    /// <summary>
    /// Takes an unlinked record out of the stripe's account; the caller frees it later, without the lock.
    /// </summary>
    public void Disown(Record* record) => _memory.Disown(Record.BlockSize(record));

    /// <summary>Frees a record that no table knows any more, with its value.</summary>
    public void FreeRecord(Record* record)
    {
        if (Record.HoldsPointer(record))
            _context.ReleaseValue(Record.Root(record), Record.IsOutside(record));
        FreeBlock(record);
    }

    /// <summary>Frees the block of a record whose value belongs to another record by now.</summary>
    public void FreeBlock(Record* record) => _memory.Free(record, Record.BlockSize(record));

    /// <summary>
    /// Moves records out of slabs that are hardly used, in some buckets from a position on. LOCK: exclusive.
    /// </summary>
    /// <remarks>
    /// A record keeps its snapshot mark: whether it was saved does not change with its address. Collections stay where
    /// they are, only the records that point to them move.
    /// </remarks>
    /// <param name="position">A position of a walk; 0 to begin.</param>
    /// <param name="buckets">How many.</param>
    /// <param name="moved">Counts the records that moved.</param>
    /// <returns>The position to go on at; 0 at the end.</returns>
    public uint Defragment(uint position, int buckets, ref long moved)
    {
        for (; buckets > 0 && BucketCount > 0; buckets--)
        {
            for (var line = _buckets.ChainOf(position); line != null; line = line->Overflow)
            {
                var slots = Bucket.SlotsOf(line);
                for (var i = 0; i < Bucket.Slots && slots[i] != 0; i++)
                    moved += TryMove(slots + i) ? 1 : 0;
            }

            position = NextPosition(position);
            if (position == 0)
                return 0;
        }

        return BucketCount == 0 ? 0 : position;
    }

    /// <summary>Bytes that a record's block takes.</summary>
    public long BlockMemory(Record* record) => _memory.RoundUp(Record.BlockSize(record));

    /// <summary>
    /// Frees everything, without a word to snapshots or observers: for tables that are no longer in use.
    /// </summary>
    public void FreeAll()
    {
        for (uint bucket = 0; bucket < BucketCount; bucket++)
        {
            foreach (var record in RecordsIn(bucket))
                FreeRecord(record);
        }

        _expiries.Free();
        _fieldExpiries.Free();
        _buckets.Free();
        Volatile.Write(ref _count, 0);
        Slots?.Clear();
    }

    /// <summary>One of the expiring records, in no order.</summary>
    public Record* ExpiringAt(int index) => _expiries.RecordAt(index);

    public void SampleExpiries(long nowMs, ref ExpirySample sample) => _expiries.Sample(nowMs, ref sample);

    /// <summary>Makes the buckets for a number of keys, if there is memory. Before the first key.</summary>
    public void Expect(int keys) => _buckets.Prepare(keys);

    /// <summary>Says which database the stripe belongs to at a snapshot's cut: SWAPDB may move it afterwards.</summary>
    public void BeginSnapshot(int database) => _snapshotDatabase = database;

    /// <summary>Number of hashes with fields that expire.</summary>
    public int TimedHashCount => _fieldExpiries.Count;

    /// <summary>Native bytes of the heaps of times, after a check of their order and references.</summary>
    public long VerifyExpiries() => _expiries.Verify() + _fieldExpiries.Verify();

    /// <summary>Whether a hash stands in the heap at the time of its first field to expire.</summary>
    public bool IsPlacedByFields(Record* record) =>
        record->FieldsIndex == Record.NotInHeap || _fieldExpiries.TimeAt(record->FieldsIndex)
            == new HashValue(_context.Values, ref Record.RootSlot(record)).EarliestExpiryMs;

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

    /// <summary>The slot that points to a key's record, or null.</summary>
    private ulong* FindSlot(scoped in Key key)
    {
        if (_count == 0)
            return null;
        var hash = (uint)key.Hash;
        var tag = Bucket.TagOf(key.Hash);
        for (var bucket = _buckets.ChainOf(hash); bucket != null; bucket = bucket->Overflow)
        {
            for (var matches = Bucket.Match(bucket, tag); matches != 0; matches &= matches - 1)
            {
                var slot = Bucket.SlotsOf(bucket) + BitOperations.TrailingZeroCount(matches);
                if (Matches(Bucket.RecordOf(*slot), hash, key.Bytes))
                    return slot;
            }
        }

        return null;
    }

    /// <summary>A new record that is not linked yet, with room in the buckets for it.</summary>
    private Record* CreateRecord(in Key key, int length, ReadOnlySpan<byte> value, bool expires, bool zeroed = false)
    {
        var record = AllocateRecord(key.Bytes.Length, length, expires, zeroed);
        try
        {
            _buckets.Reserve(_count + 1, (uint)key.Hash);
        }
        catch (OutOfMemoryException)
        {
            FreeBlock(record);
            throw;
        }
        record->Hash = (uint)key.Hash;
        record->ValueLength = length;
        record->AccessClock = _context.NewAccessClock;
        record->Type = EntryType.String;
        record->Encoding = StringEncoding.Raw;
        record->SnapshotEpoch = _context.SnapshotEpoch;
        key.Bytes.CopyTo(Record.Key(record));
        value.CopyTo(Record.Room(record));
        return record;
    }

    /// <summary>
    /// A block for a key and a value of at most <paramref name="room"/> bytes, with a header but no content.
    /// </summary>
    private Record* AllocateRecord(int keyLength, int room, bool expires, bool zeroed)
    {
        var size = Record.BlockSizeFor(keyLength, room, expires);
        var record = (Record*)(zeroed ? _memory.AllocateZeroed(size) : _memory.Allocate(size));
        Record.Initialize(record, size, keyLength, valueLength: 0);
        return record;
    }

    private void Link(Record* record, ulong hash)
    {
        _buckets.Insert(record, Bucket.TagOf(hash));
        Volatile.Write(ref _count, _count + 1);
        Slots?.Add(KeySlot.OfHash(hash), 1);
    }

    /// <summary>
    /// Gives a record another value. If it shall expire and does not, the caller puts it into the heap.
    /// </summary>
    private Record* Overwrite(ulong* slot, ReadOnlySpan<byte> value, bool expires)
    {
        var record = Bucket.RecordOf(*slot);
        BeforeChange(record);
        if (!Record.FitsWell(record, value.Length, expires))
            return Replace(slot, value, value.Length, expires);

        // The places in heaps first: the value may need their bytes.
        if (record->Expires && !expires)
            _expiries.Remove(record);
        if (record->FieldsIndex != Record.NotInHeap)
            _fieldExpiries.Remove(record);
        value.CopyTo(Record.Room(record));
        record->ValueLength = value.Length;
        return record;
    }

    /// <summary>
    /// Moves a record to a new block with another value and room, in the same place of chain and heap.
    /// </summary>
    private Record* Replace(ulong* slot, ReadOnlySpan<byte> value, int room, bool expires, bool zeroed = false)
    {
        var old = Bucket.RecordOf(*slot);
        var record = AllocateRecord(Record.KeyLength(old), room, expires, zeroed);
        record->Hash = old->Hash;
        record->ValueLength = value.Length;
        record->AccessClock = old->AccessClock;
        record->Traits = old->Traits;
        record->SnapshotEpoch = old->SnapshotEpoch;
        Record.Key(old).CopyTo(Record.Key(record));
        value.CopyTo(Record.Room(record));
        *slot = Bucket.Repack(*slot, record);
        if (old->Expires)
            KeepExpiry(old, record, expires);
        if (old->FieldsIndex != Record.NotInHeap)
            KeepFields(old, record, isSame: value.Overlaps(Record.Value(old)));
        FreeBlock(old);
        return record;
    }

    private void KeepExpiry(Record* old, Record* record, bool expires)
    {
        if (!expires)
        {
            _expiries.Remove(old);
            return;
        }

        record->HeapIndex = old->HeapIndex;
        _expiries.Moved(record);
    }

    private bool TryMakeFieldsPlace(ref Record* record, ulong hash)
    {
        try
        {
            _fieldExpiries.Reserve();
            if (Record.Capacity(record) >= Record.TimedRootLength)
                return true;
            var slot = FindSlot(new Key(Record.Key(record), hash));
            record = Replace(slot, Record.Value(record), Record.TimedRootLength, record->Expires);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    private void KeepFields(Record* old, Record* record, bool isSame)
    {
        if (isSame)
            _fieldExpiries.Moved(record);
        else
            _fieldExpiries.Remove(old);
    }

    private bool TryMove(ulong* slot)
    {
        var record = Bucket.RecordOf(*slot);
        var size = Record.BlockSize(record);
        if (!_context.Allocator.ShouldMove(record, (nuint)size))
            return false;
        Record* copy;
        try
        {
            copy = (Record*)_memory.Allocate(size);
        }
        catch (OutOfMemoryException)
        {
            return false;
        }

        Buffer.MemoryCopy(record, copy, size, size);
        *slot = Bucket.Repack(*slot, copy);
        if (copy->Expires)
            _expiries.Moved(copy);
        if (copy->FieldsIndex != Record.NotInHeap)
            _fieldExpiries.Moved(copy);
        FreeBlock(record);
        return true;
    }
}
