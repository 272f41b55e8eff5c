using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

public sealed unsafe class SlabAllocatorTests
{
    // Of the table from addresses to slabs, which stay: room for some gibibytes of addresses.
    private const long TableLeaves = 1024 * 1024;

    [SkippableFact]
    public void Every_size_is_aligned_keeps_its_content_and_comes_back()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages, tendsItself: false);
        var tables = pages.Mapped;
        var model = new BlockModel(slabs);
        for (var size = 0; size <= 70_000; size += size < 4000 ? 1 : 13)
            model.Allocate(size);
        model.CheckAll();
        Assert.Equal(model.Asked, slabs.Statistics.Asked);
        Assert.Equal(model.Allocated, slabs.Statistics.Allocated);
        model.FreeAll();
        slabs.Tend();
        Assert.InRange(pages.Mapped - tables, 0, TableLeaves + Chunk.Size);
        Assert.True(slabs.Trim());
        Assert.InRange(pages.Mapped - tables, 0, TableLeaves);
        Assert.False(slabs.Trim());
    }

    [SkippableFact]
    public void A_block_is_aligned_to_the_largest_power_of_two_in_its_class()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            var size = SizeClasses.SizeOf(sizeClass);
            for (var i = 0; i < 3; i++)
                Assert.Equal(0, (nint)slabs.Allocate((nuint)size) & ((size & -size) - 1) & (Chunk.UnitSize - 1));
        }
    }

    [SkippableFact]
    public void Reallocation_keeps_content_across_classes_and_mappings()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        var model = new BlockModel(slabs);
        int[] sizes = [0, 1, 8, 9, 255, 257, 1024, 1025, 30_000, 40_000, 524_288, 524_289, 600_000, 3_000_000];
        foreach (var from in sizes)
        {
            foreach (var to in sizes)
            {
                model.Allocate(from);
                model.Reallocate(model.Count - 1, to);
            }
        }

        model.CheckAll();
        Assert.Equal(model.Asked, slabs.Statistics.Asked);
        Assert.Equal(model.Allocated, slabs.Statistics.Allocated);
        model.FreeAll();
    }

    [SkippableFact]
    public void Another_size_of_the_same_class_is_the_same_block()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        var block = slabs.Allocate(81);
        Assert.True(block == slabs.Reallocate(block, 81, 88));
        Assert.Equal(88, slabs.Statistics.Asked);
        slabs.Free(block, 88);
        Assert.Equal(0, slabs.Statistics.Asked);
    }

    [SkippableFact]
    public void A_large_block_takes_no_memory_until_it_is_touched_and_grows_without_a_copy()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        const int Size = 512 * 1024 * 1024;
        var block = (byte*)slabs.AllocateZeroed(Size);
        block[Size - 1] = 7;
        block = (byte*)slabs.Reallocate(block, Size, Size + 4096);
        Assert.Equal(7, block[Size - 1]);
        Assert.Equal(new LargeBlockStatistics(1, Size + 4096, Size + 4096), slabs.Statistics.Large);
        slabs.Free(block, Size + 4096);
        Assert.Equal(default, slabs.Statistics.Large);
    }

    [SkippableFact]
    public void A_block_freed_twice_or_with_another_size_is_noticed()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        var other = slabs.Allocate(88);
        var block = (byte*)slabs.Allocate(88);
        Assert.Throws<InvalidOperationException>(() => slabs.Free(block, 89));
        Assert.Throws<InvalidOperationException>(() => slabs.Free(block + 8, 88));
        var local = 0;
        var address = (nint)(&local);
        Assert.Throws<InvalidOperationException>(() => slabs.Free((void*)address, 4));
        slabs.Free(block, 88);
        Assert.Throws<InvalidOperationException>(() => slabs.Free(block, 88));
        slabs.Free(other, 88);
        Assert.Throws<InvalidOperationException>(() => slabs.Free(other, 88));
    }

    [SkippableFact]
    public void The_lowest_free_block_is_taken_first()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        var blocks = new nint[3000];
        for (var i = 0; i < blocks.Length; i++)
            blocks[i] = (nint)slabs.Allocate(64);
        // Enough of the first slab that it opens again.
        for (var i = 100; i < 200; i++)
            slabs.Free((void*)blocks[i], 64);
        for (var i = 100; i < 200; i++)
            Assert.Equal(blocks[i], (nint)slabs.Allocate(64));
    }

    [SkippableFact]
    public void Chunks_come_in_huge_pages_as_the_setting_says()
    {
        Assert.Equal((0, 20), Advices(HugePages.Off, hasHugePages: true));
        Assert.Equal((20, 0), Advices(HugePages.On, hasHugePages: true));
        Assert.Equal((20 - ChunkHeap.LargeHeap, ChunkHeap.LargeHeap), Advices(HugePages.Auto, hasHugePages: true));
        Assert.Equal((0, 20), Advices(HugePages.On, hasHugePages: false));

        static (int Huge, int Other) Advices(HugePages setting, bool hasHugePages)
        {
            var pages = new TestPages(hasHugePages);
            using var slabs = new SlabAllocator(pages, setting, tendsItself: false);
            for (var i = 0; i < 20 * 4; i++)
                slabs.Allocate(SizeClasses.Largest);
            Assert.Equal(slabs.Statistics.Huge, pages.HugeAdvices * (long)Chunk.Size);
            return (pages.HugeAdvices, pages.OtherAdvices);
        }
    }

    [SkippableFact]
    public void A_large_heap_fills_one_spare_chunk_ahead()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages, tendsItself: false);
        var model = new BlockModel(slabs);
        for (var chunks = 1; chunks < ChunkHeap.LargeHeap; chunks++)
            AddChunk(model);
        slabs.Tend();
        Assert.Equal(0, slabs.Statistics.EmptyChunks);
        AddChunk(model);
        slabs.Tend();
        slabs.Tend();
        Assert.Equal(1, slabs.Statistics.EmptyChunks);
        Assert.Equal(Chunk.Size, pages.Populated);
        var maps = pages.Maps;
        AddChunk(model);
        Assert.Equal(maps, pages.Maps);
        model.FreeAll();

        static void AddChunk(BlockModel model)
        {
            for (var i = 0; i < Chunk.Size / SizeClasses.Largest; i++)
                model.Allocate(SizeClasses.Largest);
        }
    }

    [SkippableFact]
    public void In_the_background_chunks_go_back_by_themselves()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages);
        var model = new BlockModel(slabs);
        for (var i = 0; i < 100; i++)
            model.Allocate(SizeClasses.Largest);
        model.FreeAll();
        SpinWait.SpinUntil(() => slabs.Statistics.Mapped <= Chunk.Size, TimeSpan.FromSeconds(20));
        Assert.Equal(Chunk.Size, slabs.Statistics.Mapped);
    }
}
