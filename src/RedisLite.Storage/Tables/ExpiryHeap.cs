using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Tables;

/// <summary>Records of one stripe with a time each, the earliest first: a four-ary min-heap in native memory.</summary>
/// <remarks>
///
///     items   [ 0 | 1 2 3 4 | 5 6 7 8  9 .. ]      children of i: 4i+1 .. 4i+4, parent: (i-1)/4
///               |
///               +-- (expiry time, record), and the record's place is 0
///
/// Four children make the heap half as deep as two and lie in one or two cache lines. Each record knows its place, so
/// a TTL changes or goes in O(log n).
///
/// LOCK: the stripe's, exclusive to change and shared to read; <see cref="EarliestMs"/> from any thread.
/// </remarks>
/// <typeparam name="TPlace">Where a record keeps its place in this heap.</typeparam>
internal sealed unsafe class ExpiryHeap<TPlace>(MemoryAccount memory)
    where TPlace : struct, IHeapPlace
{
    private const int Arity = 4;
    private const int SmallestCapacity = 4;

    private Item* _items;
    private int _capacity;
    private int _count;
    private long _earliestMs = long.MaxValue;

    /// <summary>Any thread; one moment's value.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The earliest expiry time, or <see cref="long.MaxValue"/>. Any thread; one moment's value.</summary>
    public long EarliestMs => Volatile.Read(ref _earliestMs);

    public Record* Earliest => _count == 0 ? null : _items[0].Record;

    public Record* RecordAt(int index) => _items[index].Record;

    public long TimeAt(int index) => _items[index].ExpireAtMs;

    /// <summary>Makes room for one more record, so that the next <see cref="Set"/> cannot fail.</summary>
    /// <exception cref="OutOfMemoryException">Nothing has changed.</exception>
    public void Reserve()
    {
        if (_count == _capacity)
            Resize(Math.Max(SmallestCapacity, checked(_capacity * 2)));
    }

    /// <summary>Sets or changes a record's time. INVARIANT: <see cref="Reserve"/> came before if it had none.</summary>
    public void Set(Record* record, long expireAtMs)
    {
        var index = TPlace.Get(record);
        if (index == Record.NotInHeap)
        {
            index = _count;
            Volatile.Write(ref _count, index + 1);
        }
        Settle(index, new Item { ExpireAtMs = expireAtMs, Record = record });
    }

    /// <summary>Takes a record out; it then has no expiry.</summary>
    public void Remove(Record* record)
    {
        var index = TPlace.Get(record);
        TPlace.Set(record, Record.NotInHeap);
        var last = _items[_count - 1];
        Volatile.Write(ref _count, _count - 1);
        if (index < _count)
            Settle(index, last);
        else
            Volatile.Write(ref _earliestMs, _count == 0 ? long.MaxValue : _items[0].ExpireAtMs);

        if (_count == 0)
            Free();
        else if (_capacity > SmallestCapacity && _count <= _capacity / 8)
            TryShrink();
    }

    /// <summary>A record's block was replaced by another with the same heap index.</summary>
    public void Moved(Record* record) => _items[TPlace.Get(record)].Record = record;

    /// <summary>
    /// Adds some of the times to a sample, evenly from all of the heap, which holds early ones before late ones.
    /// </summary>
    public void Sample(long nowMs, ref ExpirySample sample)
    {
        const int Most = 16;
        var taken = Math.Min(Most, _count);
        for (var i = 0; i < taken; i++)
            sample.Add(_items[((2L * i) + 1) * _count / (2 * taken)].ExpireAtMs - nowMs, (double)_count / taken);
    }

    public void Free()
    {
        if (_items != null)
            memory.Free(_items, (long)_capacity * sizeof(Item));
        _items = null;
        _capacity = 0;
        _count = 0;
        Volatile.Write(ref _earliestMs, long.MaxValue);
    }

    /// <summary>Throws unless order and back references hold; returns the native bytes of the heap.</summary>
    public long Verify()
    {
        for (var i = 0; i < _count; i++)
        {
            if (TPlace.Get(_items[i].Record) != i)
                throw new InvalidOperationException(
                    $"The record at heap index {i} says {TPlace.Get(_items[i].Record)}.");
            if (i > 0 && _items[(i - 1) / Arity].ExpireAtMs > _items[i].ExpireAtMs)
                throw new InvalidOperationException($"The expiry heap is out of order at {i}.");
        }
        var earliest = _count == 0 ? long.MaxValue : _items[0].ExpireAtMs;
        if (earliest != EarliestMs)
            throw new InvalidOperationException($"The earliest expiry is {earliest}, not {EarliestMs}.");
        return _items == null ? 0 : memory.RoundUp((long)_capacity * sizeof(Item));
    }

    /// <summary>Puts an item into the hole at <paramref name="index"/> and moves it up or down to its place.</summary>
    private void Settle(int index, Item item)
    {
        var hole = index;
        while (hole > 0 && _items[(hole - 1) / Arity].ExpireAtMs > item.ExpireAtMs)
        {
            Place(hole, _items[(hole - 1) / Arity]);
            hole = (hole - 1) / Arity;
        }
        if (hole == index)
            hole = SinkHole(hole, item.ExpireAtMs);
        Place(hole, item);
        Volatile.Write(ref _earliestMs, _items[0].ExpireAtMs);
    }

    private int SinkHole(int hole, long expireAtMs)
    {
        while (true)
        {
            var first = ((long)hole * Arity) + 1;
            if (first >= _count)
                return hole;
            var least = (int)first;
            var end = (int)Math.Min(first + Arity, _count);
            for (var child = least + 1; child < end; child++)
            {
                if (_items[child].ExpireAtMs < _items[least].ExpireAtMs)
                    least = child;
            }
            if (_items[least].ExpireAtMs >= expireAtMs)
                return hole;
            Place(hole, _items[least]);
            hole = least;
        }
    }

    private void Place(int index, Item item)
    {
        _items[index] = item;
        TPlace.Set(item.Record, index);
    }

    private void Resize(int capacity)
    {
        _items = (Item*)memory.Reallocate(_items, (long)_capacity * sizeof(Item), (long)capacity * sizeof(Item));
        _capacity = capacity;
    }

    private void TryShrink()
    {
        try
        {
            Resize(_capacity / 2);
        }
        catch (OutOfMemoryException)
        {
            // The larger array serves as well.
        }
    }

    private struct Item
    {
        public long ExpireAtMs;
        public Record* Record;
    }
}
