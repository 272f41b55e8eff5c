using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

public sealed unsafe class SizeClassesTests
{
    [Fact]
    public void Every_size_is_served_by_the_smallest_class_that_holds_it()
    {
        for (var size = 0; size <= SizeClasses.Largest; size++)
        {
            var sizeClass = SizeClasses.ClassOf((nuint)size);
            if (SizeClasses.SizeOf(sizeClass) < size || (sizeClass > 0 && SizeClasses.SizeOf(sizeClass - 1) >= size))
                Assert.Fail($"{size} bytes have the class {sizeClass} of {SizeClasses.SizeOf(sizeClass)} bytes.");
            if (SizeClasses.RoundUp(size) != SizeClasses.SizeOf(sizeClass))
                Assert.Fail($"{size} bytes count as {SizeClasses.RoundUp(size)}.");
        }
    }

    [Fact]
    public void The_last_class_is_the_largest_size()
    {
        Assert.Equal(SizeClasses.Largest, SizeClasses.SizeOf(SizeClasses.Count - 1));
        Assert.True(SizeClasses.Count < Chunk.NoClass);
    }

    [Fact]
    public void A_class_wastes_at_most_an_eighth_of_a_block_beyond_a_kibibyte()
    {
        for (long size = 1025; size <= SizeClasses.Largest; size++)
        {
            if (SizeClasses.RoundUp(size) - size >= size / 8.0)
                Assert.Fail($"{size} bytes count as {SizeClasses.RoundUp(size)}.");
        }
    }

    [Fact]
    public void Beyond_the_largest_class_whole_pages_count()
    {
        var page = Environment.SystemPageSize;
        Assert.Equal(SizeClasses.Largest + page, SizeClasses.RoundUp(SizeClasses.Largest + 1));
        Assert.Equal(1L << 40, SizeClasses.RoundUp((1L << 40) - 1));
    }

    [Fact]
    public void A_slab_leaves_little_behind_its_last_block_and_fits_a_chunk()
    {
        for (var sizeClass = 0; sizeClass < SizeClasses.Count; sizeClass++)
        {
            var slab = SizeClasses.UnitsOf(sizeClass) * Chunk.UnitSize;
            Assert.InRange(SizeClasses.UnitsOf(sizeClass), 1, Chunk.UnitCount / 2);
            Assert.InRange(slab % SizeClasses.SizeOf(sizeClass), 0, slab / 64);
        }
    }

    [Fact]
    public void A_description_of_a_class_fills_at_most_two_cache_lines() =>
        Assert.InRange(sizeof(SlabClass), 1, SlabClass.Size);

    [Fact]
    public void Runs_of_free_units_are_found_wherever_they_are()
    {
        for (var length = 1; length <= 16; length++)
        {
            for (var unit = 0; unit + length <= Chunk.UnitCount; unit++)
            {
                Assert.Equal(1u << unit, Chunk.RunsOf(Chunk.Run(unit, length), length));
                Assert.Equal(0u, Chunk.RunsOf(Chunk.Run(unit, length), length + 1));
            }
        }
    }
}
