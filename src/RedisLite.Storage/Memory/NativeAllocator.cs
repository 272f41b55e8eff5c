using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// Where native blocks come from: <see cref="SlabAllocator"/> or <see cref="MallocAllocator"/>; in tests a checking one
/// over either.
/// </summary>
/// <remarks>
/// Any thread may call; a block may be freed by another thread than the one that asked for it.
///
/// Sizes are asked for every change of a key, so they are computed here, inlined, by a flag, and not by a virtual call.
/// </remarks>
internal abstract unsafe class NativeAllocator(bool roundsToClasses)
{
    /// <summary>Whether blocks take what <see cref="SizeClasses"/> says; otherwise what glibc's malloc does.</summary>
    public bool RoundsToClasses { get; } = roundsToClasses;

    /// <summary>The allocator's own figures; null if it has none.</summary>
    public virtual AllocatorStatistics? Statistics => null;

    /// <summary>What a request of <paramref name="size"/> bytes takes.</summary>
    /// <remarks>
    /// glibc puts 8 bytes before each block, rounds to 16 and takes no less than 32. That holds to within a page for
    /// the large blocks that it maps one by one.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long RoundUp(long size) =>
        RoundsToClasses ? SizeClasses.RoundUp(size) : Math.Max(32, (size + 8 + 15) & ~15L);

    /// <summary>The largest request that takes no more than a request of <paramref name="size"/> bytes does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long UsableSize(long size) => RoundsToClasses ? SizeClasses.RoundUp(size) : RoundUp(size) - 8;

    /// <summary>
    /// A block of at least <paramref name="size"/> bytes with undefined content, aligned to 8, or to 16 for a multiple
    /// of 16.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public abstract void* Allocate(nuint size);

    /// <summary>As <see cref="Allocate"/>, with every byte zero.</summary>
    public abstract void* AllocateZeroed(nuint size);

    /// <summary>
    /// Another size for a block, whose content up to the smaller of both stays; it may be another block.
    /// </summary>
    /// <param name="block">Null for none yet.</param>
    /// <param name="oldSize">The size it was asked with.</param>
    /// <param name="size">The size it shall have.</param>
    /// <exception cref="OutOfMemoryException">The block is as it was.</exception>
    public virtual void* Reallocate(void* block, nuint oldSize, nuint size)
    {
        var other = Allocate(size);
        if (block == null)
            return other;
        NativeMemory.Copy(block, other, Math.Min(oldSize, size));
        Free(block, oldSize);
        return other;
    }

    /// <summary>Gives back a block; <paramref name="size"/> is the size it was asked with.</summary>
    public abstract void Free(void* block, nuint size);

    /// <summary>Gives memory that no block needs back to the system. May take a while.</summary>
    /// <returns>Whether there was any.</returns>
    public virtual bool Trim() => false;

    /// <summary>
    /// Decides anew which blocks <see cref="ShouldMove"/> names. For one defragmentation at a time; walks all chunks.
    /// </summary>
    /// <returns>Bytes that moving them would free; 0 if nothing is worth it.</returns>
    public virtual long PlanMoves() => 0;

    /// <summary>
    /// Whether moving a live block (allocate, copy, free) helps to empty its slab and chunk. A hint; cheap.
    /// </summary>
    public virtual bool ShouldMove(void* block, nuint size) => false;
}
