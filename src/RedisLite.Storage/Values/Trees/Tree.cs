using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>A counted B+ tree of packed pages with reference counts: all collections are made of it.</summary>
/// <remarks>
///
///     root ---> [ inner: separators, counts, children ]
///                   |                 |
///               [ inner ]         [ inner ]   two references: a snapshot holds it as well
///                |     |           |     |
///             [leaf] [leaf]     [leaf] [leaf]    entries in order of (key, member's bytes)
///
/// A snapshot is one more reference to the root. A writer copies each page of its way that has more than one, from the
/// top, so that the children of a copied page have two and are copied in turn.
///
/// INVARIANT: an operation first changes pages without changing elements (<see cref="TreeRestructuring"/>), then does
/// its change in one step that allocates at most one block, and that before anything is linked. A failed allocation
/// anywhere leaves all elements as they were. LOCK: writing asks for the key's exclusive lock, reading for the shared
/// one or a reference to the root. The root structure belongs to the value's head (or to the caller's stack, for a
/// value that is one lone leaf).
/// </remarks>
internal readonly unsafe ref struct Tree(ValueMemory memory, TreeRoot* root, TreeLayout layout)
{
    public long Count => root->Count;

    public Page* Root => root->Page;

    /// <summary>Finds an element, or the place where it belongs. Not for an empty tree.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Find(TreeKey key, ReadOnlySpan<byte> member, out TreePath path)
    {
        Unsafe.SkipInit(out path);
        return TreeSearch.Find(root->Page, key, member, ref path);
    }

    /// <summary>The element at a rank, or the place behind the last one. Not for an empty tree.</summary>
    public void Seek(long rank, out TreePath path)
    {
        Unsafe.SkipInit(out path);
        TreeSearch.Seek(root->Page, rank, ref path);
    }

    /// <summary>The place behind the last element. Not for an empty tree.</summary>
    public void SeekEnd(out TreePath path)
    {
        Unsafe.SkipInit(out path);
        TreeSearch.SeekEnd(root->Page, ref path);
    }

    /// <summary>Number of elements before a key and member, whether or not they are there.</summary>
    public long RankOf(TreeKey key, ReadOnlySpan<byte> member)
    {
        if (root->Page == null)
            return 0;
        Find(key, member, out var path);
        return TreeSearch.RankOf(ref path);
    }

    /// <summary>Inserts in order, unless it is there.</summary>
    /// <returns>Whether it was inserted.</returns>
    public bool TryAdd(TreeKey key, scoped in Element entry, Page* blob = null)
    {
        TreePath path = default;
        if (root->Page != null && Find(key, layout.Kind == EntryKind.Keyed ? default : entry.Member, out path))
            return false;
        Insert(ref path, key, entry, blob);
        return true;
    }

    /// <summary>Inserts an element where the path leads: between its neighbours in order, or anywhere where nothing
    /// is ordered.</summary>
    /// <param name="path">From this tree as it is; ignored if it is empty.</param>
    /// <param name="key">The fixed part of its order.</param>
    /// <param name="entry">Its bytes.</param>
    /// <param name="blob">The member as a blob, if another tree holds it as one; takes a reference of its own.</param>
    public void Insert(ref TreePath path, TreeKey key, scoped in Element entry, Page* blob = null)
    {
        if (layout.KeepsInline(entry))
        {
            Place(ref path, key, entry, entry.Member);
            return;
        }
        blob = TakeBlob(entry, blob);
        try
        {
            Place(ref path, key, AsBlob(entry, &blob), entry.Member);
        }
        catch (OutOfMemoryException)
        {
            memory.Release(blob);
            throw;
        }
        if (layout.CountsBlobs)
            root->Bytes += ValueMemory.SizeOf(blob);
    }

    /// <summary>Gives the element at a path other bytes, with the same member.</summary>
    public void Replace(ref TreePath path, scoped in Element entry)
    {
        Page* former;
        if (layout.KeepsInline(entry))
        {
            former = Exchange(ref path, entry);
        }
        else
        {
            var blob = TakeBlob(entry, null);
            try
            {
                former = Exchange(ref path, AsBlob(entry, &blob));
            }
            catch (OutOfMemoryException)
            {
                memory.Release(blob);
                throw;
            }
            if (layout.CountsBlobs)
                root->Bytes += ValueMemory.SizeOf(blob);
        }
        DropBlob(former);
    }

    /// <summary>Removes the element at a path.</summary>
    public void Remove(ref TreePath path)
    {
        PrepareRemoval(ref path);
        RemoveOwned(ref path);
    }

    /// <summary>Does all that can fail before an element is removed.</summary>
    /// <remarks>
    /// Until the tree is shared again, <see cref="RemoveOwned"/> of that element cannot fail, even after insertions:
    /// pages that they divide are owned.
    /// </remarks>
    public void PrepareRemoval(ref TreePath path)
    {
        var rank = -1L;
        while (true)
        {
            TreeRestructuring.Own(memory, root, ref path);
            if (MayJoin(ref path))
            {
                if (rank < 0)
                    rank = TreeSearch.RankOf(ref path);
                if (TreeRestructuring.Join(memory, root, layout, ref path))
                {
                    Seek(rank, out path);
                    continue;
                }
            }
            TreeRestructuring.OwnLeaf(memory, root, ref path);
            return;
        }
    }

    /// <summary>Copies the pages of a path that are shared, so that the element can be written to where it
    /// stands.</summary>
    public void Own(ref TreePath path)
    {
        TreeRestructuring.Own(memory, root, ref path);
        TreeRestructuring.OwnLeaf(memory, root, ref path);
    }

    /// <summary>Removes the element at a path of pages that are all owned. Allocates nothing.</summary>
    public void RemoveOwned(ref TreePath path) => RemoveInLeaf(ref path, 1);

    /// <summary>Removes a range of ranks: whole pages where it covers them.</summary>
    public void RemoveRange(long rank, long count)
    {
        PrepareRange(rank, count);
        RemoveOwnedRange(rank, count);
    }

    /// <summary>Does all that can fail before a range is removed.</summary>
    public void PrepareRange(long rank, long count)
    {
        if (count <= 0)
            return;
        Seek(rank, out var path);
        PrepareRemoval(ref path);
        Seek(rank + count - 1, out path);
        Own(ref path);
    }

    /// <summary>Removes a range after <see cref="PrepareRange"/>. Allocates nothing.</summary>
    /// <remarks>Pages with an end of the range inside are owned, and only those are written to.</remarks>
    public void RemoveOwnedRange(long rank, long count)
    {
        while (count > 0)
        {
            Seek(rank, out var path);
            // The largest subtree that begins here and lies in the range.
            var level = 0;
            while (level < path.Height && path.SlotAt(level) == 0 && Below(ref path, level + 1) <= count)
                level++;
            if (level > 0)
            {
                var whole = Below(ref path, level);
                Unlink(ref path, level - 1, whole);
                count -= whole;
                continue;
            }
            var some = (int)Math.Min(count, path.Leaf->Count - path.Slot);
            RemoveInLeaf(ref path, some);
            count -= some;
        }
        TreeRestructuring.Collapse(memory, root);
    }

    /// <summary>The blob that a member too long for its leaf is kept in, for another tree to share; else
    /// null.</summary>
    public static Page* BlobAt(ref TreePath path) => Leaf.BlobOrNull(path.Leaf, path.Slot);

    private bool MayJoin(ref TreePath path)
    {
        if (path.Height == 0)
            return false;
        if (Leaf.Used(path.Leaf) < layout.PageSize / 4 || path.PageAt(path.Height)->Count == 1)
            return true;
        for (var level = 1; level < path.Height; level++)
        {
            if (path.PageAt(level)->Count < InnerPage.MaxSlots / 4)
                return true;
        }
        return false;
    }

    private void Place(ref TreePath path, TreeKey key, scoped in Element entry, ReadOnlySpan<byte> member)
    {
        if (root->Page == null)
        {
            root->Page = Single(key, entry, isEdge: false);
            root->Count = 1;
            root->Bytes += ValueMemory.SizeOf(root->Page);
            return;
        }
        var rank = -1L;
        while (true)
        {
            TreeRestructuring.Own(memory, root, ref path);
            var need = Leaf.Used(path.Leaf) + layout.Width + Leaf.EndSize + entry.Length;
            if (need <= layout.PageSize)
            {
                InsertInLeaf(ref path, key, entry, need);
                return;
            }
            if (rank < 0 && layout.Width == 0)
                rank = TreeSearch.RankOf(ref path);
            if (TreeRestructuring.HasRoomForLeaf(memory, root, layout, ref path))
            {
                if (path.IsLastPlace || path.IsFirstPlace)
                {
                    InsertBeside(ref path, key, entry);
                    return;
                }
                TreeRestructuring.SplitLeaf(memory, root, layout, ref path);
            }
            if (layout.Width == 0)
                Seek(rank, out path);
            else
                Find(key, layout.Kind == EntryKind.Keyed ? default : member, out path);
        }
    }

    private void InsertInLeaf(ref TreePath path, TreeKey key, scoped in Element entry, int need)
    {
        var leaf = path.Leaf;
        if (need <= leaf->Capacity && Page.IsOwned(leaf))
        {
            Leaf.Insert(leaf, path.Slot, key, entry);
        }
        else
        {
            var isEdge = path.Height > 0 && (path.IsLastPlace || path.IsFirstPlace);
            var capacity = LeafBuilder.CapacityFor(need, layout.PageSize, isEdge);
            var builder = LeafBuilder.Start(memory, layout, leaf->Count + 1, capacity);
            builder.Append(leaf, 0, path.Slot);
            builder.Append(key, entry);
            builder.Append(leaf, path.Slot, leaf->Count);
            Supersede(ref path, builder.Build());
        }
        AddCounts(ref path, 1, 1);
    }

    /// <summary>A leaf of its own for an element before or behind all others.</summary>
    private void InsertBeside(ref TreePath path, TreeKey key, scoped in Element entry)
    {
        var fresh = Single(key, entry, isEdge: true);
        var parent = path.PageAt(1);
        var isLast = path.Slot > 0;
        if (!isLast)
            Leaf.Key(path.Leaf, 0).Write(InnerPage.Separators(parent), 0, layout.Width);
        InnerPage.Insert(parent, isLast ? parent->Count : 0, key, fresh, 1);
        root->Bytes += ValueMemory.SizeOf(fresh);
        AddCounts(ref path, 2, 1);
    }

    private Page* Single(TreeKey key, scoped in Element entry, bool isEdge)
    {
        var used = Page.HeaderSize + layout.Width + Leaf.EndSize + entry.Length;
        var capacity = isEdge ? Math.Max(used, layout.PageSize / 4) : LeafBuilder.CapacityFor(
            used, layout.PageSize, isEdge);
        var builder = LeafBuilder.Start(memory, layout, 1, capacity);
        builder.Append(key, entry);
        return builder.Build();
    }

    /// <returns>The blob that the element was, whose reference is the caller's; or null.</returns>
    private Page* Exchange(ref TreePath path, scoped in Element entry)
    {
        var rank = -1L;
        while (true)
        {
            TreeRestructuring.Own(memory, root, ref path);
            var leaf = path.Leaf;
            var former = Leaf.BlobOrNull(leaf, path.Slot);
            var need = Leaf.Used(leaf) + entry.Length - Leaf.Raw(leaf, path.Slot).Length;
            if (need <= leaf->Capacity && Page.IsOwned(leaf))
            {
                Leaf.Replace(leaf, path.Slot, entry);
                return former;
            }
            if (need <= layout.PageSize)
            {
                var capacity = LeafBuilder.CapacityFor(need, layout.PageSize, isEdge: false);
                var builder = LeafBuilder.Start(memory, layout, leaf->Count, capacity);
                builder.Append(leaf, 0, path.Slot);
                builder.Append(Leaf.Key(leaf, path.Slot), entry);
                builder.Append(leaf, path.Slot + 1, leaf->Count);
                Supersede(ref path, builder.Build());
                return former;
            }
            if (rank < 0)
                rank = TreeSearch.RankOf(ref path);
            if (TreeRestructuring.HasRoomForLeaf(memory, root, layout, ref path))
                TreeRestructuring.SplitLeaf(memory, root, layout, ref path);
            Seek(rank, out path);
        }
    }

    private void Supersede(ref TreePath path, Page* fresh)
    {
        var leaf = path.Leaf;
        TreeRestructuring.Link(root, ref path, 0, fresh);
        root->Bytes += ValueMemory.SizeOf(fresh) - ValueMemory.SizeOf(leaf);
        TreeRestructuring.Retire(memory, leaf);
    }

    private void RemoveInLeaf(ref TreePath path, int count)
    {
        var leaf = path.Leaf;
        if (leaf->Count == count)
        {
            Unlink(ref path, 0, count);
            return;
        }
        for (var i = path.Slot; i < path.Slot + count; i++)
        {
            if (Leaf.IsBlob(leaf, i))
                DropBlob(Leaf.Blob(leaf, i));
        }
        Leaf.Remove(leaf, path.Slot, count);
        AddCounts(ref path, 1, -count);
    }

    /// <summary>Takes a page of the path out with everything below it, and the pages above that it leaves
    /// empty.</summary>
    private void Unlink(ref TreePath path, int level, long elements)
    {
        while (level < path.Height && path.PageAt(level + 1)->Count == 1)
            level++;
        var page = path.PageAt(level);
        if (level == path.Height)
            root->Page = null;
        else
            InnerPage.Remove(path.PageAt(level + 1), path.SlotAt(level + 1));
        AddCounts(ref path, level + 2, -elements);
        root->Bytes -= TreeStatistics.Bytes(page, layout.CountsBlobs);
        memory.Release(page);
    }

    private void AddCounts(ref TreePath path, int fromLevel, long added)
    {
        for (var level = fromLevel; level <= path.Height; level++)
            InnerPage.Counts(path.PageAt(level))[path.SlotAt(level)] += added;
        root->Count += added;
    }

    private long Below(ref TreePath path, int level) => InnerPage.Counts(path.PageAt(level))[path.SlotAt(level)];

    private Page* TakeBlob(scoped in Element entry, Page* shared)
    {
        if (shared == null)
            return layout.Kind == EntryKind.Scored ? Blob.Make(memory, Element.Of(entry.Member)) : Blob.Make(
                memory, entry);
        ValueMemory.Retain(shared);
        return shared;
    }

    private Element AsBlob(scoped in Element entry, Page** blob)
    {
        var pointer = MemoryMarshal.AsBytes(new ReadOnlySpan<nint>(blob, 1));
        var score = layout.Kind == EntryKind.Scored
            ? MemoryMarshal.CreateReadOnlySpan(in MemoryMarshal.GetReference(entry.Prefix), entry.Prefix.Length)
            : default;
        return new Element(score, pointer, default, (ushort)(Leaf.BlobFlag | entry.Flags));
    }

    private void DropBlob(Page* blob)
    {
        if (blob == null)
            return;
        if (layout.CountsBlobs)
            root->Bytes -= ValueMemory.SizeOf(blob);
        memory.Release(blob);
    }
}
