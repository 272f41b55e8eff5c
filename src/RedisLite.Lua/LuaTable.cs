using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Lua;

/// <summary>A table: a dense array for keys 1..n, and chained nodes for the rest. Used by one state's thread at a
/// time.</summary>
/// <remarks>
/// <code>
///     Array  [1][2][3]...[n]               sized so that more than half is in use (Lua's rule)
///     nodes  [key value hash next] ...     a power of two; a collision takes the highest free node and joins the chain
///                                          of its main position; whoever sits in another's main position moves (Brent)
/// </code>
/// A key whose value became nil stays in its node, so that a traversal which removes what it sees goes on; such nodes
/// are dropped when the table is sized anew, which happens only on an insert without a free node. Hashes are seeded.
/// INVARIANT: <see cref="EmptyNodes"/> and the slot for what is absent are shared and never written.
/// </remarks>
public sealed class LuaTable
{
    private const int MaxArrayBits = 26;
    private const int SmallArray = 64;

    private static readonly ulong Seed = ((ulong)Random.Shared.NextInt64() << 1) | 1;
    private static readonly Node[] EmptyNodes = [new Node { Key = LuaValue.Nil, Value = LuaValue.Nil, Next = -1 }];
    private static readonly LuaValue[] Absent = [LuaValue.Nil];

    internal LuaValue[] Array = [];

    // Bits of metamethods known not to be in this table (as a metatable); any insert clears them.
    internal uint AbsentEvents;
    internal LuaTable? Metatable;
    internal int Mark;

    // What instructions that write leave their fast path for.
    internal TableGuard Guard;

    private Node[] _nodes = EmptyNodes;
    private int _free;

    public LuaTable()
    {
    }

    /// <param name="arrayCapacity">How many keys 1..n there will be.</param>
    /// <param name="hashCapacity">How many other keys.</param>
    public LuaTable(int arrayCapacity, int hashCapacity = 0)
    {
        if (hashCapacity != 0 || arrayCapacity > SmallArray)
        {
            Resize(arrayCapacity, hashCapacity);
            return;
        }
        Array = new LuaValue[arrayCapacity];
        for (var index = 0; index < Array.Length; index++)
            Array[index].O = LuaValue.NilMark;
    }

    /// <summary>A script that writes to a read-only table fails; the host still may.</summary>
    public bool IsReadOnly
    {
        get => (Guard & TableGuard.ReadOnly) != 0;
        set => Guard = value ? Guard | TableGuard.ReadOnly : Guard & ~TableGuard.ReadOnly;
    }

    internal int NodeCount => _nodes == EmptyNodes ? 0 : _nodes.Length;

    /// <summary>The value of a key, nil if absent; no metamethods.</summary>
    public LuaValue this[LuaValue key]
    {
        get => Find(key);
        set => Set(key, value);
    }

    /// <summary>The value of a key in UTF-8; no metamethods.</summary>
    public LuaValue this[string key]
    {
        get => Find(LuaValue.String(key));
        set => Set(LuaValue.String(key), value);
    }

    /// <summary>The value of an integer key; no metamethods.</summary>
    public LuaValue this[int key]
    {
        get => FindInteger(key);
        set => SetInteger(key, value);
    }

    /// <summary>Sets the metatable; null for none.</summary>
    public void SetMetatable(LuaTable? metatable) => Metatable = metatable;

    /// <summary>A border: n with t[n] not nil and t[n+1] nil, as <c>#</c> finds it.</summary>
    public int Length
    {
        get
        {
            var high = Array.Length;
            if (high > 0 && Array[high - 1].O == LuaValue.NilMark)
            {
                var low = 0;
                while (high - low > 1)
                {
                    var middle = (low + high) >> 1;
                    if (Array[middle - 1].O == LuaValue.NilMark)
                        high = middle;
                    else
                        low = middle;
                }
                return low;
            }
            return _nodes == EmptyNodes ? high : UnboundLength(high);
        }
    }

    /// <summary>The entry after a key in the order of traversal; nil starts, false ends it.</summary>
    /// <exception cref="KeyNotFoundException">The key is not in the table.</exception>
    public bool Next(ref LuaValue key, out LuaValue value)
    {
        value = LuaValue.Nil;
        return MoveNext(ref key, ref value);
    }

