using System.Numerics;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// The chunks of a <see cref="SlabAllocator"/>: gives runs of units to slabs and whole empty chunks back to the system.
/// </summary>
/// <remarks>
/// <code>
///                    lowest chunk with a run of units                     last slab freed
///     mapped, empty ----------------------------------> in use by slabs -----------------> mapped, empty
///      ^        |                                                                             |
///      |        +--- all but one: unmapped in the background                                  |
///      +------------------------------------------------------------------------------------- +
///      +--- the one: a spare; filled ahead in the background from 32 MB of chunks on
/// </code>
/// The background is the thread pool (<see cref="Tend"/>): neither who frees the last block of a chunk, perhaps an
/// event loop with stripes held, nor who needs the next chunk pays for the system call or for the fault of a huge page
/// (0.2 to 6.5 ms). An empty chunk is used again until it is unmapped, which is the hysteresis.
///
/// LOCK: the gate guards chunks, sets and figures, for tens of nanoseconds. The mapping lock, taken first, keeps
/// several threads that find no room from mapping a chunk each, and guards the table's leaves. The tending lock comes
/// before both.
/// </remarks>
internal sealed unsafe class ChunkHeap : IThreadPoolWorkItem
{
    /// <summary>
    /// Chunks from which on data come in huge pages if that is left to us, and a spare is filled ahead: 32 MB.
    /// </summary>
    public const int LargeHeap = 16;

    private const int RunSets = 5;

    private readonly PageSource _pages;
    private readonly bool _tendsItself;
    private readonly UnitTable _table;
    private readonly Lock _tending = new();
    private readonly Lock _mapping = new();
    private readonly SlotSet[] _withRun = new SlotSet[RunSets]; // at n: chunks with a run of 2^n free units
    private readonly ChunkDirectory* _directory;
    private SpinGate _gate;
    private SlotSet _empty;
    private SlotSet _unusedSlots;
    private int _slotCount;
    private int _chunks;
    private int _hugeChunks;
    private int _unitsInUse;
    private int _touchedFreeUnits;
    private long _descriptors;
    private int _isWoken;
    private bool _disposed;

    /// <param name="pages">The system's calls.</param>
    /// <param name="tendsItself">Whether <see cref="Tend"/> runs by itself when there is something to do.</param>
    /// <exception cref="OutOfMemoryException">There is no memory for the tables.</exception>
    public ChunkHeap(PageSource pages, bool tendsItself)
    {
        _pages = pages;
        _tendsItself = tendsItself;
        _table = new UnitTable(pages);
        _directory = (ChunkDirectory*)NativeMemory.AllocZeroed((nuint)sizeof(ChunkDirectory));
        _directory->Units = _table.Root;
    }

    public HugePages HugePages { get; set; }

    public UnitTable Table => _table;

    public ChunkDirectory* Chunks => _directory;

    /// <summary>Slots that ever had a chunk.</summary>
    public int SlotCount => Volatile.Read(ref _slotCount);

    /// <summary>Bytes of mapped chunks.</summary>
    public long MappedBytes => (long)Volatile.Read(ref _chunks) * Chunk.Size;

    /// <summary>Of these, bytes of chunks for which huge pages were asked.</summary>
    public long HugeBytes => (long)Volatile.Read(ref _hugeChunks) * Chunk.Size;

    /// <summary>Bytes of units that slabs have.</summary>
    public long ActiveBytes => (long)Volatile.Read(ref _unitsInUse) * Chunk.UnitSize;

    /// <summary>Bytes of free units that were touched and are still ours.</summary>
    public long TouchedFreeBytes => (long)Volatile.Read(ref _touchedFreeUnits) * Chunk.UnitSize;

    /// <summary>Bytes of what describes slabs.</summary>
    public long DescriptorBytes => Volatile.Read(ref _descriptors);

    /// <summary>Mapped chunks without a slab.</summary>
    public int EmptyChunks
    {
        get
        {
            _gate.Enter();
            var count = _empty.Count;
            _gate.Exit();
            return count;
        }
    }

    /// <summary>An empty slab in the lowest chunk that has room for it; of a new one if none has.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory; nothing has changed.</exception>
    public Slab* CreateSlab(SlabClass* slabClass)
    {
        var slab = Slab.Create(slabClass);
        if (!TryPlace(slab, slabClass) && !TryPlaceInNewChunk(slab, slabClass))
        {
            NativeMemory.Free(slab);
            throw new InsufficientMemoryException();
        }

        _table.Set(slab->Base, slabClass->SlabUnits, slab);
        if (WantsSpare())
            Wake();
        return slab;
    }

