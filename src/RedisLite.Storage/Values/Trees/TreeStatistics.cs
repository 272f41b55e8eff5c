namespace RedisLite.Storage.Values.Trees;

/// <summary>Sums over pages, for what is taken out as a whole.</summary>
internal static unsafe class TreeStatistics
{
    /// <summary>Bytes of a page and everything below it.</summary>
    public static long Bytes(Page* page, bool withBlobs)
    {
        var bytes = ValueMemory.SizeOf(page);
        if (page->Level > 0)
        {
            for (var i = 0; i < page->Count; i++)
                bytes += Bytes(InnerPage.Children(page)[i], withBlobs);
            return bytes;
        }
        return withBlobs ? bytes + BlobBytes(page) : bytes;
    }

    private static long BlobBytes(Page* leaf)
    {
        long bytes = 0;
        for (var i = 0; i < leaf->Count; i++)
        {
            if (Leaf.IsBlob(leaf, i))
                bytes += ValueMemory.SizeOf(Leaf.Blob(leaf, i));
        }
        return bytes;
    }
}
