using RedisLite.Storage;

namespace RedisLite.Commands.Streams;

/// <summary>XRANGE and XREVRANGE.</summary>
internal static class RangeCommands
{
    private const long NoCount = -1;

    [Command("XRANGE", Arity = -4, Keys = "R 1", Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking "
            + "for the first 10 elements with COUNT), you can consider it O(1).",
        Syntax = "key start end [COUNT count]",
        Summary = "Return a range of elements in a stream, with IDs matching the specified IDs interval")]
    public static void Range(ref CommandContext ctx) => Reply(ref ctx, start: 2, end: 3, isReverse: false);

    [Command("XREVRANGE", Arity = -4, Keys = "R 1", Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the "
            + "first 10 elements with COUNT), you can consider it O(1).", Syntax = "key end start [COUNT count]",
        Summary = "Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse "
            + "order (from greater to smaller IDs) compared to XRANGE")]
    public static void ReverseRange(ref CommandContext ctx) => Reply(ref ctx, start: 3, end: 2, isReverse: true);

    private static void Reply(ref CommandContext ctx, int start, int end, bool isReverse)
    {
        if (!StreamIds.TryReadStart(ref ctx, start, out var from) || !StreamIds.TryReadEnd(ref ctx, end, out var to)
            || !TryReadCount(ref ctx, out var count))
            return;
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Array(0);
            return;
        }
        if (count == 0)
        {
            ctx.Reply.NullArray();
            return;
        }
        var stream = ctx.Keyspace.StreamOf(entry);
        var first = stream.RankOf(from);
        var behind = StreamIds.TryNext(to, out var next) ? stream.RankOf(next) : stream.Count;
        var found = Math.Max(0, behind - first);
        if (count != NoCount)
            found = Math.Min(found, count);
        var rank = isReverse ? behind - 1 : first;
        if (StreamReplies.IsLong(stream, found))
            ctx.ReplyFrom(new StreamRangeReply(ctx.Keyspace.Hold(entry), rank, found, isReverse));
        else
            StreamReplies.Range(ctx.Reply, stream, rank, found, isReverse);
    }

    private static bool TryReadCount(scoped ref CommandContext ctx, out long count)
    {
        count = NoCount;
        var options = new ArgReader(ctx.Args, first: 4);
        while (options.HasMore)
        {
            if (!options.TryTake("COUNT"u8, out var value))
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
            if (!ctx.Args.TryGetInt64(value, out count))
            {
                ctx.Reply.Error(Errors.NotAnInteger);
                return false;
            }
            count = Math.Max(count, 0);
        }
        return true;
    }
}
