using System.Runtime.InteropServices;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>The two trees of a large sorted set, which change together or not at all.</summary>
/// <remarks>
/// Scores are as <see cref="Score.ToStored"/> has them: the index keeps them so, the order has zero for minus zero, and
/// a mark.
///
/// LOCK: the key's, exclusive. See <see cref="SortedSetValue"/>.</remarks>
internal static unsafe class SortedSetTrees
{
    /// <summary>Makes two trees of a lone leaf.</summary>
    public static void Convert(ValueMemory memory, ref nint slot, bool isCompact)
    {
        var aside = (nint)ValueSlots.NewHead(memory);
        ((ValueHead*)aside)->IsCompact = isCompact;
        try
        {
            var leaf = (Page*)slot;
            for (var i = 0; leaf != null && i < leaf->Count; i++)
                Add(memory, ref aside, Leaf.Content(leaf, i), Leaf.Key(leaf, i).High);
        }
        catch (OutOfMemoryException)
        {
            ValueSlots.Release(memory, aside);
            throw;
        }
        ValueSlots.Exchange(memory, ref slot, aside);
    }

    /// <summary>Adds a member that is not there.</summary>
    public static void Add(ValueMemory memory, ref nint slot, ReadOnlySpan<byte> member, ulong score)
    {
        TreePath place = default;
        var root = ((ValueHead*)slot)->First.Page;
        if (root != null)
            TreeSearch.Find(root, new TreeKey(memory.Hasher.Hash(member)), member, ref place);
        Add(memory, ref slot, member, score, ref place);
    }

    /// <summary>Adds a member that is not there.</summary>
    /// <param name="memory">Of the value.</param>
    /// <param name="slot">The value.</param>
    /// <param name="member">Its bytes.</param>
    /// <param name="score">Its score.</param>
    /// <param name="place">Where it belongs in the index.</param>
    public static void Add(
        ValueMemory memory, ref nint slot, ReadOnlySpan<byte> member, ulong score, ref TreePath place)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        var index = Index(memory, head);
        var hash = new TreeKey(memory.Hasher.Hash(member));
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in score));
        var isIndexed = false;
        try
        {
            if (head->First.Page == null)
                index.TryAdd(hash, new Element(bytes, member));
            else
                index.Insert(ref place, hash, new Element(bytes, member));
            isIndexed = true;
            Page* blob = null;
            if (member.Length > TreeLayout.Scored.InlineLimit)
            {
                index.Find(hash, member, out var path);
                blob = Tree.BlobAt(ref path);
            }
            Order(memory, head).TryAdd(KeyOf(score), InOrder(member, score), blob);
        }
        catch (OutOfMemoryException)
        {
            if (isIndexed)
            {
                // Its way was owned by the insertion, so taking it out again asks for nothing.
                index.Find(hash, member, out var path);
                index.RemoveOwned(ref path);
            }
            ValueSlots.ClearIfEmpty(memory, ref slot);
            throw;
        }
    }

    /// <summary>Gives a member another score.</summary>
    /// <param name="memory">Of the value.</param>
    /// <param name="slot">The value.</param>
    /// <param name="member">Its bytes.</param>
    /// <param name="former">The score that it has.</param>
    /// <param name="score">The score that it gets.</param>
    /// <param name="place">Where it stands in the index.</param>
    public static void Move(
        ValueMemory memory, ref nint slot, ReadOnlySpan<byte> member, ulong former, ulong score, ref TreePath place)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        var index = Index(memory, head);
        var order = Order(memory, head);
        index.Own(ref place);
        order.Find(KeyOf(former), member, out var path);
        order.PrepareRemoval(ref path);
        order.TryAdd(KeyOf(score), InOrder(member, score), Leaf.BlobOrNull(place.Leaf, place.Slot));

        // Nothing below asks for memory.
        Leaf.SetScore(place.Leaf, place.Slot, score);
        order.Find(KeyOf(former), member, out path);
        order.RemoveOwned(ref path);
    }

    /// <summary>Gives a member that is there, and has a zero of either sign, one of a sign.</summary>
    public static void SetSignOfZero(ValueMemory memory, ref nint slot, ReadOnlySpan<byte> member, bool isNegative)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        var index = Index(memory, head);
        var order = Order(memory, head);
        index.Find(new TreeKey(memory.Hasher.Hash(member)), member, out var place);
        index.Own(ref place);
        order.Find(KeyOf(Score.Zero), member, out var path);
        order.Own(ref path);

        // Nothing below asks for memory.
        Leaf.SetScore(place.Leaf, place.Slot, isNegative ? Score.MinusZero : Score.Zero);
        Leaf.SetMark(path.Leaf, path.Slot, isNegative);
    }

    /// <summary>Removes a member that is there.</summary>
    public static void Remove(ValueMemory memory, ref nint slot, ReadOnlySpan<byte> member, ulong score)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        Order(memory, head).Find(KeyOf(score), member, out var path);
        RemoveAt(memory, head, ref path);
        ValueSlots.ClearIfEmpty(memory, ref slot);
    }

    /// <summary>Removes members from a rank on, one by one.</summary>
    /// <returns>Number of members removed.</returns>
    public static long RemoveRange(ValueMemory memory, ref nint slot, long rank, long count)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        for (var i = 0L; i < count; i++)
        {
            Order(memory, head).Seek(rank, out var path);
            RemoveAt(memory, head, ref path);
        }
        ValueSlots.ClearIfEmpty(memory, ref slot);
        return count;
    }

    private static void RemoveAt(ValueMemory memory, ValueHead* head, ref TreePath path)
    {
        var index = Index(memory, head);
        var order = Order(memory, head);
        order.PrepareRemoval(ref path);
        // From the leaf as it is now; it stays until the end.
        var member = Leaf.Content(path.Leaf, path.Slot);
        index.Find(new TreeKey(memory.Hasher.Hash(member)), member, out var place);
        index.PrepareRemoval(ref place);

        // Nothing below asks for memory.
        index.RemoveOwned(ref place);
        order.RemoveOwned(ref path);
    }

    private static TreeKey KeyOf(ulong score) => new(Score.OrderOf(score));

    private static Element InOrder(ReadOnlySpan<byte> member, ulong score) =>
        new(default, member, flags: score == Score.MinusZero ? Leaf.Mark : (ushort)0);

    private static Tree Index(ValueMemory memory, ValueHead* head) => new(memory, &head->First, TreeLayout.Scored);

    private static Tree Order(ValueMemory memory, ValueHead* head) => new(memory, &head->Second, TreeLayout.Ordered);
}
