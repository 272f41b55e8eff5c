namespace RedisLite.Storage.Memory;

/// <summary>An allocator's own figures at one moment, in bytes, over all servers of the process.</summary>
/// <remarks>
/// Exact when nothing changes; otherwise each figure is of its own moment. Asked, allocated, active and mapped grow in
/// that order. Resident is an upper bound: what was touched, as far as is known, and what describes the slabs.
/// </remarks>
public sealed record AllocatorStatistics
{
    /// <summary>Name and version of its layout.</summary>
    public required string Name { get; init; }

    /// <summary>What was asked for by those who have blocks.</summary>
    public required long Asked { get; init; }

    /// <summary>What the blocks in use take: their classes' sizes, or whole pages.</summary>
    public required long Allocated { get; init; }

    /// <summary>Slabs with a block in use, and large blocks.</summary>
    public required long Active { get; init; }

    /// <summary>What the system has given memory for, its own descriptions included.</summary>
    public required long Resident { get; init; }

    /// <summary>Address space: chunks and large blocks.</summary>
    public required long Mapped { get; init; }

    /// <summary>Of it, chunks for which huge pages were asked.</summary>
    public required long Huge { get; init; }

    /// <summary>Mapped chunks without a block.</summary>
    public required int EmptyChunks { get; init; }

    /// <summary>Blocks too large for a class, each mapped by itself.</summary>
    public required LargeBlockStatistics Large { get; init; }

    /// <summary>The classes that have a slab, the smallest first.</summary>
    public required IReadOnlyList<SizeClassStatistics> Classes { get; init; }
}

/// <summary>The blocks that are mapped one by one.</summary>
/// <param name="Blocks">Number in use.</param>
/// <param name="Asked">Bytes asked for.</param>
/// <param name="Allocated">Bytes of their pages.</param>
public readonly record struct LargeBlockStatistics(long Blocks, long Asked, long Allocated);

/// <summary>One size class.</summary>
/// <param name="Size">Bytes of a block.</param>
/// <param name="Blocks">Blocks in use.</param>
/// <param name="Asked">Bytes that those who have them asked for.</param>
/// <param name="Slabs">Number of slabs.</param>
/// <param name="SlabSize">Bytes of a slab.</param>
/// <param name="SlabCapacity">Blocks of a slab.</param>
/// <param name="Touched">Bytes of the slabs that were ever touched.</param>
public readonly record struct SizeClassStatistics(
    long Size, long Blocks, long Asked, long Slabs, long SlabSize, long SlabCapacity, long Touched)
{
    /// <summary>Blocks in use of those that the slabs have room for, from 0 to 1.</summary>
    public double Use => Slabs == 0 ? 1 : (double)Blocks / (Slabs * SlabCapacity);
}