    internal static int HashOf(in LuaValue key)
    {
        if (key.O is null)
            return HashOf(key.N);
        return LuaString.Is(key.O) ? LuaString.Hash(Unsafe.As<byte[]>(key.O)) : RuntimeHelpers.GetHashCode(key.O);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int HashOf(double number) =>
        (int)((BitConverter.DoubleToUInt64Bits(number + 0.0) * Seed) >> 32);

    internal ref LuaValue FindString(byte[] key)
    {
        var nodes = _nodes;
        var hash = LuaString.Hash(key);
        var index = hash & (nodes.Length - 1);
        do
        {
            ref var node = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(nodes), index);
            if (node.Key.O == key || (node.Hash == hash && EqualsText(node.Key.O, key)))
                return ref node.Value;
            index = node.Next;
        }
        while (index >= 0);
        return ref MemoryMarshal.GetArrayDataReference(Absent);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref LuaValue FindNumber(double key)
    {
        var index = double.ConvertToIntegerNative<int>(key);
        var array = Array;
        if ((uint)(index - 1) < (uint)array.Length && index == key)
            return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(array), index - 1);
        return ref FindNumberNode(key);
    }

    internal ref LuaValue FindInteger(int key)
    {
        if ((uint)(key - 1) < (uint)Array.Length)
            return ref Array[key - 1];
        return ref FindNumberNode(key);
    }

    internal ref LuaValue Find(in LuaValue key)
    {
        if (key.O is null)
            return ref FindNumber(key.N);
        if (LuaString.Is(key.O))
            return ref FindString(Unsafe.As<byte[]>(key.O));
        var index = FindNode(key);
        if (index >= 0)
            return ref _nodes[index].Value;
        return ref MemoryMarshal.GetArrayDataReference(Absent);
    }

    /// <summary>Sets a value; the key is neither nil nor NaN.</summary>
    internal void Set(in LuaValue key, in LuaValue value)
    {
        ref var slot = ref Find(key);
        if (!Unsafe.AreSame(ref slot, ref MemoryMarshal.GetArrayDataReference(Absent)))
            slot = value;
        else if (value.O != LuaValue.NilMark)
            Insert(key, HashOf(key)) = value;
        if (value.O != LuaValue.NilMark)
            AbsentEvents = 0;
    }

    internal void SetInteger(int key, in LuaValue value)
    {
        if ((uint)(key - 1) < (uint)Array.Length)
            Array[key - 1] = value;
        else
            Set(new LuaValue((double)key), value);
    }

    /// <summary>Makes it empty again, if it still has the sizes that it was made with.</summary>
    internal bool TryReset(int arrayCapacity, int hashCapacity)
    {
        if (Array.Length != arrayCapacity || NodeCount != hashCapacity)
            return false;
        Array.AsSpan().Fill(LuaValue.Nil);
        if (hashCapacity > 0)
            _nodes.AsSpan().Fill(EmptyNodes[0]);
        _free = hashCapacity;
        AbsentEvents = 0;
        Metatable = null;
        Guard = TableGuard.None;
        return true;
    }

    internal void SetString(byte[] key, in LuaValue value) => Set(new LuaValue(key), value);

    internal bool MoveNext(ref LuaValue key, ref LuaValue value)
    {
        var index = IndexAfter(key);
        for (; index < Array.Length; index++)
        {
            if (Array[index].O != LuaValue.NilMark)
            {
                key.Set(index + 1);
                value = Array[index];
                return true;
            }
        }
        for (index -= Array.Length; index < _nodes.Length; index++)
        {
            ref var node = ref _nodes[index];
            if (node.Value.O != LuaValue.NilMark)
            {
                key = node.Key;
                value = node.Value;
                return true;
            }
        }
        key = LuaValue.Nil;
        return false;
    }

    /// <summary>Makes the array at least this large, as a constructor with a list does.</summary>
    internal void EnsureArray(int size)
    {
        if (size > Array.Length)
            Resize(size, NodeCount);
    }

    /// <summary>Hands every key and value to the count of memory.</summary>
    internal void Visit(Machine.MemoryCount count)
    {
        foreach (ref var value in Array.AsSpan())
            count.Add(ref value);
        if (_nodes == EmptyNodes)
            return;
        foreach (ref var node in _nodes.AsSpan())
        {
            if (node.Value.O == LuaValue.NilMark)
                continue;
            count.Add(ref node.Key);
            count.Add(ref node.Value);
        }
    }

