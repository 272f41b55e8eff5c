using RedisLite.Commands.Keys;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZSCAN.</summary>
internal static class MemberScanCommand
{
    private const int DefaultCount = 10;

    // A call looks at no more members than this, whatever COUNT says, so that it holds its stripe for a short time.
    private const int MostCount = 10_000;

    [Command("ZSCAN", Arity = -3, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "2.8.0",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
        Syntax = "key cursor [MATCH pattern] [COUNT count] [NOSCORES]",
        Summary = "Incrementally iterate sorted sets elements and associated scores",
        Notes = "NOSCORES is of Valkey 8.0. A call looks at 10,000 members at most.")]
    public static void Scan(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!ScanCommands.TryParseCursor(ctx.Args[2], out var cursor))
        {
            ctx.Reply.Error(Errors.InvalidCursor);
            return;
        }

        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Array(2);
            ctx.Reply.Bulk("0"u8);
            ctx.Reply.Array(0);
            return;
        }

        long count = DefaultCount;
        var withScores = true;
        ReadOnlySpan<byte> pattern = "*"u8;
        var options = new ArgReader(ctx.Args, first: 3);
        while (options.HasMore)
        {
            if (options.TryTake("MATCH"u8, out var value))
            {
                pattern = ctx.Args[value];
            }
            else if (options.TryTake("NOSCORES"u8))
            {
                withScores = false;
            }
            else if (!options.TryTake("COUNT"u8, out value))
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
            else if (!ctx.Args.TryGetInt64(value, out count))
            {
                ctx.Reply.Error(Errors.NotAnInteger);
                return;
            }
            else if (count < 1)
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
        }

        Reply(ref ctx, entry, cursor, (int)Math.Min(count, MostCount), pattern, withScores);
    }

    private static void Reply(
        ref CommandContext ctx, scoped in Entry entry, ulong cursor, int count, scoped ReadOnlySpan<byte> pattern, bool withScores)
    {
        // The cursor stands before the members but is known after them.
        var reply = ctx.Reply;
        var mark = reply.BeginAggregate();
        var matchesAll = Glob.MatchesEverything(pattern);
        var elements = 0;
        Span<byte> score = stackalloc byte[RedisNumbers.MaxDoubleLength];
        var scan = ctx.Keyspace.SortedSetOf(entry).Scan(cursor, count);
        while (scan.MoveNext())
        {
            if (!matchesAll && !Glob.IsMatch(pattern, scan.Member))
                continue;
            reply.Bulk(scan.Member);
            elements++;
            if (!withScores)
                continue;

            // The text of the score, in RESP3 as well.
            reply.Bulk(score[..RedisNumbers.FormatDouble(score, scan.Score)]);
            elements++;
        }

        reply.EndArray(mark, elements);
        var head = reply.Length;
        reply.Array(2);
        reply.BulkInteger((long)scan.NextCursor);
        reply.MoveBefore(mark, head);
    }
}
