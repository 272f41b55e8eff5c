using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XAUTOCLAIM: pending entries that nobody has looked after go to another consumer.</summary>
internal static class AutoClaimCommand
{
    private const int Name = 2;
    private const int Consumer = 3;
    private const long DefaultCount = 100;
    private const long LooksPerEntry = 10;
    private const long MostEntries = long.MaxValue / StreamId.Size;

    [Command("XAUTOCLAIM", Arity = -6, Keys = "RW:delete 1",
        Flags = CommandFlags.Fast | CommandFlags.Pooled | CommandFlags.WakesNobody,
        Group = CommandGroup.Stream, Since = "6.2.0", Complexity = "O(1) if COUNT is small.",
        Syntax = "key group consumer min-idle-time start [COUNT count] [JUSTID]",
        Summary = "Changes (or acquires) ownership of messages in a consumer group, as if the messages were "
            + "delivered to the specified consumer.")]
    public static void AutoClaim(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var minIdle, out var start, out var count, out var isIdOnly))
            return;
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists || !ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[Name], out _))
        {
            ctx.Reply.Error(StreamErrors.NoGroup(key.Bytes, ctx.Args[Name]));
            return;
        }
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var stream = change.Stream;
        using var group = stream.ChangeGroup(ctx.Args[Name]);
        var claim = new Claiming(key.Bytes, ctx.Args[Name], ctx.Args[Consumer], isIdOnly);
        var all = ctx.Reply.BeginAggregate();
        var claimed = 0;
        var gone = new List<StreamId>();
        var looks = count * LooksPerEntry;
        var cursor = group.Group.PendingFrom(start);
        for (; looks > 0 && count > 0 && cursor.IsValid; looks--)
        {
            var pending = cursor.Pending;
            var id = pending.Id;
            var place = stream.From(id);
            if (!place.IsValid || place.Id != id)
            {
                claim.Forget(ref ctx, group, pending);
                gone.Add(id);
                count--;
            }
            else if (minIdle != 0 && ctx.NowMs - pending.DeliveredAtMs < minIdle)
            {
                cursor.MoveNext();
                continue;
            }
            else
            {
                claim.Take(
                    ref ctx, group, place, new StreamPendingEntry(
                        id, ctx.NowMs, pending.Deliveries + (isIdOnly ? 0u : 1u)));
                claimed++;
                count--;
            }
            cursor = StreamIds.TryNext(id, out var next) ? group.Group.PendingFrom(next) : default;
        }
        ctx.Reply.EndArray(all, claimed);
        Complete(ref ctx, all, cursor.IsValid ? cursor.Id : default, gone);
    }

    /// <summary>Puts before what was claimed where to go on, and behind it what was there no more.</summary>
    private static void Complete(scoped ref CommandContext ctx, int all, StreamId next, List<StreamId> gone)
    {
        var end = ctx.Reply.Length;
        ctx.Reply.Array(3);
        StreamIds.Bulk(ctx.Reply, next);
        ctx.Reply.MoveBefore(all, end);
        ctx.Reply.Array(gone.Count);
        foreach (var id in gone)
            StreamIds.Bulk(ctx.Reply, id);
    }

    private static bool TryRead(
        scoped ref CommandContext ctx, out long minIdle, out StreamId start, out long count, out bool isIdOnly)
    {
        start = default;
        count = DefaultCount;
        isIdOnly = false;
        if (!ctx.Args.TryGetInt64(4, out minIdle))
        {
            ctx.Reply.Error("ERR Invalid min-idle-time argument for XAUTOCLAIM"u8);
            return false;
        }
        minIdle = Math.Max(0, minIdle);
        if (!StreamIds.TryReadStart(ref ctx, 5, out start))
            return false;
        var options = new ArgReader(ctx.Args, first: 6);
        while (options.HasMore)
        {
            if (options.TryTake("COUNT"u8, out var value))
            {
                if (!ctx.Args.TryGetInt64(value, out count) || count is < 1 or > MostEntries)
                {
                    ctx.Reply.Error(Errors.CountNotPositive);
                    return false;
                }
            }
            else if (options.TryTake("JUSTID"u8))
            {
                isIdOnly = true;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
        }
        return true;
    }
}
