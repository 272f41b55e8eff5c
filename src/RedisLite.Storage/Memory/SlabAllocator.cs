using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// Native blocks from slabs of one size each, in mapped chunks that go back to the system when they are empty.
/// </summary>
/// <remarks>
/// <code>
///     chunk of 2 MiB   [ unit of 64 KiB ][ unit ] .. 32 of them          Chunk, ChunkHeap
///     slab             one or some units, cut into blocks of a class      Slab, SlabClass
///     beside them      a bit for each block; table: address -> slab       UnitTable
///     above 512 KiB    a mapping for each block                           LargeBlocks
/// </code>
/// No block has a header: whoever frees one knows its size. There is a lock for each class and no cache for each
/// thread, so any thread may free what another allocated, at the same price, and nothing lies idle. docs/MEMORY.md has
/// layout and figures.
///
/// INVARIANT: an allocation that fails has changed nothing. Freeing never allocates and never fails but for misuse.
/// </remarks>
internal sealed unsafe class SlabAllocator : NativeAllocator, IDisposable
{
    /// <summary>A class with less of its room in use than this is worth evacuating.</summary>
    private const double SparseUse = 0.75;

    private readonly ChunkHeap _heap;
    private readonly LargeBlocks _large;
    private readonly UnitTable _table;
    private readonly SlabClass* _classes;
    private bool _disposed;

    /// <param name="pages">The system's calls.</param>
    /// <param name="hugePages">For chunks mapped from now on.</param>
    /// <param name="tendsItself">Whether chunks go back, and a spare is filled, in the background; otherwise by <see
    /// cref="Tend"/>.</param>
    /// <exception cref="OutOfMemoryException">There is no memory for the tables.</exception>
    public SlabAllocator(PageSource pages, HugePages hugePages = HugePages.Auto, bool tendsItself = true)
        : base(roundsToClasses: true)
    {
        _heap = new ChunkHeap(pages, tendsItself) { HugePages = hugePages };
        _table = _heap.Table;
        _large = new LargeBlocks(pages);
        _classes = (SlabClass*)NativeMemory.AlignedAlloc(SizeClasses.Count * SlabClass.Size, SlabClass.Size);
        for (var i = 0; i < SizeClasses.Count; i++)
            ClassAt(i)->Initialize(i, _heap.Chunks);
    }

    /// <summary>For chunks mapped from now on.</summary>
    public HugePages HugePages
    {
        get => _heap.HugePages;
        set => _heap.HugePages = value;
    }

    public override AllocatorStatistics Statistics => Measure();

    public override void* Allocate(nuint size)
    {
        if (size > SizeClasses.Largest)
            return _large.Allocate(size);
        var slabClass = ClassAt(SizeClasses.ClassOf(size));
        var block = slabClass->TryAllocate(size);
        return block != null ? block : AllocateFromNewSlab(slabClass, size);
    }

    public override void* AllocateZeroed(nuint size)
    {
        var block = Allocate(size);
        if (size <= SizeClasses.Largest)
            NativeMemory.Clear(block, size);
        return block;
    }

    public override void* Reallocate(void* block, nuint oldSize, nuint size)
    {
        if (block == null)
            return Allocate(size);
        if (oldSize > SizeClasses.Largest && size > SizeClasses.Largest)
            return _large.Reallocate(block, oldSize, size);
        if (oldSize > SizeClasses.Largest || size > SizeClasses.Largest)
            return base.Reallocate(block, oldSize, size);
        var slabClass = SizeClasses.ClassOf(oldSize);
        if (slabClass != SizeClasses.ClassOf(size))
            return base.Reallocate(block, oldSize, size);
        ClassAt(slabClass)->Resize(oldSize, size);
        return block;
    }

    public override void Free(void* block, nuint size)
    {
        if (size > SizeClasses.Largest)
        {
            _large.Free(block, size);
            return;
        }

        var slabClass = ClassAt(SizeClasses.ClassOf(size));
        var slab = _table.SlabOf(block);
        if (slab == null || slab->Class != slabClass->Index)
            throw SlabClass.Misuse(block);
        if (slabClass->Free(slab, block, size))
            _heap.ReleaseSlab(slab, slabClass);
    }

    public override bool Trim() => _heap.Trim();

