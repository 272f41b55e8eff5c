using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>The hint that defragmentation stands on: which blocks to move, so that whole chunks become empty.</summary>
public sealed unsafe class SlabMovesTests
{
    [SkippableFact]
    public void After_random_deletions_moving_what_is_named_gives_the_chunks_back()
    {
        using var slabs = new SlabAllocator(new TestPages(), HugePages.Off, tendsItself: false);
        var model = new BlockModel(slabs);
        var random = new Random(5);
        for (var i = 0; i < 200_000; i++)
            model.Allocate(100);
        for (var i = 0; i < 100_000; i++)
            model.Free(random.Next(model.Count));
        slabs.Tend();
        var before = slabs.Statistics;
        Assert.True(before.Active > before.Allocated * 1.8);

        var gain = slabs.PlanMoves();
        Assert.InRange(gain, before.Active / 3, before.Active);
        var moved = model.Move();
        Assert.InRange(moved, 30_000, 60_000);
        Assert.Equal(0, model.Move());
        model.CheckAll();
        slabs.Tend();
        var after = slabs.Statistics;
        Assert.Equal(before.Allocated, after.Allocated);
        Assert.InRange(before.Active - after.Active, gain, gain + (4 * Chunk.UnitSize));
        Assert.InRange(after.Resident, after.Allocated, (long)(after.Allocated * 1.1) + (2 * Chunk.Size));
        model.FreeAll();
    }

    [SkippableFact]
    public void A_class_that_is_well_used_is_left_alone()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        var model = new BlockModel(slabs);
        var random = new Random(6);
        for (var i = 0; i < 50_000; i++)
            model.Allocate(100);
        for (var i = 0; i < 11_000; i++)
            model.Free(random.Next(model.Count));
        Assert.Equal(0, slabs.PlanMoves());
        Assert.Equal(0, model.Move());
        model.FreeAll();
    }

    [SkippableFact]
    public void Large_blocks_and_a_single_slab_are_left_alone()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        var model = new BlockModel(slabs);
        model.Allocate(100);
        model.Allocate(1_000_000);
        Assert.Equal(0, slabs.PlanMoves());
        Assert.Equal(0, model.Move());
        model.FreeAll();
    }

    [Fact]
    public void Malloc_moves_nothing()
    {
        var block = MallocAllocator.Instance.Allocate(100);
        Assert.Equal(0, MallocAllocator.Instance.PlanMoves());
        Assert.False(MallocAllocator.Instance.ShouldMove(block, 100));
        MallocAllocator.Instance.Free(block, 100);
    }
}
