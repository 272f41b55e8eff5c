namespace RedisLite.Storage.Memory;

/// <summary>
/// Blocks beyond the largest class, each a mapping of its own: they come, grow, move and go without a copy.
/// </summary>
/// <remarks>
/// Above half a mebibyte only: the system allows some 65,000 mappings a process, and random deletions leave a hole
/// each. If it has no room to note one more hole, the memory of a block goes back all the same and its addresses stay.
/// Any thread.
/// </remarks>
internal sealed unsafe class LargeBlocks(PageSource pages)
{
    private long _blocks;
    private long _asked;
    private long _bytes;
    private long _stranded;

    public LargeBlockStatistics Statistics =>
        new(Volatile.Read(ref _blocks), Volatile.Read(ref _asked), Volatile.Read(ref _bytes));

    /// <summary>Bytes of addresses that could not be given back.</summary>
    public long Stranded => Volatile.Read(ref _stranded);

    /// <summary>A block of zeros that takes no memory until it is touched.</summary>
    public void* Allocate(nuint size)
    {
        var bytes = Round(size);
        var block = pages.Map((nuint)bytes);
        if (block == null)
            throw new InsufficientMemoryException();
        Interlocked.Increment(ref _blocks);
        Count((long)size, bytes);
        return block;
    }

    /// <summary>Another size, large as well; the pages move, not the bytes.</summary>
    public void* Reallocate(void* block, nuint oldSize, nuint size)
    {
        var (oldBytes, bytes) = (Round(oldSize), Round(size));
        var other = oldBytes == bytes ? block : pages.Remap(block, (nuint)oldBytes, (nuint)bytes);
        if (other == null)
            throw new InsufficientMemoryException();
        Count((long)size - (long)oldSize, bytes - oldBytes);
        return other;
    }

    public void Free(void* block, nuint size)
    {
        var bytes = Round(size);
        if (!pages.Unmap(block, (nuint)bytes))
        {
            pages.Discard(block, (nuint)bytes);
            Interlocked.Add(ref _stranded, bytes);
        }

        Interlocked.Decrement(ref _blocks);
        Count(-(long)size, -bytes);
    }

    private static long Round(nuint size)
    {
        // Near the end of the address space the sum of a page and the size would start again at zero.
        if (size > (nuint)1 << 47)
            throw new InsufficientMemoryException();
        return SizeClasses.RoundUp((long)size);
    }

    private void Count(long asked, long bytes)
    {
        Interlocked.Add(ref _asked, asked);
        Interlocked.Add(ref _bytes, bytes);
    }
}