    /// <summary>Does now what the background does: returns surplus chunks, fills the spare.</summary>
    public void Tend() => _heap.Tend();

    /// <remarks>
    /// The lowest slabs that suffice for a class's blocks stay. As much room as closed slabs may hide (1/64 each) is
    /// added, so the moved blocks find a place below the bound. No lock: counts may be a little off, and the next plan
    /// is better.
    /// </remarks>
    public override long PlanMoves()
    {
        Span<long> staying = stackalloc long[SizeClasses.Count];
        long gain = 0;
        for (var i = 0; i < SizeClasses.Count; i++)
        {
            var slabClass = ClassAt(i);
            var (blocks, slabs) = (slabClass->Blocks, slabClass->Slabs);
            var sure = slabClass->ReopenAt + 1;
            var needed = ((blocks + sure - 1) / sure) + 1;
            slabClass->EvacuateFrom = long.MaxValue;
            if (slabs <= needed || blocks >= slabs * slabClass->SlabCapacity * SparseUse)
                continue;
            staying[i] = needed;
            gain += (slabs - needed) * slabClass->SlabUnits * Chunk.UnitSize;
        }

        if (gain > 0)
            SetBounds(staying);
        return gain;
    }

    public override bool ShouldMove(void* block, nuint size)
    {
        if (size > SizeClasses.Largest)
            return false;
        var slabClass = ClassAt(SizeClasses.ClassOf(size));
        var bound = slabClass->EvacuateFrom;
        return bound != long.MaxValue && slabClass->LowestOpen < bound && _table.SlabOf(block)->Order >= bound;
    }

    /// <summary>Gives back everything but large blocks. Nothing may use a block at that time or later.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _heap.Dispose();
        for (var i = 0; i < SizeClasses.Count; i++)
            ClassAt(i)->FreeSets();
        NativeMemory.AlignedFree(_classes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private SlabClass* ClassAt(int index) => (SlabClass*)((byte*)_classes + (index * SlabClass.Size));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void* AllocateFromNewSlab(SlabClass* slabClass, nuint size)
    {
        var slab = _heap.CreateSlab(slabClass);
        try
        {
            return slabClass->AddAndAllocate(slab, size);
        }
        catch (OutOfMemoryException)
        {
            _heap.ReleaseSlab(slab, slabClass);
            throw;
        }
    }

    /// <summary>Finds the slab after the last that stays of each class, in order of slots and units.</summary>
    private void SetBounds(Span<long> staying)
    {
        for (var slot = 0; slot < _heap.SlotCount; slot++)
        {
            var chunk = _heap.Chunks->At(slot);
            for (var unit = 0; unit < Chunk.UnitCount; unit++)
            {
                var index = chunk->Classes[unit];
                if (index != Chunk.NoClass && staying[index] > 0 && --staying[index] == 0)
                    ClassAt(index)->EvacuateFrom = ((long)slot * Chunk.UnitCount) + unit + 1;
            }
        }
    }

    private AllocatorStatistics Measure()
    {
        var large = _large.Statistics;
        var (asked, allocated, touched) = (large.Asked, large.Allocated, 0L);
        var classes = new List<SizeClassStatistics>();
        for (var i = 0; i < SizeClasses.Count; i++)
        {
            var slabClass = ClassAt(i);
            if (slabClass->Slabs == 0)
                continue;
            var figures = new SizeClassStatistics(
                slabClass->BlockSize,
                slabClass->Blocks,
                slabClass->Asked,
                slabClass->Slabs,
                slabClass->SlabUnits * Chunk.UnitSize,
                slabClass->SlabCapacity,
                slabClass->Touched);
            classes.Add(figures);
            asked += figures.Asked;
            allocated += figures.Blocks * figures.Size;
            touched += figures.Touched;
        }

        return new AllocatorStatistics
        {
            Name = "slabs-1.0",
            Asked = asked,
            Allocated = allocated,
            Active = _heap.ActiveBytes + large.Allocated,
            Resident = touched + _heap.TouchedFreeBytes + _heap.DescriptorBytes + large.Allocated,
            Mapped = _heap.MappedBytes + large.Allocated + _large.Stranded,
            Huge = _heap.HugeBytes,
            EmptyChunks = _heap.EmptyChunks,
            Large = large,
            Classes = classes,
        };
    }
}
