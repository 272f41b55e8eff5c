namespace RedisLite.Storage.Values.Trees;

/// <summary>Checks a tree's invariants, for tests and DEBUG commands. Same locks as reading.</summary>
internal static unsafe class TreeVerifier
{
    /// <exception cref="InvalidOperationException">An invariant does not hold; the message says which.</exception>
    public static void Verify(TreeRoot* root, TreeLayout layout, bool isOrdered = true)
    {
        if (root->Page == null)
        {
            Require(root->Count == 0 && root->Bytes == 0, "an empty tree counts nothing");
            return;
        }
        Require(root->Page->Level <= TreePath.MaxHeight, "the tree is too high");
        Page* last = null;
        Require(Walk(root->Page, layout, isOrdered, ref last) == root->Count, "the root's count is the sum");
        Require(TreeStatistics.Bytes(root->Page, layout.CountsBlobs) == root->Bytes, "the root's bytes are the sum");
    }

    private static long Walk(Page* page, TreeLayout layout, bool isOrdered, ref Page* last)
    {
        Require(page->References > 0, "a page in use has references");
        Require(page->Count > 0, "no page is empty");
        Require(page->Width == layout.Width && page->Kind == layout.Kind, "all pages are of one layout");
        return page->Level == 0
            ? WalkLeaf(page, layout, isOrdered, ref last)
            : WalkInner(page, layout, isOrdered, ref last);
    }

    private static long WalkLeaf(Page* page, TreeLayout layout, bool isOrdered, ref Page* last)
    {
        Require(page->Form == BlockForm.Leaf, "level 0 is a leaf");
        Require(Leaf.Used(page) <= page->Capacity, "a leaf fits its block");
        Require(page->Capacity <= layout.PageSize, "a leaf is no larger than a page");
        Require((Leaf.Ends(page)[page->Count - 1] & Leaf.EndMask) == page->Heap, "the last end is the heap's");
        for (var i = 0; i < page->Count; i++)
        {
            Require((Leaf.Ends(page)[i] & Leaf.EndMask) >= Leaf.Start(page, i), "ends rise");
            if (isOrdered && layout.Width > 0 && i > 0)
                Require(Leaf.Compare(page, i - 1, Leaf.Key(page, i), Leaf.Member(page, i)) < 0, "entries rise");
            if (Leaf.IsBlob(page, i))
                Require(Leaf.Blob(page, i)->References > 0, "a blob in use has references");
        }
        if (last != null && layout.Width > 0)
            Require(Leaf.Compare(last, last->Count - 1, Leaf.Key(page, 0), Leaf.Member(page, 0)) < 0, "leaves rise");
        last = page;
        return page->Count;
    }

    private static long WalkInner(Page* page, TreeLayout layout, bool isOrdered, ref Page* last)
    {
        Require(page->Form == BlockForm.Inner, "above level 0 are inner pages");
        Require(page->Count <= InnerPage.Slots(page), "an inner page has a slot a child");
        long total = 0;
        for (var i = 0; i < page->Count; i++)
        {
            var child = InnerPage.Children(page)[i];
            Require(child->Level == page->Level - 1, "levels fall by one");
            var separator = InnerPage.Separator(page, i);
            if (i > 0 && layout.Width > 0)
            {
                Require(Leaf.Key(last, last->Count - 1).CompareTo(separator) <= 0, "last key <= separator");
                var first = child;
                while (first->Level > 0)
                    first = *InnerPage.Children(first);
                Require(separator.CompareTo(Leaf.Key(first, 0)) <= 0, "separator <= first key");
            }
            var count = Walk(child, layout, isOrdered, ref last);
            Require(count == InnerPage.Counts(page)[i], "a count is that of the elements below");
            total += count;
        }
        return total;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw new InvalidOperationException($"Tree: it does not hold that {what}.");
    }
}
