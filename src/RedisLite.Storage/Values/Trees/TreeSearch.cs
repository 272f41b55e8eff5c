using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RedisLite.Storage.Values.Trees;

/// <summary>Ways down a tree. Reads only: in a tree under its key's lock (shared will do) or in a retained
/// one.</summary>
internal static unsafe class TreeSearch
{
    private const int CacheLine = 64;

    /// <summary>Where an element stands, or where it would have to be put.</summary>
    /// <returns>Whether it is there.</returns>
    public static bool Find(Page* root, TreeKey key, ReadOnlySpan<byte> member, ref TreePath path)
    {
        var page = root;
        int level = page->Level;
        path.Height = level;
        while (level > 0)
        {
            var slot = ChildFor(page, key, member);
            path.Set(level, page, slot);
            page = InnerPage.Children(page)[slot];
            Prefetch(page);
            level--;
        }
        var entry = Leaf.Find(page, key, member, out var found);
        path.Set(0, page, entry);
        return found;
    }

    /// <summary>The element at a rank; at the number of elements, the place behind the last one.</summary>
    public static void Seek(Page* root, long rank, ref TreePath path)
    {
        var page = root;
        int level = page->Level;
        path.Height = level;
        while (level > 0)
        {
            var counts = InnerPage.Counts(page);
            var last = page->Count - 1;
            var slot = 0;
            while (slot < last && rank >= counts[slot])
                rank -= counts[slot++];
            path.Set(level, page, slot);
            page = InnerPage.Children(page)[slot];
            Prefetch(page);
            level--;
        }
        path.Set(0, page, (int)rank);
    }

    /// <summary>The place behind the last element.</summary>
    public static void SeekEnd(Page* root, ref TreePath path)
    {
        var page = root;
        path.Height = page->Level;
        for (int level = page->Level; level > 0; level--)
        {
            path.Set(level, page, page->Count - 1);
            page = InnerPage.Children(page)[page->Count - 1];
        }
        path.Set(0, page, page->Count);
    }

    /// <summary>Number of elements before the one that the path leads to.</summary>
    public static long RankOf(ref TreePath path)
    {
        long rank = path.Slot;
        for (var level = 1; level <= path.Height; level++)
        {
            var counts = InnerPage.Counts(path.PageAt(level));
            for (var i = 0; i < path.SlotAt(level); i++)
                rank += counts[i];
        }
        return rank;
    }

    /// <summary>Goes on to the next element.</summary>
    /// <returns>False if there is none; the path then leads behind the last one.</returns>
    public static bool Next(ref TreePath path)
    {
        if (path.Slot + 1 < path.Leaf->Count)
        {
            path.SetSlot(0, path.Slot + 1);
            return true;
        }
        var level = 1;
        while (level <= path.Height && path.SlotAt(level) + 1 == path.PageAt(level)->Count)
            level++;
        if (level > path.Height)
        {
            path.SetSlot(0, path.Leaf->Count);
            return false;
        }
        path.SetSlot(level, path.SlotAt(level) + 1);
        for (; level > 0; level--)
            path.Set(level - 1, InnerPage.Children(path.PageAt(level))[path.SlotAt(level)], 0);
        return true;
    }

    /// <summary>Goes back to the element before; from behind the last one, to the last one.</summary>
    /// <returns>False if there is none; the path stays.</returns>
    public static bool Previous(ref TreePath path)
    {
        if (path.Slot > 0)
        {
            path.SetSlot(0, path.Slot - 1);
            return true;
        }
        var level = 1;
        while (level <= path.Height && path.SlotAt(level) == 0)
            level++;
        if (level > path.Height)
            return false;
        path.SetSlot(level, path.SlotAt(level) - 1);
        for (; level > 0; level--)
        {
            var child = InnerPage.Children(path.PageAt(level))[path.SlotAt(level)];
            path.Set(level - 1, child, child->Count - 1);
        }
        return true;
    }

    private static int ChildFor(Page* page, TreeKey key, ReadOnlySpan<byte> member)
    {
        var width = page->Width;
        var separators = InnerPage.Separators(page) + width;
        var others = page->Count - 1;
        // Child i+1 is right of separator i of this column, which leaves out the first.
        var first = key.LowerBound(separators, others, width);
        if (first == others || TreeKey.Read(separators, first, width) != key)
            return first;
        // Children first+1 .. last begin at or behind equal separators: the last one whose first element is not
        // greater.
        var last = key.UpperBound(separators, others, width);
        while (first < last)
        {
            var middle = (first + last + 1) >> 1;
            if (FirstIsGreater(InnerPage.Children(page)[middle], key, member))
                last = middle - 1;
            else
                first = middle;
        }
        return first;
    }

    private static bool FirstIsGreater(Page* page, TreeKey key, ReadOnlySpan<byte> member)
    {
        while (page->Level > 0)
            page = *InnerPage.Children(page);
        return Leaf.Compare(page, 0, key, member) > 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(Page* page)
    {
        if (!Sse.IsSupported)
            return;
        var line = (byte*)page;
        Sse.Prefetch0(line);
        Sse.Prefetch0(line + CacheLine);
        Sse.Prefetch0(line + (2 * CacheLine));
        Sse.Prefetch0(line + (3 * CacheLine));
        Sse.Prefetch0(line + (4 * CacheLine));
    }
}
