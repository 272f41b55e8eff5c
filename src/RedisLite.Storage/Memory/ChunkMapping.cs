namespace RedisLite.Storage.Memory;

/// <summary>
/// Maps the memory of chunks, aligned to their size: a huge page is, and a chunk's place in the tables follows from it.
/// </summary>
internal static unsafe class ChunkMapping
{
    /// <summary>An untouched chunk, or null if the system has none.</summary>
    public static byte* Map(PageSource pages, bool isHuge)
    {
        var start = MapAligned(pages);
        if (start != null)
            pages.AdviseHuge(start, Chunk.Size, isHuge);
        return start;
    }

    private static byte* MapAligned(PageSource pages)
    {
        // As the system puts mappings one below the other, the first attempt mostly is aligned.
        var start = (byte*)pages.Map(Chunk.Size);
        if (start == null || ((nuint)start & (Chunk.Size - 1)) == 0)
            return start;
        pages.Unmap(start, Chunk.Size);
        start = (byte*)pages.Map(2 * Chunk.Size);
        if (start == null)
            return null;
        var aligned = (byte*)(((nuint)start + Chunk.Size - 1) & ~(nuint)(Chunk.Size - 1));
        var before = (nuint)(aligned - start);
        if (before > 0)
            pages.Unmap(start, before);
        pages.Unmap(aligned + Chunk.Size, Chunk.Size - before);
        return aligned;
    }
}