    /// <summary>Takes back a slab that has no block in use and that its class has forgotten.</summary>
    public void ReleaseSlab(Slab* slab, SlabClass* slabClass)
    {
        var chunk = slab->Chunk;
        _table.Set(slab->Base, slabClass->SlabUnits, null);
        _gate.Enter();
        chunk->Classes[slab->Unit] = Chunk.NoClass;
        Change(chunk, chunk->Free | Chunk.Run(slab->Unit, slabClass->SlabUnits), chunk->Touched);
        _unitsInUse -= slabClass->SlabUnits;
        _descriptors -= Slab.SizeOf(slabClass);
        if (chunk->Free == uint.MaxValue)
        {
            for (var i = 0; i < RunSets; i++)
                _withRun[i].Remove(chunk->Slot);
            _empty.Add(chunk->Slot);
        }
        else
        {
            File(chunk);
        }

        var hasSurplus = _empty.Count > 1;
        _gate.Exit();
        NativeMemory.Free(slab);
        if (hasSurplus)
            Wake();
    }

    void IThreadPoolWorkItem.Execute() => Tend();

    /// <summary>
    /// Unmaps all empty chunks but one, or fills one ahead if there is none and the heap is large. Not on an event
    /// loop.
    /// </summary>
    public void Tend()
    {
        Interlocked.Exchange(ref _isWoken, 0);
        lock (_tending)
        {
            if (_disposed)
                return;
            while (UnmapSurplus(keep: 1))
            {
                // One at a time: between two of them others can have an empty chunk.
            }

            if (!WantsSpare())
                return;
            var start = MapChunk(out var isHuge);
            if (start == null)
                return;
            _pages.Populate(start, Chunk.Size);
            lock (_mapping)
                Register(start, isHuge, isTouched: true);
        }
    }

    /// <summary>Unmaps every empty chunk, the spare too.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Trim()
    {
        var any = false;
        lock (_tending)
        {
            while (!_disposed && UnmapSurplus(keep: 0))
                any = true;
        }

        return any;
    }

    /// <summary>Unmaps everything, in use or not. Nothing may use the heap at that time or later.</summary>
    public void Dispose()
    {
        lock (_tending)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        for (var slot = 0; slot < _slotCount; slot++)
        {
            var chunk = _directory->At(slot);
            for (var unit = 0; chunk->Base != null && unit < Chunk.UnitCount; unit++)
            {
                if (chunk->Classes[unit] != Chunk.NoClass)
                    NativeMemory.Free(_directory->SlabAt(chunk, unit));
            }

            if (chunk->Base != null)
                _pages.Unmap(chunk->Base, Chunk.Size);
        }

        for (var i = 0; i < RunSets; i++)
            _withRun[i].Free();
        _empty.Free();
        _unusedSlots.Free();
        _table.Free();
        _directory->Free();
        NativeMemory.Free(_directory);
    }

    private bool TryPlaceInNewChunk(Slab* slab, SlabClass* slabClass)
    {
        lock (_mapping)
        {
            while (!TryPlace(slab, slabClass))
            {
                var start = MapChunk(out var isHuge);
                if (start == null || !Register(start, isHuge, isTouched: false))
                    return false;
            }

            return true;
        }
    }

    private bool TryPlace(Slab* slab, SlabClass* slabClass)
    {
        var units = slabClass->SlabUnits;
        _gate.Enter();
        var slot = FindRoom(units);
        if (slot < 0)
        {
            _gate.Exit();
            return false;
        }

        var chunk = _directory->At(slot);
        var unit = BitOperations.TrailingZeroCount(Chunk.RunsOf(chunk->Free, units));
        var run = Chunk.Run(unit, units);
        slab->Chunk = chunk;
        slab->Unit = (byte)unit;
        slab->Base = chunk->Base + (unit * Chunk.UnitSize);
        var touched = chunk->IsHuge ? uint.MaxValue : chunk->Touched | run;
        if (chunk->IsHuge || (chunk->Touched & run) != 0)
        {
            slab->HighWater = slabClass->SlabCapacity;
            slab->TouchedBytes = units * Chunk.UnitSize;
        }

        chunk->Classes[unit] = (byte)slabClass->Index;
        _empty.Remove(slot);
        Change(chunk, chunk->Free & ~run, touched);
        File(chunk);
        _unitsInUse += units;
        _descriptors += Slab.SizeOf(slabClass);
        _gate.Exit();
        return true;
    }

