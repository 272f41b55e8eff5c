using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZSCAN.</summary>
internal static class MemberScanCommand
{
    [Command("ZSCAN", Arity = -3, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "2.8.0",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the "
            + "cursor to return back to 0. N is the number of elements inside the collection..",
        Syntax = "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
        Summary = "Incrementally iterate sorted sets elements and associated scores",
        Notes = "NOSCORES is of Valkey 8.1.")]
    public static void Scan(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!ElementScanOptions.TryReadCursor(ctx, out var options)
            || !Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (!exists)
            ElementScanOptions.ReplyEmpty(ctx);
        else if (options.TryReadRest(ctx, "NOSCORES"u8))
            Reply(ref ctx, entry, options);
    }

    private static void Reply(
        scoped ref CommandContext ctx, scoped in Entry entry, scoped in ElementScanOptions options)
    {
        var reply = ctx.Reply;
        var mark = reply.BeginAggregate();
        var elements = 0;
        Span<byte> score = stackalloc byte[RedisNumbers.MaxDoubleLength];
        var scan = ctx.Keyspace.SortedSetOf(entry).Scan(options.Cursor, options.Count);
        while (scan.MoveNext())
        {
            if (!options.Includes(scan.Member))
                continue;
            reply.Bulk(scan.Member);
            elements++;
            if (options.OmitsValues)
                continue;

            // The text of the score, in RESP3 as well.
            reply.Bulk(score[..RedisNumbers.FormatDouble(score, scan.Score)]);
            elements++;
        }

        ElementScanOptions.EndReply(reply, mark, elements, scan.NextCursor);
    }
}
