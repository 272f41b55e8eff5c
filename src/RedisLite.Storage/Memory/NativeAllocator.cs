namespace RedisLite.Storage.Memory;

/// <summary>Where native blocks come from. Production uses <see cref="MallocAllocator"/>, tests a checking one.</summary>
/// <remarks>Any thread may call; a block may be freed by another thread than the one that asked for it.</remarks>
internal abstract unsafe class NativeAllocator
{
    /// <summary>A block of at least <paramref name="size"/> bytes with undefined content, aligned to 8 or more.</summary>
    /// <exception cref="OutOfMemoryException">The system has no more memory.</exception>
    public abstract void* Allocate(nuint size);

    /// <summary>As <see cref="Allocate"/>, with every byte zero.</summary>
    public abstract void* AllocateZeroed(nuint size);

    /// <summary>Gives back a block; <paramref name="size"/> is the size it was asked with.</summary>
    public abstract void Free(void* block, nuint size);
}