    /// <summary>The lowest chunk in use with such a run, else the lowest empty one, else -1.</summary>
    private int FindRoom(int units)
    {
        ref var candidates = ref _withRun[BitOperations.Log2((uint)units)];
        for (var slot = candidates.NextFrom(0); slot >= 0; slot = candidates.NextFrom(slot + 1))
        {
            if (Chunk.RunsOf(_directory->At(slot)->Free, units) != 0)
                return slot;
        }

        return _empty.NextFrom(0);
    }

    private void Change(Chunk* chunk, uint free, uint touched)
    {
        _touchedFreeUnits -= BitOperations.PopCount(chunk->Free & chunk->Touched);
        _touchedFreeUnits += BitOperations.PopCount(free & touched);
        chunk->Free = free;
        chunk->Touched = touched;
    }

    private void File(Chunk* chunk)
    {
        for (var i = 0; i < RunSets; i++)
        {
            if (Chunk.RunsOf(chunk->Free, 1 << i) != 0)
                _withRun[i].Add(chunk->Slot);
            else
                _withRun[i].Remove(chunk->Slot);
        }
    }

    private byte* MapChunk(out bool isHuge)
    {
        isHuge = HugePages == HugePages.On || (HugePages == HugePages.Auto && Volatile.Read(ref _chunks) >= LargeHeap);
        isHuge &= _pages.HasHugePages;
        return ChunkMapping.Map(_pages, isHuge);
    }

    /// <summary>
    /// Adds an empty chunk; unmaps it and says false if there is no memory to describe it. LOCK: mapping.
    /// </summary>
    private bool Register(byte* start, bool isHuge, bool isTouched)
    {
        var isAdded = _table.Reserve(start);
        if (isAdded)
        {
            _gate.Enter();
            isAdded = TryAdd(start, isHuge, isTouched);
            _gate.Exit();
        }

        if (!isAdded)
            _pages.Unmap(start, Chunk.Size);
        return isAdded;
    }

    private bool TryAdd(byte* start, bool isHuge, bool isTouched)
    {
        var slot = _unusedSlots.NextFrom(0);
        if (slot < 0)
        {
            slot = _slotCount;
            try
            {
                _directory->Reserve(slot);
                _empty.Reserve(slot);
                _unusedSlots.Reserve(slot);
                for (var i = 0; i < RunSets; i++)
                    _withRun[i].Reserve(slot);
            }
            catch (OutOfMemoryException)
            {
                return false;
            }

            Volatile.Write(ref _slotCount, slot + 1);
        }

        _unusedSlots.Remove(slot);
        var chunk = _directory->At(slot);
        chunk->Base = start;
        chunk->IsHuge = isHuge;
        chunk->Free = chunk->Touched = 0;
        Change(chunk, uint.MaxValue, isTouched ? uint.MaxValue : 0);
        _empty.Add(slot);
        _chunks++;
        _hugeChunks += isHuge ? 1 : 0;
        return true;
    }

    /// <summary>Unmaps the highest empty chunk if there are more than so many. LOCK: tending.</summary>
    private bool UnmapSurplus(int keep)
    {
        _gate.Enter();
        var slot = _empty.Count > keep ? _empty.Last() : -1;
        if (slot < 0)
        {
            _gate.Exit();
            return false;
        }

        var chunk = _directory->At(slot);
        var start = chunk->Base;
        _empty.Remove(slot);
        Change(chunk, 0, 0);
        _gate.Exit();

        var isGone = _pages.Unmap(start, Chunk.Size);
        if (!isGone)
            _pages.Discard(start, Chunk.Size);
        _gate.Enter();
        if (isGone)
        {
            chunk->Base = null;
            _unusedSlots.Add(slot);
            _chunks--;
            _hugeChunks -= chunk->IsHuge ? 1 : 0;
        }
        else
        {
            // The address range stays, without memory, for the next slabs.
            Change(chunk, uint.MaxValue, 0);
            _empty.Add(slot);
        }

        _gate.Exit();
        return isGone;
    }

    private bool WantsSpare() => Volatile.Read(ref _chunks) >= LargeHeap && EmptyChunks == 0;

    private void Wake()
    {
        if (_tendsItself && Interlocked.Exchange(ref _isWoken, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}
