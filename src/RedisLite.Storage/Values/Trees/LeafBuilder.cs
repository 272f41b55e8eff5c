namespace RedisLite.Storage.Values.Trees;

/// <summary>Fills a new leaf from ranges of others and single entries. Touches no reference count but the leaf's
/// own.</summary>
/// <remarks>Blobs are copied as pointers: the caller has them counted once the leaf is linked.</remarks>
internal unsafe ref struct LeafBuilder
{
    // Steps in which blocks grow; above a page's size an eighth, or a small hash would be copied at every step. A value
    // that is one leaf is no larger than it needs to be as long as it is small: there may be millions of them.
    private const int Step = 64;
    private const int StepsUpTo = 1024;
    private const int SmallStep = 8;
    private const int SmallStepsUpTo = 256;

    private readonly Page* _leaf;
    private int _filled;

    private LeafBuilder(Page* leaf) => _leaf = leaf;

    public static LeafBuilder Start(ValueMemory memory, TreeLayout layout, int entries, int capacity)
    {
        var leaf = memory.Allocate(BlockForm.Leaf, capacity);
        leaf->Count = (ushort)entries;
        leaf->Width = (byte)layout.Width;
        leaf->Kind = layout.Kind;
        return new LeafBuilder(leaf);
    }

    /// <summary>Size of a block for so many bytes: a little more, but not above a page.</summary>
    /// <param name="isEdge">Whether more is likely to come, as at the ends of lists.</param>
    public static int CapacityFor(int used, int pageSize, bool isEdge)
    {
        if (pageSize > StepsUpTo * 4 && used <= SmallStepsUpTo)
            return (used + SmallStep - 1) & -SmallStep;
        var wanted = isEdge ? used + (used / 2) : used > StepsUpTo ? used + (used / 8) : used;
        return Math.Max(used, Math.Min(pageSize, (wanted + Step - 1) & ~(Step - 1)));
    }

    public void Append(TreeKey key, scoped in Element entry)
    {
        key.Write(Leaf.Keys(_leaf), _filled, _leaf->Width);
        entry.CopyTo(Leaf.Heap(_leaf) + _leaf->Heap);
        _leaf->Heap += (ushort)entry.Length;
        Leaf.Ends(_leaf)[_filled++] = (ushort)(_leaf->Heap | entry.Flags);
    }

    public void Append(Page* source, int from, int to)
    {
        if (from == to)
            return;
        int width = _leaf->Width, start = Leaf.Start(source, from), end = Leaf.Start(source, to);
        var bytes = width * (to - from);
        Buffer.MemoryCopy(Leaf.Keys(source) + (width * from), Leaf.Keys(_leaf) + (width * _filled), bytes, bytes);
        Buffer.MemoryCopy(Leaf.Heap(source) + start, Leaf.Heap(_leaf) + _leaf->Heap, end - start, end - start);
        var shift = _leaf->Heap - start;
        Leaf.CopyEnds(Leaf.Ends(source) + from, Leaf.Ends(_leaf) + _filled, to - from, shift);
        _filled += to - from;
        _leaf->Heap += (ushort)(end - start);
    }

    public readonly Page* Build() => _leaf;
}
