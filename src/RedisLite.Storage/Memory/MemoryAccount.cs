using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Memory;

/// <summary>The native memory of one stripe: every block goes through here and is counted.</summary>
/// <remarks>
/// A block counts as what the allocator takes for it, not as what was asked: <see cref="NativeAllocator.RoundUp"/>.
/// LOCK: the stripe's, exclusive, for everything but <see cref="Used"/> and sizes.
/// </remarks>
internal sealed unsafe class MemoryAccount(NativeAllocator allocator, MemoryTotal total)
{
    private long _used;
    private long _reported;

    /// <summary>Bytes taken by the live blocks. Any thread; one moment's value.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <inheritdoc cref="NativeAllocator.RoundUp"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long RoundUp(long size) => allocator.RoundUp(size);

    /// <inheritdoc cref="NativeAllocator.UsableSize"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long UsableSize(long size) => allocator.UsableSize(size);

    public void* Allocate(long size)
    {
        var block = allocator.Allocate((nuint)size);
        Count(RoundUp(size));
        return block;
    }

    public void* AllocateZeroed(long size)
    {
        var block = allocator.AllocateZeroed((nuint)size);
        Count(RoundUp(size));
        return block;
    }

    /// <inheritdoc cref="NativeAllocator.Reallocate"/>
    public void* Reallocate(void* block, long oldSize, long size)
    {
        var other = allocator.Reallocate(block, (nuint)oldSize, (nuint)size);
        Count(RoundUp(size) - (block == null ? 0 : RoundUp(oldSize)));
        return other;
    }

    public void Free(void* block, long size)
    {
        Disown(size);
        allocator.Free(block, (nuint)size);
    }

    /// <summary>Counts a block as freed, which whoever calls does.</summary>
    public void Disown(long size) => Count(-RoundUp(size));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(long bytes)
    {
        _used += bytes;
        if ((ulong)(_used - _reported + MemoryTotal.ReportStep) > 2 * MemoryTotal.ReportStep)
            Report();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Report()
    {
        total.Add(_used - _reported);
        _reported = _used;
    }
}
