using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Strings;

/// <summary>LCS.</summary>
internal static class LcsCommand
{
    [Command("LCS", Arity = -3, Keys = "R 1..2", Flags = CommandFlags.Pooled, Group = CommandGroup.String,
        Since = "7.0.0", Complexity = "O(N*M) where N and M are the lengths of s1 and s2, respectively",
        Syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]", Summary = "Find longest common substring",
        Notes = "Refuses the same sizes as Redis (a table of 4 bytes a pair of bytes within proto-max-bulk-len), and "
            + "needs at most a thirtieth of that memory.")]
    public static void Lcs(ref CommandContext ctx)
    {
        var hasFirst = ctx.TryGet(1, out var first);
        var hasSecond = ctx.TryGet(2, out var second);
        if ((hasFirst && first.Type != EntryType.String) || (hasSecond && second.Type != EntryType.String))
        {
            ctx.Reply.Error("ERR The specified keys must contain string values"u8);
            return;
        }

        var a = hasFirst ? first.Value : [];
        var b = hasSecond ? second.Value : [];
        if (!Options.TryParse(ref ctx, out var options) || !CheckSize(ref ctx, a.Length, b.Length))
            return;
        if (options is { OnlyLength: true, Ranges: false })
        {
            ctx.Reply.Integer(LongestCommonSubsequence.LengthOf(a, b));
            return;
        }

        var common = new LongestCommonSubsequence(a, b);
        if (options.Ranges)
            ReplyRanges(ctx.Reply, ref common, options);
        else
            ReplyText(ctx.Reply, ref common);
        common.Dispose();
    }

    // The limit is Redis's, on the table that it would build, so that what it refuses is refused here.
    private static bool CheckSize(ref CommandContext ctx, int firstLength, int secondLength)
    {
        var table = (firstLength + 1L) * (secondLength + 1L) * sizeof(uint);
        if (table <= ctx.Options.ProtoMaxBulkLength)
            return true;
        ctx.Reply.Error("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"u8);
        return false;
    }

    private static void ReplyText(ReplyWriter reply, scoped ref LongestCommonSubsequence common)
    {
        var text = new byte[common.Length];
        var end = text.Length;
        while (common.MoveToPreviousRun())
        {
            end -= common.RunLength;
            common.Run.CopyTo(text.AsSpan(end));
        }

        reply.Bulk(text);
    }

    private static void ReplyRanges(ReplyWriter reply, scoped ref LongestCommonSubsequence common, Options options)
    {
        reply.Map(2);
        reply.Bulk("matches"u8);
        var mark = reply.BeginAggregate();
        var count = 0;
        while (common.MoveToPreviousRun())
        {
            if (common.RunLength < options.MinMatchLength)
                continue;
            count++;
            reply.Array(options.WithMatchLength ? 3 : 2);
            ReplyRange(reply, common.RunInFirst, common.RunLength);
            ReplyRange(reply, common.RunInSecond, common.RunLength);
            if (options.WithMatchLength)
                reply.Integer(common.RunLength);
        }

        reply.EndArray(mark, count);
        reply.Bulk("len"u8);
        reply.Integer(common.Length);
    }

    private static void ReplyRange(ReplyWriter reply, int start, int length)
    {
        reply.Array(2);
        reply.Integer(start);
        reply.Integer(start + length - 1);
    }

    private struct Options
    {
        public bool OnlyLength;
        public bool Ranges;
        public bool WithMatchLength;
        public long MinMatchLength;

        /// <summary>False when the error is replied.</summary>
        public static bool TryParse(ref CommandContext ctx, out Options options)
        {
            options = default;
            var reader = new ArgReader(ctx.Args, first: 3);
            while (reader.HasMore)
            {
                if (reader.TryTake("IDX"u8))
                    options.Ranges = true;
                else if (reader.TryTake("LEN"u8))
                    options.OnlyLength = true;
                else if (reader.TryTake("WITHMATCHLEN"u8))
                    options.WithMatchLength = true;
                else if (!reader.TryTake("MINMATCHLEN"u8, out var length))
                    return Refuse(ref ctx, Errors.Syntax);
                else if (!ctx.Args.TryGetInt64(length, out options.MinMatchLength))
                    return Refuse(ref ctx, Errors.NotAnInteger);
            }

            return !(options.Ranges && options.OnlyLength)
                || Refuse(ref ctx, "ERR If you want both the length and indexes, please just use IDX."u8);
        }

        private static bool Refuse(ref CommandContext ctx, ReadOnlySpan<byte> error)
        {
            ctx.Reply.Error(error);
            return false;
        }
    }
}
