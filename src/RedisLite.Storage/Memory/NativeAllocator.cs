using System.Runtime.InteropServices;

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

    /// <summary>Another size for a block, whose content up to the smaller of both stays; it may be another block.</summary>
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
}
