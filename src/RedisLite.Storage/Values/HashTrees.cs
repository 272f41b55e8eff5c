using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>The two trees of a large hash with fields that expire, which change together or not at all.</summary>
/// <remarks>
///
///     fields   (hash, field) with value and expiry      all fields
///     times    (expiry, field)                          those that expire, the earliest first
///
/// LOCK: the key's, exclusive to write and shared to read. See <see cref="HashValue"/>.
/// </remarks>
internal static unsafe class HashTrees
{
    /// <summary>Adds a field or gives it other bytes, where its expiry before or afterwards is one.</summary>
    /// <param name="memory">Of the value.</param>
    /// <param name="slot">The value.</param>
    /// <param name="path">Where the field stands in the tree of fields, or belongs.</param>
    /// <param name="found">Whether it is there.</param>
    /// <param name="entry">Its bytes.</param>
    /// <param name="former">The expiry that it has, or none.</param>
    /// <param name="expireAtMs">The expiry that it gets, or none.</param>
    public static void Set(
        ValueMemory memory, ref nint slot, ref TreePath path, bool found, scoped in Element entry, long former,
        long expireAtMs)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        var times = Times(memory, head);
        var leaves = former != FieldEntry.NoExpiry && former != expireAtMs;
        var comes = expireAtMs != FieldEntry.NoExpiry && former != expireAtMs;
        var isTimed = false;
        try
        {
            if (leaves)
            {
                times.Find(KeyOf(former), entry.Member, out var place);
                times.PrepareRemoval(ref place);
            }
            if (comes)
                isTimed = times.TryAdd(KeyOf(expireAtMs), Element.Of(entry.Member));
            var fields = Fields(memory, head);
            if (found)
                fields.Replace(ref path, entry);
            else
                fields.Insert(ref path, new TreeKey(memory.Hasher.Hash(entry.Member)), entry);
        }
        catch (OutOfMemoryException)
        {
            // Its way was owned by the insertion, so taking it out again asks for nothing.
            if (isTimed)
                RemoveTime(times, expireAtMs, entry.Member);
            ValueSlots.ClearIfEmpty(memory, ref slot);
            throw;
        }

        if (leaves)
            RemoveTime(times, former, entry.Member);
    }

    /// <summary>Removes a field that expires.</summary>
    public static void Remove(
        ValueMemory memory, ref nint slot, ref TreePath path, ReadOnlySpan<byte> field, long expireAtMs)
    {
        var head = ValueSlots.OwnHead(memory, ref slot);
        var times = Times(memory, head);
        var fields = Fields(memory, head);
        times.Find(KeyOf(expireAtMs), field, out var place);
        times.PrepareRemoval(ref place);
        fields.PrepareRemoval(ref path);

        // Nothing below asks for memory.
        fields.RemoveOwned(ref path);
        times.RemoveOwned(ref place);
        ValueSlots.ClearIfEmpty(memory, ref slot);
    }

    /// <summary>Fills the second tree of a head that is being made of a lone leaf.</summary>
    public static void AddTimes(ValueMemory memory, ValueHead* head, Page* leaf)
    {
        var times = Times(memory, head);
        for (var i = 0; i < leaf->Count; i++)
        {
            if (!Leaf.IsMarked(leaf, i))
                continue;
            var field = FieldEntry.Parse(Leaf.Content(leaf, i));
            times.TryAdd(KeyOf(field.ExpireAtMs), Element.Of(field.Name));
        }
    }

    /// <summary>When the first field expires, or <see cref="long.MaxValue"/>.</summary>
    public static long EarliestMs(ValueHead* head) =>
        head->Second.Page == null ? long.MaxValue : TimeOf(
            new TreeCursor(head->Second.Page, head->Second.Count, 0).Key);

    /// <summary>The field that expires first; there is one.</summary>
    public static ReadOnlySpan<byte> Earliest(ValueHead* head) =>
        new TreeCursor(head->Second.Page, head->Second.Count, 0).Content;

    /// <summary>Number of fields that expire at a time or before it.</summary>
    public static long CountUntil(ValueMemory memory, ValueHead* head, long timeMs) =>
        Times(memory, head).RankOf(new TreeKey(KeyOf(timeMs).High + 1), default);

    /// <summary>Adds the ranks, among all fields, of those that expire at a time or before it.</summary>
    public static void AddRanks(ValueMemory memory, ValueHead* head, long timeMs, List<long> ranks)
    {
        var fields = Fields(memory, head);
        for (var cursor = new TreeCursor(head->Second.Page, head->Second.Count, 0); cursor.IsValid; cursor.MoveNext())
        {
            if (TimeOf(cursor.Key) > timeMs)
                break;
            ranks.Add(fields.RankOf(new TreeKey(memory.Hasher.Hash(cursor.Content)), cursor.Content));
        }
    }

    /// <summary>Whether a field is in the second tree with its expiry. For the verifier.</summary>
    public static bool HasTime(ValueHead* head, ReadOnlySpan<byte> field, long expireAtMs)
    {
        TreePath path = default;
        return head->Second.Page != null && TreeSearch.Find(head->Second.Page, KeyOf(expireAtMs), field, ref path);
    }

    private static void RemoveTime(Tree times, long expireAtMs, ReadOnlySpan<byte> field)
    {
        times.Find(KeyOf(expireAtMs), field, out var place);
        times.RemoveOwned(ref place);
    }

    // In the order of signed numbers.
    private static TreeKey KeyOf(long expireAtMs) => new((ulong)expireAtMs ^ (1UL << 63));

    private static long TimeOf(TreeKey key) => (long)(key.High ^ (1UL << 63));

    private static Tree Fields(ValueMemory memory, ValueHead* head) => new(memory, &head->First, TreeLayout.Fields);

    private static Tree Times(ValueMemory memory, ValueHead* head) => new(memory, &head->Second, TreeLayout.Times);
}
