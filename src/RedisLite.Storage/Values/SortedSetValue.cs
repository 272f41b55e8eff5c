using System.Runtime.CompilerServices;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>What <see cref="SortedSetValue.Set"/> and <see cref="SortedSetValue.Update"/> did.</summary>
public enum ScoreChange
{
    Added,
    Updated,

    /// <summary>The member has that score already.</summary>
    Unchanged,

    /// <summary>A rule forbids it.</summary>
    Refused,

    /// <summary>Infinities of both signs have no sum: nothing was done.</summary>
    NotANumber,
}

/// <summary>When <see cref="SortedSetValue.Update"/> changes a score, and to what.</summary>
[Flags]
public enum ScoreRules
{
    None = 0,

    /// <summary>Members that are there keep their scores.</summary>
    OnlyNew = 1 << 0,

    /// <summary>No member is added.</summary>
    OnlyPresent = 1 << 1,

    /// <summary>Scores of members that are there only rise.</summary>
    OnlyGreater = 1 << 2,

    /// <summary>They only fall.</summary>
    OnlyLess = 1 << 3,

    /// <summary>The score is added to the present one.</summary>
    Increment = 1 << 4,
}

/// <summary>A sorted set behind the pointer of its record: members by score, and those of one score by their
/// bytes.</summary>
/// <remarks>
///
///     small   [ leaf: (score, member) ]           one page, searched for a member from the left
///     large   [ head ] --> index: (hash, member) with the score
///                      --> order: (score, member)          long members are blobs that both share
///
/// INVARIANT: index and order hold the same members with the same scores. What can fail is done before both change.
/// When the last member is removed the slot is 0, and the key has to go. Scores are not NaN. Minus zero is zero in the
/// small form, as in Redis; in the large one it stands where zero does, and keeps its sign.
///
/// Spans that are returned are valid until the value is written to. Arguments must not lie in the value itself.
/// LOCK: the key's, exclusive to write and shared to read; a retained slot can be read without it.
/// </remarks>
public readonly unsafe ref struct SortedSetValue
{
    private readonly ValueMemory _memory;
    private readonly ref nint _slot;

    internal SortedSetValue(ValueMemory memory, ref nint slot)
    {
        _memory = memory;
        _slot = ref slot;
    }

    public long Count => ValueSlots.Count(_slot);

    /// <summary>Bytes that its blocks take, O(1).</summary>
    public long Bytes => ValueSlots.Bytes(_slot);

    /// <summary>Whether it never passed the limits of the small form (listpack; else skiplist).</summary>
    public bool IsSmall => !ValueSlots.IsHead(_slot) || ((ValueHead*)_slot)->IsCompact;

    private bool IsLone => !ValueSlots.IsHead(_slot);

    private Page* OrderRoot => IsLone ? (Page*)_slot : ((ValueHead*)_slot)->Second.Page;

    private uint Hash(ReadOnlySpan<byte> member) => _memory.Hasher.Hash(member);

    public bool TryGetScore(ReadOnlySpan<byte> member, out double score)
    {
        var found = TryFind(member, out var key);
        score = found ? Score.FromKey(key) : 0;
        return found;
    }

    /// <summary>Adds a member or gives it another score.</summary>
    public ScoreChange Set(ReadOnlySpan<byte> member, double score, SmallLimits limits) =>
        Update(member, ref score, ScoreRules.None, limits);

    /// <summary>Adds a member or gives it another score, where the rules allow it.</summary>
    /// <param name="member">Its bytes.</param>
    /// <param name="score">The score or, with <see cref="ScoreRules.Increment"/>, what is added; then the member's new
    /// one.</param>
    /// <param name="rules">Those of one member.</param>
    /// <param name="limits">Of the small form.</param>
    public ScoreChange Update(ReadOnlySpan<byte> member, ref double score, ScoreRules rules, SmallLimits limits)
    {
        Unsafe.SkipInit(out TreePath place);
        var found = TryFind(member, out var former, ref place);
        if (rules != ScoreRules.None)
        {
            if ((rules & (found ? ScoreRules.OnlyNew : ScoreRules.OnlyPresent)) != 0)
                return ScoreChange.Refused;
            if (found && Adjust(Score.FromKey(former), ref score, rules) is var refusal and not ScoreChange.Updated)
                return refusal;
        }

        var key = Score.ToKey(score);
        if (found && Score.OrderOf(former) == key)
            return ScoreChange.Unchanged;
        var wasLone = IsLone;
        MakeRoom(member.Length, isNew: !found, limits);
        if (IsLone)
        {
            SetInLeaf(member, key, found, former);
        }
        else if (found)
        {
            if (wasLone)
                TryFind(member, out _, ref place);
            SortedSetTrees.Move(_memory, ref _slot, member, former, Score.ToStored(score), ref place);
        }
        else if (wasLone)
        {
            SortedSetTrees.Add(_memory, ref _slot, member, Score.ToStored(score));
        }
        else
        {
            SortedSetTrees.Add(_memory, ref _slot, member, Score.ToStored(score), ref place);
        }
        return found ? ScoreChange.Updated : ScoreChange.Added;
    }

    /// <summary>
    /// Gives a member whose score is zero a zero of a sign, which <see cref="Set"/> takes for the same score. The small
    /// form, which cannot keep it, becomes the large one for a minus.
    /// </summary>
    /// <exception cref="OutOfMemoryException">Nothing has changed but the form.</exception>
    public void SetSignOfZero(ReadOnlySpan<byte> member, bool isNegative)
    {
        if (IsLone && !isNegative)
            return;
        if (IsLone)
            SortedSetTrees.Convert(_memory, ref _slot, isCompact: false);
        SortedSetTrees.SetSignOfZero(_memory, ref _slot, member, isNegative);
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(ReadOnlySpan<byte> member)
    {
        if (!TryFind(member, out var key))
            return false;
        if (!IsLone)
        {
            SortedSetTrees.Remove(_memory, ref _slot, member, key);
            return true;
        }
        var root = ValueSlots.Root(_slot);
        try
        {
            var tree = new Tree(_memory, &root, TreeLayout.SmallOrdered);
            tree.Find(new TreeKey(key), member, out var path);
            tree.Remove(ref path);
        }
        finally
        {
            _slot = (nint)root.Page;
        }
        return true;
    }

    /// <summary>Number of members before one, and its score.</summary>
    public bool TryGetRank(ReadOnlySpan<byte> member, out long rank, out double score)
    {
        var found = TryFind(member, out var key);
        rank = found ? RankOf(Score.OrderOf(key), member) : -1;
        score = found ? Score.FromKey(key) : 0;
        return found;
    }

    /// <summary>Number of members with a score below a bound, or up to it.</summary>
    public long CountBelow(double score, bool inclusive)
    {
        var key = Score.ToKey(score);
        return RankOf(inclusive ? key + 1 : key, default);
    }

    /// <summary>Number of members before one in order of bytes, or up to it, where all have the same score.</summary>
    public long CountBelow(ReadOnlySpan<byte> member, bool inclusive)
    {
        if (_slot == 0)
            return 0;
        var first = At(0);
        var key = new TreeKey(Score.ToKey(first.Score));
        TreePath path = default;
        var found = TreeSearch.Find(OrderRoot, key, member, ref path);
        return TreeSearch.RankOf(ref path) + (found && inclusive ? 1 : 0);
    }

    /// <summary>Starts at a rank; outside the set, at no member.</summary>
    public SortedSetCursor At(long rank) => new(new TreeCursor(OrderRoot, Count, rank));

    /// <summary>Removes members of neighbouring ranks, up to so many of them in this call.</summary>
    /// <remarks>A failed allocation leaves some of them removed, each from index and order.</remarks>
    /// <returns>Number of members removed; the range goes on at the same rank.</returns>
    public long RemoveRange(long rank, long count, long step = long.MaxValue)
    {
        if (count >= Count)
        {
            var all = Count;
            ValueSlots.Exchange(_memory, ref _slot, 0);
            return all;
        }
        if (!IsLone)
            return SortedSetTrees.RemoveRange(_memory, ref _slot, rank, Math.Min(count, step));
        var root = ValueSlots.Root(_slot);
        try
        {
            new Tree(_memory, &root, TreeLayout.SmallOrdered).RemoveRange(rank, count);
        }
        finally
        {
            _slot = (nint)root.Page;
        }
        return count;
    }

    /// <summary>Returns at least so many members, if there are, from a cursor that SCAN was given; 0 starts.</summary>
    /// <remarks>Each member that stays from start to end is returned exactly once, whatever else comes and
    /// goes.</remarks>
    public SortedSetScan Scan(ulong cursor, int count) => new(new ElementScan(_slot, cursor, count), IsLone);

    /// <summary>The score that a member which is there gets by the rules.</summary>
    private static ScoreChange Adjust(double present, ref double score, ScoreRules rules)
    {
        if ((rules & ScoreRules.Increment) != 0)
        {
            if (double.IsNaN(present + score))
                return ScoreChange.NotANumber;
            score += present;
        }
        if ((rules & ScoreRules.OnlyLess) != 0 && score >= present)
            return ScoreChange.Refused;
        if ((rules & ScoreRules.OnlyGreater) != 0 && score <= present)
            return ScoreChange.Refused;
        return ScoreChange.Updated;
    }

    private long RankOf(ulong key, ReadOnlySpan<byte> member)
    {
        if (_slot == 0)
            return 0;
        TreePath path = default;
        TreeSearch.Find(OrderRoot, new TreeKey(key), member, ref path);
        return TreeSearch.RankOf(ref path);
    }

    private bool TryFind(ReadOnlySpan<byte> member, out ulong score)
    {
        Unsafe.SkipInit(out TreePath path);
        return TryFind(member, out score, ref path);
    }

    /// <param name="member">Its bytes.</param>
    /// <param name="score">Its score as it is stored, if it is there.</param>
    /// <param name="path">Its place in the index, or where it would have to be put; unchanged for a lone leaf.</param>
    private bool TryFind(ReadOnlySpan<byte> member, out ulong score, ref TreePath path)
    {
        score = 0;
        if (_slot == 0)
            return false;
        if (!IsLone)
        {
            if (!TreeSearch.Find(((ValueHead*)_slot)->First.Page, new TreeKey(Hash(member)), member, ref path))
                return false;
            score = Leaf.Score(path.Leaf, path.Slot);
            return true;
        }
        var leaf = (Page*)_slot;
        for (var i = 0; i < leaf->Count; i++)
        {
            if (!Leaf.Content(leaf, i).SequenceEqual(member))
                continue;
            score = Leaf.Key(leaf, i).High;
            return true;
        }
        return false;
    }

    private void SetInLeaf(ReadOnlySpan<byte> member, ulong key, bool found, ulong former)
    {
        var root = ValueSlots.Root(_slot);
        try
        {
            var tree = new Tree(_memory, &root, TreeLayout.SmallOrdered);
            if (found)
            {
                // The new place first: taking out the former one cannot fail once its leaf is owned.
                MoveInLeaf(tree, member, key, former);
                return;
            }
            tree.TryAdd(new TreeKey(key), Element.Of(member));
        }
        finally
        {
            _slot = (nint)root.Page;
        }
    }

    private static void MoveInLeaf(Tree tree, ReadOnlySpan<byte> member, ulong key, ulong former)
    {
        tree.Find(new TreeKey(former), member, out var path);
        tree.PrepareRemoval(ref path);
        tree.TryAdd(new TreeKey(key), Element.Of(member), Tree.BlobAt(ref path));
        tree.Find(new TreeKey(former), member, out path);
        tree.RemoveOwned(ref path);
    }

    private void MakeRoom(int length, bool isNew, SmallLimits limits)
    {
        var isLarge = isNew && (length > limits.MaxElementBytes || Count >= limits.MaxEntries);
        if (!IsLone)
        {
            if (isLarge && IsSmall)
                ValueSlots.OwnHead(_memory, ref _slot)->IsCompact = false;
            return;
        }
        var layout = TreeLayout.SmallOrdered;
        var isFull = _slot != 0 &&
            Leaf.Used((Page*)_slot) + layout.Width + Leaf.EndSize
            + Math.Min(length, layout.InlineLimit) > layout.PageSize;
        if (isLarge || isFull)
            SortedSetTrees.Convert(_memory, ref _slot, isCompact: !isLarge);
    }
}

/// <summary>A place in a sorted set that is not written to meanwhile.</summary>
public ref struct SortedSetCursor
{
    private TreeCursor _cursor;

    internal SortedSetCursor(TreeCursor cursor) => _cursor = cursor;

    public readonly bool IsValid => _cursor.IsValid;

    public readonly ReadOnlySpan<byte> Member => _cursor.Content;

    public readonly double Score => _cursor.IsMarked ? -0.0 : Values.Score.FromKey(_cursor.Key.High);

    public bool MoveNext() => _cursor.MoveNext();

    public bool MovePrevious() => _cursor.MovePrevious();
}

/// <summary>One call's share of a walk over a sorted set.</summary>
public ref struct SortedSetScan
{
    private readonly bool _isLone;
    private ElementScan _scan;

    internal SortedSetScan(ElementScan scan, bool isLone)
    {
        _scan = scan;
        _isLone = isLone;
    }

    /// <summary>Once <see cref="MoveNext"/> has said no: where the next call starts; 0 at the end.</summary>
    public readonly ulong NextCursor => _scan.NextCursor;

    public readonly ReadOnlySpan<byte> Member => _scan.Cursor.Content;

    public readonly double Score => Values.Score.FromKey(_isLone ? _scan.Cursor.Key.High : _scan.Cursor.Score);

    public bool MoveNext() => _scan.MoveNext();
}
