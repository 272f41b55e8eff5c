using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>What happens when the system has no memory, or no room for its own notes.</summary>
public sealed unsafe class SlabFailureTests
{
    [SkippableFact]
    public void A_mapping_that_fails_at_any_point_changes_nothing()
    {
        foreach (var size in (int[])[1, 88, 4096, 30_000, 500_000, 600_000])
        {
            for (var allowed = 0; ; allowed++)
            {
                var pages = new TestPages();
                using var slabs = new SlabAllocator(pages, tendsItself: false);
                var before = (slabs.Statistics with { Classes = [] }, pages.Mapped);
                pages.FailAfter(allowed);
                void* block;
                try
                {
                    block = slabs.Allocate((nuint)size);
                }
                catch (OutOfMemoryException)
                {
                    var leaf = pages.Mapped - before.Mapped; // of the table of addresses; it stays
                    Assert.True(leaf is 0 or 128 * 1024);
                    Assert.Empty(slabs.Statistics.Classes);
                    Assert.Equal(before.Item1, slabs.Statistics with { Classes = before.Item1.Classes });
                    pages.FailAfter(int.MaxValue);
                    slabs.Free(slabs.Allocate((nuint)size), (nuint)size);
                    continue;
                }

                Assert.True(allowed > 0);
                slabs.Free(block, (nuint)size);
                break;
            }
        }
    }

    [SkippableFact]
    public void Without_memory_for_the_tables_there_is_no_allocator()
    {
        var pages = new TestPages();
        pages.FailAfter(0);
        Assert.ThrowsAny<OutOfMemoryException>(() => new SlabAllocator(pages));
        Assert.Equal(0, pages.Mapped);
    }

    [SkippableFact]
    public void A_reallocation_that_fails_leaves_the_block_as_it_was()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages, tendsItself: false);
        var model = new BlockModel(slabs);
        model.Allocate(100);
        model.Allocate(600_000);
        foreach (var (index, size) in (ReadOnlySpan<(int, int)>)[(0, 600_000), (1, 700_000), (1, 2_000_000)])
        {
            pages.FailAfter(0);
            Assert.ThrowsAny<OutOfMemoryException>(() => model.Reallocate(index, size));
            pages.FailAfter(int.MaxValue);
            model.CheckAll();
            Assert.Equal(model.Asked, slabs.Statistics.Asked);
            Assert.Equal(model.Allocated, slabs.Statistics.Allocated);
        }

        model.FreeAll();
    }

    [SkippableFact]
    public void What_is_free_serves_while_nothing_more_can_be_mapped()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages, tendsItself: false);
        var model = new BlockModel(slabs);
        model.Allocate(64);
        pages.FailAfter(0);
        for (var i = 0; i < 20_000; i++)
            model.Allocate(64);
        Assert.ThrowsAny<OutOfMemoryException>(() => model.Allocate(600_000));
        model.FreeAll();
        slabs.Tend();
        Assert.Equal(Chunk.Size, slabs.Statistics.Mapped);
    }

    [SkippableFact]
    public void A_size_near_the_end_of_the_address_space_is_refused()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        Assert.ThrowsAny<OutOfMemoryException>(() => slabs.Allocate(nuint.MaxValue));
        Assert.ThrowsAny<OutOfMemoryException>(() => slabs.Allocate(nuint.MaxValue / 2));
        Assert.ThrowsAny<OutOfMemoryException>(() => slabs.Allocate((nuint)1 << 46));
        Assert.Equal(0, slabs.Statistics.Allocated);
    }

    [SkippableFact]
    public void Memory_goes_back_even_if_addresses_cannot()
    {
        var pages = new TestPages();
        using var slabs = new SlabAllocator(pages, HugePages.Off, tendsItself: false);
        var model = new BlockModel(slabs);
        model.Allocate(1_000_000);
        for (var i = 0; i < 12; i++)
            model.Allocate(500_000);
        pages.UnmapFails = true;
        model.FreeAll();
        Assert.Equal(1_003_520, pages.Discarded);
        Assert.Equal(0, slabs.Statistics.Large.Allocated);
        slabs.Tend();
        Assert.Equal(1_003_520 + Chunk.Size, pages.Discarded);
        Assert.InRange(slabs.Statistics.Resident, 1, 2 * Chunk.Size);
        Assert.Equal(3, slabs.Statistics.EmptyChunks);
        pages.UnmapFails = false;
        slabs.Tend();
        Assert.Equal(1, slabs.Statistics.EmptyChunks);
    }
}
