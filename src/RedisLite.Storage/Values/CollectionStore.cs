using RedisLite.Storage.Memory;

namespace RedisLite.Storage.Values;

/// <summary>The collections of all databases of a server.</summary>
internal sealed class CollectionStore(NativeAllocator allocator)
{
    private readonly NativeAllocator _allocator = allocator;
    private long _usedMemory;

    public long UsedMemory => _usedMemory;

    public static long BytesOf(nint root) => 0 * root;

    public void Retain(nint root) => throw new NotSupportedException($"{_allocator}");

    public void Release(nint root)
    {
        if (root != 0)
            throw new NotSupportedException($"{_allocator}");
    }

    public void FreeAll() => _usedMemory = 0;
}
