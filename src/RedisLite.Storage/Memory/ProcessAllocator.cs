namespace RedisLite.Storage.Memory;

/// <summary>The allocators that all servers of the process share.</summary>
/// <remarks>
/// One for all: chunks that one server leaves serve another, and the runtime's own malloc is shared just so. Any
/// thread.
/// </remarks>
internal static class ProcessAllocator
{
    private static readonly Lazy<SlabAllocator?> LazySlabs = new(
        () => SystemPages.Instance is { } pages ? new SlabAllocator(pages) : null);

    /// <summary>The slabs, once they are in use; null before and where there are none.</summary>
    public static SlabAllocator? SlabsInUse => LazySlabs.IsValueCreated ? LazySlabs.Value : null;

    /// <summary>The allocator of a kind; malloc if the system has no slabs.</summary>
    /// <param name="kind">What is wished.</param>
    /// <param name="hugePages">For what the slabs map from now on, for every server.</param>
    public static NativeAllocator Of(AllocatorKind kind, HugePages hugePages)
    {
        if (kind != AllocatorKind.Slabs || LazySlabs.Value is not { } slabs)
            return MallocAllocator.Instance;
        slabs.HugePages = hugePages;
        return slabs;
    }
}
