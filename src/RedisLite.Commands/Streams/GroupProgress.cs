using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>How far a group has come, as far as that can be known when entries were deleted in between.</summary>
internal static class GroupProgress
{
    /// <summary>Nobody knows.</summary>
    public const long Unknown = -1;

    /// <summary>How many entries the group has yet to read, or null; below 0 if its count was set too high.</summary>
    public static long? Lag(in StreamTotals totals, StreamGroupState group)
    {
        if (totals.EntriesAdded == 0)
            return 0;
        var read = group.EntriesRead != Unknown && !HasDeletedFrom(totals, group.LastId)
            ? group.EntriesRead
            : CountUpTo(totals, group.LastId);
        return read == Unknown ? null : (long)totals.EntriesAdded - read;
    }

    /// <summary>The state of a group once it has read an entry that it had not.</summary>
    public static StreamGroupState Read(in StreamTotals totals, StreamGroupState group, StreamId id)
    {
        if (group.EntriesRead != Unknown && !HasDeletedFrom(totals, id))
            return new StreamGroupState(id, group.EntriesRead + 1);
        return new StreamGroupState(id, totals.EntriesAdded != 0 ? CountUpTo(totals, id) : group.EntriesRead);
    }

    /// <summary>
    /// Whether an entry behind an ID is known to have been deleted while there were others before it.
    /// </summary>
    private static bool HasDeletedFrom(in StreamTotals totals, StreamId id) =>
        totals.Length != 0 && totals.MaxDeletedId != default && totals.FirstId <= totals.MaxDeletedId
        && id <= totals.MaxDeletedId;

    /// <summary>How many entries there ever were up to an ID.</summary>
    private static long CountUpTo(in StreamTotals totals, StreamId id)
    {
        if (totals.EntriesAdded == 0)
            return 0;
        if (totals.Length == 0 && id <= totals.LastId)
            return (long)totals.EntriesAdded;
        if (id >= totals.LastId)
            return id == totals.LastId ? (long)totals.EntriesAdded : Unknown;
        if (totals.MaxDeletedId != default && totals.MaxDeletedId >= totals.FirstId)
            return Unknown;
        var before = (long)(totals.EntriesAdded - totals.Length);
        return id < totals.FirstId ? before : id == totals.FirstId ? before + 1 : Unknown;
    }
}
