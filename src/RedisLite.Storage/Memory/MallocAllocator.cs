using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>The C library's malloc and free.</summary>
internal sealed unsafe class MallocAllocator : NativeAllocator
{
    private MallocAllocator()
        : base(roundsToClasses: false)
    {
    }

    public static MallocAllocator Instance { get; } = new();

    public override void* Allocate(nuint size) => NativeMemory.Alloc(size);

    public override void* AllocateZeroed(nuint size) => NativeMemory.AllocZeroed(size);

    public override void* Reallocate(void* block, nuint oldSize, nuint size) => NativeMemory.Realloc(block, size);

    public override void Free(void* block, nuint size) => NativeMemory.Free(block);
}
