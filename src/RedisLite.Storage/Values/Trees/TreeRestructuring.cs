namespace RedisLite.Storage.Values.Trees;

/// <summary>Changes to the pages of a tree that leave its elements as they are: copies, splits, joins, more
/// room.</summary>
/// <remarks>
/// Each method allocates what it needs before it links anything, so a failed allocation leaves a whole tree with the
/// same elements. Writers call them until the change itself fits, looking for their place anew after each: an insertion
/// needs no more than room in one leaf, a removal nothing at all.
///
/// INVARIANT: pages above the one that is changed are owned (<see cref="Own"/>), so what is linked below them is
/// visible to this tree alone.
/// LOCK: the key's, exclusive.
/// </remarks>
internal static unsafe class TreeRestructuring
{
    /// <summary>Replaces the inner pages of a path that are shared by copies. One reference under a shared parent is
    /// shared.</summary>
    public static void Own(ValueMemory memory, TreeRoot* root, ref TreePath path)
    {
        for (var level = path.Height; level > 0; level--)
            OwnAt(memory, root, ref path, level);
    }

    /// <summary>Replaces a shared leaf by a copy; the pages above it are owned.</summary>
    public static void OwnLeaf(ValueMemory memory, TreeRoot* root, ref TreePath path) =>
        OwnAt(memory, root, ref path, 0);

    /// <summary>Puts another page into the place of one on the path.</summary>
    public static void Link(TreeRoot* root, ref TreePath path, int level, Page* page)
    {
        if (level == path.Height)
            root->Page = page;
        else
            InnerPage.Children(path.PageAt(level + 1))[path.SlotAt(level + 1)] = page;
        path.SetPage(level, page);
    }

    /// <summary>Lets go of a page whose content was copied to others: what it points to is shared with them from now
    /// on.</summary>
    public static void Retire(ValueMemory memory, Page* page)
    {
        if (Page.IsOwned(page))
        {
            memory.FreeBlock(page);
            return;
        }
        if (page->Level > 0)
        {
            for (var i = 0; i < page->Count; i++)
                ValueMemory.Retain(InnerPage.Children(page)[i]);
        }
        else
        {
            for (var i = 0; i < page->Count; i++)
            {
                if (Leaf.IsBlob(page, i))
                    ValueMemory.Retain(Leaf.Blob(page, i));
            }
        }
        memory.Release(page);
    }

    /// <summary>Makes sure that the page above the leaf can take one more child.</summary>
    /// <returns>False if something was changed for it: the path is no longer valid, and there may be more to
    /// do.</returns>
    public static bool HasRoomForLeaf(ValueMemory memory, TreeRoot* root, TreeLayout layout, ref TreePath path)
    {
        for (var level = 1; level <= path.Height; level++)
        {
            var page = path.PageAt(level);
            if (page->Count < InnerPage.Slots(page))
            {
                if (level == 1)
                    return true;
                SplitInner(memory, root, layout, ref path, level - 1);
                return false;
            }
            if (page->Count < InnerPage.MaxSlots)
            {
                GrowInner(memory, root, layout, ref path, level);
                return false;
            }
        }
        AddRoot(memory, root, layout);
        return false;
    }

    /// <summary>Makes two leaves of the path's. The page above has room for it.</summary>
    public static void SplitLeaf(ValueMemory memory, TreeRoot* root, TreeLayout layout, ref TreePath path)
    {
        var leaf = path.Leaf;
        int count = leaf->Count, half = Middle(leaf);
        var left = Part(memory, layout, leaf, 0, half);
        Page* right;
        try
        {
            right = Part(memory, layout, leaf, half, count);
        }
        catch (OutOfMemoryException)
        {
            memory.FreeBlock(left);
            throw;
        }
        var parent = path.PageAt(1);
        var slot = path.SlotAt(1);
        InnerPage.Children(parent)[slot] = left;
        InnerPage.Counts(parent)[slot] = half;
        InnerPage.Insert(parent, slot + 1, Leaf.Key(right, 0), right, count - half);
        root->Bytes += ValueMemory.SizeOf(left) + ValueMemory.SizeOf(right) - ValueMemory.SizeOf(leaf);
        Retire(memory, leaf);
    }

    /// <summary>Joins one page of the path that is less than a quarter full with a neighbour that leaves it below
    /// three quarters.</summary>
    /// <returns>Whether something was changed: the path is no longer valid, and there may be more to do.</returns>
    public static bool Join(ValueMemory memory, TreeRoot* root, TreeLayout layout, ref TreePath path)
    {
        if (Collapse(memory, root))
            return true;
        for (var level = path.Height - 1; level >= 0; level--)
        {
            var page = path.PageAt(level);
            var full = level == 0 ? layout.PageSize : InnerPage.MaxSlots;
            if (Fill(page) >= full / 4)
                continue;
            var parent = path.PageAt(level + 1);
            var slot = path.SlotAt(level + 1);
            var children = InnerPage.Children(parent);
            for (var left = Math.Max(0, slot - 1); left <= slot && left + 1 < parent->Count; left++)
            {
                if (Fill(children[left]) + Fill(children[left + 1]) >= full * 3 / 4)
                    continue;
                JoinAt(memory, root, layout, parent, left);
                return true;
            }
        }
        return false;
    }

