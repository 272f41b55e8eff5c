using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>Whether two values have the same elements, whatever their forms. Same locks as reading both.</summary>
internal static class ValueComparison
{
    public static bool AreEqual(ValueMemory memory, EntryType type, nint left, nint right)
    {
        if (ValueSlots.Count(left) != ValueSlots.Count(right))
            return false;
        return type switch
        {
            EntryType.Hash => Contains(new HashValue(memory, ref right), new HashValue(memory, ref left)),
            EntryType.Set => Contains(new SetValue(memory, ref right), new SetValue(memory, ref left)),
            EntryType.SortedSet =>
                Contains(new SortedSetValue(memory, ref right), new SortedSetValue(memory, ref left)),
            EntryType.List => AreEqual(new ListValue(memory, ref left).At(0), new ListValue(memory, ref right).At(0)),
            EntryType.Stream =>
                StreamComparison.AreEqual(new StreamValue(memory, ref left), new StreamValue(memory, ref right)),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a collection."),
        };
    }

    private static bool Contains(HashValue hash, HashValue part)
    {
        for (var cursor = part.At(0); cursor.IsValid; cursor.MoveNext())
        {
            if (!hash.TryGet(cursor.Field, out var value, out var expireAtMs) || expireAtMs != cursor.ExpireAtMs)
                return false;
            if (!value.SequenceEqual(cursor.Value))
                return false;
        }
        return true;
    }

    private static bool Contains(SetValue set, SetValue part)
    {
        for (var cursor = part.At(0); cursor.IsValid; cursor.MoveNext())
        {
            if (!set.Contains(cursor.Member))
                return false;
        }
        return true;
    }

    private static bool Contains(SortedSetValue set, SortedSetValue part)
    {
        for (var cursor = part.At(0); cursor.IsValid; cursor.MoveNext())
        {
            if (!set.TryGetScore(cursor.Member, out var score) || !score.Equals(cursor.Score))
                return false;
        }
        return true;
    }

    private static bool AreEqual(ListCursor left, ListCursor right)
    {
        for (; left.IsValid && right.IsValid; left.MoveNext(), right.MoveNext())
        {
            if (!left.Element.SequenceEqual(right.Element))
                return false;
        }
        return left.IsValid == right.IsValid;
    }
}
