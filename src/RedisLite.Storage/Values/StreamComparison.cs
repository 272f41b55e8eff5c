namespace RedisLite.Storage.Values;

/// <summary>Whether two streams have the same entries, groups and consumers. Same locks as reading both.</summary>
internal static class StreamComparison
{
    public static bool AreEqual(StreamValue left, StreamValue right)
    {
        if (left.Totals != right.Totals || left.GroupCount != right.GroupCount)
            return false;
        var ours = left.At(0);
        for (var theirs = right.At(0); theirs.IsValid; theirs.MoveNext(), ours.MoveNext())
        {
            if (ours.Id != theirs.Id || !AreEqual(ours.Fields, theirs.Fields))
                return false;
        }
        for (var groups = left.GroupsAt(0); groups.IsValid; groups.MoveNext())
        {
            if (!right.TryGetGroup(groups.Group.Name, out var group) || !AreEqual(groups.Group, group))
                return false;
        }
        return true;
    }

    private static bool AreEqual(StreamFields left, StreamFields right)
    {
        if (left.Count != right.Count)
            return false;
        while (left.MoveNext() && right.MoveNext())
        {
            if (!left.Name.SequenceEqual(right.Name) || !left.Value.SequenceEqual(right.Value))
                return false;
        }
        return true;
    }

    private static bool AreEqual(StreamGroup left, StreamGroup right)
    {
        if (left.State != right.State || left.PendingCount != right.PendingCount
            || left.ConsumerCount != right.ConsumerCount)
            return false;
        for (var cursor = left.PendingAt(0); cursor.IsValid; cursor.MoveNext())
        {
            var pending = cursor.Pending;
            if (!right.TryGetPending(pending.Id, out var other) || other.State != pending.State
                || !other.Consumer.SequenceEqual(pending.Consumer))
                return false;
        }
        for (var cursor = left.ConsumersAt(0); cursor.IsValid; cursor.MoveNext())
        {
            if (!right.TryGetConsumer(cursor.Consumer.Name, out var other) || other.State != cursor.Consumer.State)
                return false;
        }
        return true;
    }
}