    /// <summary>Lets a root with one child go, as often as there is one.</summary>
    public static bool Collapse(ValueMemory memory, TreeRoot* root)
    {
        var changed = false;
        while (root->Page != null && root->Page->Level > 0 && root->Page->Count == 1 && Page.IsOwned(root->Page))
        {
            var page = root->Page;
            root->Page = *InnerPage.Children(page);
            root->Bytes -= ValueMemory.SizeOf(page);
            memory.FreeBlock(page);
            changed = true;
        }
        return changed;
    }

    private static void OwnAt(ValueMemory memory, TreeRoot* root, ref TreePath path, int level)
    {
        var page = path.PageAt(level);
        if (Page.IsOwned(page))
            return;
        Link(root, ref path, level, memory.Clone(page));
        Retire(memory, page);
    }

    private static void AddRoot(ValueMemory memory, TreeRoot* root, TreeLayout layout)
    {
        var page = InnerPage.Make(memory, layout, root->Page->Level + 1, InnerPage.FewestSlots);
        InnerPage.Insert(page, 0, default, root->Page, root->Count);
        root->Page = page;
        root->Bytes += ValueMemory.SizeOf(page);
    }

    private static void GrowInner(ValueMemory memory, TreeRoot* root, TreeLayout layout, ref TreePath path, int level)
    {
        var page = path.PageAt(level);
        var grown = InnerPage.Make(memory, layout, level, InnerPage.Slots(page) * 2);
        InnerPage.Append(grown, page, 0, page->Count);
        Link(root, ref path, level, grown);
        root->Bytes += ValueMemory.SizeOf(grown) - ValueMemory.SizeOf(page);
        Retire(memory, page);
    }

    private static void SplitInner(ValueMemory memory, TreeRoot* root, TreeLayout layout, ref TreePath path, int level)
    {
        var page = path.PageAt(level);
        int count = page->Count;
        // At an edge all stays left: pages of a growing list or stream shall be full.
        var half = path.SlotAt(level) == count - 1 ? count - 1 : path.SlotAt(level) == 0 ? 1 : count / 2;
        var left = InnerPage.Make(memory, layout, level, InnerPage.SlotsFor(half));
        Page* right;
        try
        {
            right = InnerPage.Make(memory, layout, level, InnerPage.SlotsFor(count - half));
        }
        catch (OutOfMemoryException)
        {
            memory.FreeBlock(left);
            throw;
        }
        InnerPage.Append(left, page, 0, half);
        InnerPage.Append(right, page, half, count);
        var parent = path.PageAt(level + 1);
        var slot = path.SlotAt(level + 1);
        InnerPage.Children(parent)[slot] = left;
        InnerPage.Counts(parent)[slot] = InnerPage.Total(left);
        InnerPage.Insert(parent, slot + 1, InnerPage.Separator(right, 0), right, InnerPage.Total(right));
        root->Bytes += ValueMemory.SizeOf(left) + ValueMemory.SizeOf(right) - ValueMemory.SizeOf(page);
        Retire(memory, page);
    }

    private static void JoinAt(ValueMemory memory, TreeRoot* root, TreeLayout layout, Page* parent, int slot)
    {
        var left = InnerPage.Children(parent)[slot];
        var right = InnerPage.Children(parent)[slot + 1];
        Page* joined;
        if (left->Level == 0)
        {
            var used = Leaf.Used(left) + Leaf.Used(right) - Page.HeaderSize;
            var capacity = LeafBuilder.CapacityFor(used, layout.PageSize, isEdge: false);
            var builder = LeafBuilder.Start(memory, layout, left->Count + right->Count, capacity);
            builder.Append(left, 0, left->Count);
            builder.Append(right, 0, right->Count);
            joined = builder.Build();
        }
        else
        {
            joined = InnerPage.Make(memory, layout, left->Level, InnerPage.SlotsFor(left->Count + right->Count));
            InnerPage.Append(joined, left, 0, left->Count);
            InnerPage.Append(joined, right, 0, right->Count);
            // The first separator of a page says nothing; the parent knows the one between the two.
            InnerPage.Separator(parent, slot + 1).Write(InnerPage.Separators(joined), left->Count, layout.Width);
        }
        InnerPage.Children(parent)[slot] = joined;
        InnerPage.Counts(parent)[slot] += InnerPage.Counts(parent)[slot + 1];
        InnerPage.Remove(parent, slot + 1);
        root->Bytes += ValueMemory.SizeOf(joined) - ValueMemory.SizeOf(left) - ValueMemory.SizeOf(right);
        Retire(memory, left);
        Retire(memory, right);
    }

    private static int Fill(Page* page) => page->Level == 0 ? Leaf.Used(page) : page->Count;

    private static Page* Part(ValueMemory memory, TreeLayout layout, Page* leaf, int from, int to)
    {
        var used = Page.HeaderSize + ((layout.Width + Leaf.EndSize) * (to - from))
            + Leaf.Start(leaf, to) - Leaf.Start(leaf, from);
        var builder = LeafBuilder.Start(
            memory, layout, to - from, LeafBuilder.CapacityFor(used, layout.PageSize, isEdge: false));
        builder.Append(leaf, from, to);
        return builder.Build();
    }

    /// <summary>The slot at which a leaf is divided into two of about the same size, neither empty.</summary>
    private static int Middle(Page* leaf)
    {
        int count = leaf->Count, column = leaf->Width + Leaf.EndSize;
        var half = ((column * count) + leaf->Heap) / 2;
        int low = 1, high = count - 1;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if ((column * middle) + Leaf.Start(leaf, middle) < half)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