    /// <summary>About the bytes that it holds, its contents aside.</summary>
    internal long Size => 88 + (16L * Array.Length) + (40L * NodeCount);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref LuaValue FindNumberNode(double key)
    {
        var nodes = _nodes;
        if (nodes != EmptyNodes)
        {
            var index = HashOf(key) & (nodes.Length - 1);
            do
            {
                ref var node = ref nodes[index];
                if (node.Key.O is null && node.Key.N == key)
                    return ref node.Value;
                index = node.Next;
            }
            while (index >= 0);
        }
        return ref MemoryMarshal.GetArrayDataReference(Absent);
    }

    private int FindNode(in LuaValue key)
    {
        var nodes = _nodes;
        if (nodes == EmptyNodes)
            return -1;
        var hash = HashOf(key);
        var index = hash & (nodes.Length - 1);
        while (index >= 0 && !(nodes[index].Hash == hash && nodes[index].Key.Equals(key)))
            index = nodes[index].Next;
        return index;
    }

    private static bool EqualsText(object? other, byte[] key) =>
        LuaString.Is(other) && LuaString.SpanOf(Unsafe.As<byte[]>(other!)).SequenceEqual(LuaString.SpanOf(key));

    private int IndexAfter(in LuaValue key)
    {
        if (key.O == LuaValue.NilMark)
            return 0;
        if (key.O is null)
        {
            var index = double.ConvertToIntegerNative<int>(key.N);
            if (index == key.N && (uint)(index - 1) < (uint)Array.Length)
                return index;
        }
        var node = FindNode(key);
        return node >= 0 ? Array.Length + node + 1 : throw new KeyNotFoundException("invalid key to 'next'");
    }

    private int UnboundLength(int low)
    {
        long high = low + 1L;
        while (FindNumber(high).O != LuaValue.NilMark)
        {
            low = (int)high;
            high *= 2;
            if (high > int.MaxValue)
                return LinearLength();
        }
        while (high - low > 1)
        {
            var middle = (int)((low + high) >> 1);
            if (FindNumber(middle).O == LuaValue.NilMark)
                high = middle;
            else
                low = middle;
        }
        return low;
    }

    private int LinearLength()
    {
        var length = 1;
        while (FindNumber(length).O != LuaValue.NilMark)
            length++;
        return length - 1;
    }

    private ref LuaValue Insert(in LuaValue key, int hash)
    {
        var nodes = _nodes;
        var main = hash & (nodes.Length - 1);
        if (nodes != EmptyNodes && nodes[main].Value.O == LuaValue.NilMark)
            return ref Occupy(ref nodes[main], key, hash, nodes[main].Next);
        var free = nodes == EmptyNodes ? -1 : TakeFree();
        if (free < 0)
        {
            Rehash(key);
            return ref InsertAfterRehash(key, hash);
        }
        ref var resident = ref nodes[main];
        var residentMain = resident.Hash & (nodes.Length - 1);
        if (residentMain != main)
        {
            var previous = residentMain;
            while (nodes[previous].Next != main)
                previous = nodes[previous].Next;
            nodes[previous].Next = free;
            nodes[free] = resident;
            return ref Occupy(ref resident, key, hash, -1);
        }
        ref var node = ref nodes[free];
        ref var slot = ref Occupy(ref node, key, hash, resident.Next);
        resident.Next = free;
        return ref slot;
    }

    private ref LuaValue InsertAfterRehash(in LuaValue key, int hash)
    {
        if (key.O is null)
        {
            var index = double.ConvertToIntegerNative<int>(key.N);
            if (index == key.N && (uint)(index - 1) < (uint)Array.Length)
                return ref Array[index - 1];
        }
        return ref Insert(key, hash);
    }

    private static ref LuaValue Occupy(ref Node node, in LuaValue key, int hash, int next)
    {
        node.Key = key;
        node.Hash = hash;
        node.Next = next;
        return ref node.Value;
    }

