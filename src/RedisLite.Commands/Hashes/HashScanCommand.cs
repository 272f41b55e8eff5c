using RedisLite.Storage;

namespace RedisLite.Commands.Hashes;

/// <summary>HSCAN: a walk over a hash in steps.</summary>
internal static class HashScanCommand
{
    [Command("HSCAN", Arity = -3, Keys = "R 1", Group = CommandGroup.Hash, Since = "2.8.0",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the "
            + "cursor to return back to 0. N is the number of elements inside the collection..",
        Syntax = "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
        Summary = "Incrementally iterate hash fields and associated values",
        Notes = "NOVALUES is of Redis 7.4. COUNT counts up to 4096. What stays from start to end comes exactly once.")]
    public static void HScan(ref CommandContext ctx)
    {
        if (!ElementScanOptions.TryReadCursor(ctx, out var options)
            || !Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        if (!exists)
        {
            ElementScanOptions.ReplyEmpty(ctx);
            return;
        }

        if (!options.TryReadRest(ctx, "NOVALUES"u8))
            return;
        var nowMs = LiveHash.ClockOf(ctx);
        var reply = ctx.Reply;
        var mark = reply.BeginAggregate();
        var count = 0;
        var scan = ctx.Keyspace.HashOf(entry).Scan(options.Cursor, options.Count);
        while (scan.MoveNext())
        {
            if (LiveHash.IsExpired(scan.ExpireAtMs, nowMs) || !options.Includes(scan.Field))
                continue;
            reply.Bulk(scan.Field);
            if (!options.OmitsValues)
                reply.Bulk(scan.Value);
            count += options.OmitsValues ? 1 : 2;
        }

        ElementScanOptions.EndReply(reply, mark, count, scan.NextCursor);
    }
}
