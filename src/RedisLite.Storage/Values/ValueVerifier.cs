using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>Checks the invariants of a value's blocks, for tests and DEBUG commands. Same locks as reading.</summary>
internal static unsafe class ValueVerifier
{
    /// <exception cref="InvalidOperationException">An invariant does not hold; the message says which.</exception>
    public static void Verify(nint value)
    {
        if (value == 0)
            return;
        if (IntSet.Is(value))
        {
            VerifyIntegers((Page*)value);
            return;
        }
        if (((Page*)value)->Form == BlockForm.Stream)
        {
            StreamVerifier.Verify((StreamHead*)value);
            return;
        }
        if (ValueSlots.IsHead(value))
        {
            var head = (ValueHead*)value;
            VerifyTree(&head->First, isOrdered: true);
            if (head->Second.Page != null)
                VerifyTree(&head->Second, isOrdered: true);
            if (head->First.Count == 0)
                throw new InvalidOperationException("A head without elements.");
            if (head->First.Page->Kind == EntryKind.Field)
                VerifyTimes(head);
            else if (head->Second.Page != null && head->First.Count != head->Second.Count)
                throw new InvalidOperationException("Index and order have different members.");
            return;
        }
        var root = ValueSlots.Root(value);
        VerifyTree(&root, isOrdered: root.Page->Width == 8);
    }

    internal static void VerifyTree(TreeRoot* root, bool isOrdered)
    {
        // The largest leaves there are; smaller limits concern the tests of the tree.
        var layout = root->Page == null
            ? TreeLayout.Positions
            : new TreeLayout(root->Page->Width, root->Page->Kind, TreeLayout.SmallFields.PageSize, 0);
        TreeVerifier.Verify(root, layout, isOrdered);
    }

    private static void VerifyTimes(ValueHead* head)
    {
        var expiring = 0L;
        for (var cursor = new TreeCursor(head->First.Page, head->First.Count, 0); cursor.IsValid; cursor.MoveNext())
        {
            var field = FieldEntry.Parse(cursor.Content);
            if (field.ExpireAtMs == FieldEntry.NoExpiry)
                continue;
            expiring++;
            if (!HashTrees.HasTime(head, field.Name, field.ExpireAtMs))
                throw new InvalidOperationException("A field that expires is missing among the times.");
        }
        if (expiring != head->Second.Count)
            throw new InvalidOperationException("There are times of fields that are not there.");
    }

    private static void VerifyIntegers(Page* set)
    {
        for (var i = 1; i < set->Count; i++)
        {
            if (IntSet.At(set, i - 1) >= IntSet.At(set, i))
                throw new InvalidOperationException("Integers do not rise.");
        }
        if (Page.HeaderSize + (set->Width * set->Count) > set->Capacity || set->Count == 0)
            throw new InvalidOperationException("Integers do not fit their block.");
    }
}