    // A node that never had a key; nodes above the last one found were all in use.
    private int TakeFree()
    {
        while (_free > 0)
        {
            if (_nodes[--_free].Key.O == LuaValue.NilMark)
                return _free;
        }
        return -1;
    }

    // Lua's rule: the array is the largest n so that more than half of 1..n is in use, counting the new key.
    private void Rehash(in LuaValue extra)
    {
        Span<int> bits = stackalloc int[MaxArrayBits + 1];
        bits.Clear();
        var integers = CountArray(bits);
        var total = integers;
        foreach (ref var node in _nodes.AsSpan())
        {
            if (node.Value.O == LuaValue.NilMark)
                continue;
            integers += CountInteger(node.Key, bits);
            total++;
        }
        integers += CountInteger(extra, bits);
        total++;
        var size = ArraySize(bits, integers, out var inArray);
        Resize(size, total - inArray);
    }

    // Slice by slice: keys up to each power of two.
    private int CountArray(Span<int> bits)
    {
        var total = 0;
        var end = 1;
        for (int bit = 0, start = 0; start < Array.Length; bit++)
        {
            var used = 0;
            foreach (ref readonly var value in Array.AsSpan(start, Math.Min(end, Array.Length) - start))
            {
                if (value.O != LuaValue.NilMark)
                    used++;
            }
            bits[Math.Min(bit, MaxArrayBits)] += used;
            total += used;
            start = end;
            end = (int)Math.Min(end * 2L, int.MaxValue);
        }
        return total;
    }

    private static int CountInteger(in LuaValue key, Span<int> bits)
    {
        if (key.O is not null)
            return 0;
        var index = double.ConvertToIntegerNative<int>(key.N);
        if (index != key.N || index < 1 || index > 1 << MaxArrayBits)
            return 0;
        bits[BitsFor(index)]++;
        return 1;
    }

    private static int BitsFor(int index) => index <= 1 ? 0 : BitOperations.Log2((uint)index - 1) + 1;

    private static int ArraySize(Span<int> bits, int integers, out int inArray)
    {
        var size = 0;
        inArray = 0;
        var sum = 0;
        var power = 1;
        for (var bit = 0; bit <= MaxArrayBits && power / 2 < integers; bit++, power *= 2)
        {
            sum += bits[bit];
            if (sum > power / 2)
            {
                size = power;
                inArray = sum;
            }
        }
        return size;
    }

    private void Resize(int arraySize, int hashSize)
    {
        var nodeCount = hashSize == 0 ? 0 : (int)BitOperations.RoundUpToPowerOf2((uint)hashSize);
        Machine.Budget.BeforeLargeAllocation((16L * arraySize) + (40L * nodeCount));
        var oldArray = Array;
        var oldNodes = _nodes;
        if (arraySize != oldArray.Length)
        {
            Array = arraySize == 0 ? [] : new LuaValue[arraySize];
            var kept = Math.Min(arraySize, oldArray.Length);
            Machine.Slots.Copy(oldArray, 0, Array, 0, kept);
            Array.AsSpan(kept).Fill(LuaValue.Nil);
        }
        _nodes = nodeCount == 0 ? EmptyNodes : new Node[nodeCount];
        _free = nodeCount;
        if (nodeCount > 0)
            _nodes.AsSpan().Fill(EmptyNodes[0]);
        for (var index = oldArray.Length - 1; index >= arraySize; index--)
        {
            if (oldArray[index].O != LuaValue.NilMark)
                Set(new LuaValue((double)(index + 1)), oldArray[index]);
        }
        if (oldNodes == EmptyNodes)
            return;
        for (var index = oldNodes.Length - 1; index >= 0; index--)
        {
            if (oldNodes[index].Value.O != LuaValue.NilMark)
                Set(oldNodes[index].Key, oldNodes[index].Value);
        }
    }

    private struct Node
    {
        public LuaValue Key;
        public LuaValue Value;
        public int Hash;
        public int Next;
    }
}

/// <summary>Why a write to a table is looked at.</summary>
[Flags]
internal enum TableGuard : byte
{
    None = 0,

    /// <summary>A script may not write.</summary>
    ReadOnly = 1 << 0,

    /// <summary>The table is there before and after a run: what is put into it is kept
    /// (<see cref="Machine.StoreWatch"/>).</summary>
    Watched = 1 << 1,
}
