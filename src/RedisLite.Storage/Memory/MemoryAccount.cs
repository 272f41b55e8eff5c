using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Memory;

/// <summary>The native memory of one stripe: every block goes through here and is counted.</summary>
/// <remarks>
/// A block counts as what malloc takes for it, not as what was asked: glibc puts 8 bytes before each block, rounds
/// to 16 and takes no less than 32. That holds to within a page for the large blocks that it maps one by one.
/// LOCK: the stripe's, exclusive, for everything but <see cref="Used"/>.
/// </remarks>
internal sealed unsafe class MemoryAccount(NativeAllocator allocator)
{
    private long _used;

    /// <summary>Bytes taken by the live blocks. Any thread; one moment's value.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>What malloc takes for a request of <paramref name="size"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ChunkSize(long size) => Math.Max(32, (size + 8 + 15) & ~15L);

    /// <summary>The largest request that takes no more than a request of <paramref name="size"/> bytes does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long UsableSize(long size) => ChunkSize(size) - 8;

    public void* Allocate(long size)
    {
        var block = allocator.Allocate((nuint)size);
        _used += ChunkSize(size);
        return block;
    }

    public void* AllocateZeroed(long size)
    {
        var block = allocator.AllocateZeroed((nuint)size);
        _used += ChunkSize(size);
        return block;
    }

    /// <inheritdoc cref="NativeAllocator.Reallocate"/>
    public void* Reallocate(void* block, long oldSize, long size)
    {
        var other = allocator.Reallocate(block, (nuint)oldSize, (nuint)size);
        _used += ChunkSize(size) - (block == null ? 0 : ChunkSize(oldSize));
        return other;
    }

    public void Free(void* block, long size)
    {
        Disown(size);
        allocator.Free(block, (nuint)size);
    }

    /// <summary>Counts a block as freed, which whoever calls does.</summary>
    public void Disown(long size) => _used -= ChunkSize(size);
}
