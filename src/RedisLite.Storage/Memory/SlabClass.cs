using System.Numerics;
using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Memory;

/// <summary>All slabs of one size class, and its accounts.</summary>
/// <remarks>
/// Blocks come from the lowest slab that is open, so that high ones empty by themselves and their chunks go back:
/// <code>
///     open chunks  { 0, 3 }      slots of chunks in which an open slab begins, or began: see Chunk.Open
///     current      chunk 0, unit 7: the lowest open slab; null if there is none
/// </code>
/// A slab closes when its last block is taken and opens again when 1/64 of it (at least one block) is free, not before:
/// blocks that are freed and taken in turn, all over, would else open and close a slab each time.
///
/// LOCK: <see cref="_gate"/>, held for nothing but the class's own work. The accounts may be read by any thread at any
/// time. Native: one in two cache lines, which no other class shares.
/// </remarks>
internal unsafe struct SlabClass
{
    public const int Size = 128;

    // Not readonly: a mutable struct.
    private SpinGate _gate;
    private uint _reciprocal;
    private int _reopenAt;
    private Slab* _current;
    private SlotSet _openChunks;
    private long _lowestOpen;
    private long _blocks;
    private long _asked;
    private long _slabs;
    private long _touched;
    private long _evacuateFrom;
    private ChunkDirectory* _directory;

    public int Index { get; private set; }

    public int BlockSize { get; private set; }

    public int SlabUnits { get; private set; }

    public int SlabCapacity { get; private set; }

    /// <summary>Slabs from this <see cref="Slab.Order">order</see> on are to be evacuated.</summary>
    public long EvacuateFrom
    {
        readonly get => Volatile.Read(in _evacuateFrom);
        set => Volatile.Write(ref _evacuateFrom, value);
    }

    public readonly long Blocks => Volatile.Read(in _blocks);

    public readonly long Asked => Volatile.Read(in _asked);

    public readonly long Slabs => Volatile.Read(in _slabs);

    /// <summary>Bytes of its slabs that were ever touched.</summary>
    public readonly long Touched => Volatile.Read(in _touched);

    /// <summary>The order of the slab that blocks come from, or <see cref="long.MaxValue"/>.</summary>
    public readonly long LowestOpen => Volatile.Read(in _lowestOpen);

    /// <summary>Used blocks of a slab at which it opens again.</summary>
    public readonly int ReopenAt => _reopenAt;

    public void Initialize(int index, ChunkDirectory* directory)
    {
        this = default;
        Index = index;
        BlockSize = SizeClasses.SizeOf(index);
        SlabUnits = SizeClasses.UnitsOf(index);
        SlabCapacity = SlabUnits * Chunk.UnitSize / BlockSize;
        _reopenAt = SlabCapacity - Math.Max(1, SlabCapacity / 64);
        // Exact for multiples of the size within a slab, whose product with the rounding error stays below 2^32.
        _reciprocal = (uint)(((1UL << 32) + (uint)BlockSize - 1) / (uint)BlockSize);
        _lowestOpen = long.MaxValue;
        _evacuateFrom = long.MaxValue;
        _directory = directory;
    }

    /// <summary>A block, or null if no slab is open.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* TryAllocate(nuint asked)
    {
        _gate.Enter();
        var slab = _current;
        var block = slab == null ? null : Take(slab, asked);
        _gate.Exit();
        return block;
    }

    /// <summary>Adds an empty slab and takes a block of the lowest that is open then.</summary>
    /// <exception cref="OutOfMemoryException">The slab was not added.</exception>
    public void* AddAndAllocate(Slab* slab, nuint asked)
    {
        _gate.Enter();
        try
        {
            _openChunks.Reserve(slab->Chunk->Slot);
            _slabs++;
            _touched += slab->TouchedBytes;
            Open(slab);
            return Take(_current, asked);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Gives a block back.</summary>
    /// <returns>Whether its slab is empty, and the caller's, who returns it to the heap.</returns>
    /// <exception cref="InvalidOperationException">There is no such block in use.</exception>
    public bool Free(Slab* slab, void* block, nuint asked)
    {
        var offset = (ulong)((byte*)block - slab->Base);
        var index = (int)(offset * _reciprocal >> 32);
        if (index >= SlabCapacity || (ulong)index * (uint)BlockSize != offset)
            throw Misuse(block);
        var bit = 1UL << (index & 63);
        var word = &Slab.Bits(slab)[index >> 6];
        _gate.Enter();
        if ((*word & bit) != 0)
        {
            _gate.Exit();
            throw Misuse(block);
        }

        *word |= bit;
        slab->FirstFreeWord = Math.Min(slab->FirstFreeWord, index >> 6);
        _blocks--;
        _asked -= (long)asked;
        var isEmpty = --slab->Used == 0;
        if (isEmpty)
            Remove(slab);
        else if (!slab->IsOpen && slab->Used <= _reopenAt)
            Open(slab);
        _gate.Exit();
        return isEmpty;
    }

    /// <summary>Notes that a block of the class is now of another size that was asked.</summary>
    public void Resize(nuint oldAsked, nuint asked)
    {
        _gate.Enter();
        _asked += (long)asked - (long)oldAsked;
        _gate.Exit();
    }

    public void FreeSets() => _openChunks.Free();

    public static InvalidOperationException Misuse(void* block) =>
        new($"Freed a block that is not in use, or not of this size: {(nint)block:x}.");

    private void* Take(Slab* slab, nuint asked)
    {
        var bits = Slab.Bits(slab);
        var word = slab->FirstFreeWord;
        while (bits[word] == 0)
            word++;
        slab->FirstFreeWord = word;
        var index = (word << 6) + BitOperations.TrailingZeroCount(bits[word]);
        bits[word] &= bits[word] - 1;
        if (index >= slab->HighWater)
        {
            slab->HighWater = index + 1;
            slab->TouchedBytes += BlockSize;
            _touched += BlockSize;
        }

        _blocks++;
        _asked += (long)asked;
        if (++slab->Used == SlabCapacity)
            Close(slab);
        return slab->Base + ((long)index * BlockSize);
    }

    private void Open(Slab* slab)
    {
        slab->IsOpen = true;
        slab->Chunk->Open[slab->Unit] = (byte)Index;
        _openChunks.Add(slab->Chunk->Slot);
        if (slab->Order < _lowestOpen)
            SetCurrent(slab);
    }

    private void Close(Slab* slab)
    {
        slab->IsOpen = false;
        slab->Chunk->Open[slab->Unit] = Chunk.NoClass;
        if (slab == _current)
            SetCurrent(FindOpen());
    }

    private void Remove(Slab* slab)
    {
        _slabs--;
        _touched -= slab->TouchedBytes;
        if (slab->IsOpen)
            Close(slab);
    }

    private void SetCurrent(Slab* slab)
    {
        _current = slab;
        Volatile.Write(ref _lowestOpen, slab == null ? long.MaxValue : slab->Order);
    }

    private Slab* FindOpen()
    {
        for (var slot = _openChunks.NextFrom(0); slot >= 0; slot = _openChunks.NextFrom(slot))
        {
            var chunk = _directory->At(slot);
            var unit = Chunk.FirstOpen(chunk, Index);
            if (unit >= 0)
                return _directory->SlabAt(chunk, unit);
            _openChunks.Remove(slot);
        }

        return null;
    }
}
