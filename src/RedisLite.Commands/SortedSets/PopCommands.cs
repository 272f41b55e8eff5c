using RedisLite.Commands.Execution.Waiting;
using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZPOPMIN, ZPOPMAX, ZMPOP, and those that wait: BZPOPMIN, BZPOPMAX, BZMPOP.</summary>
internal static class PopCommands
{
    private const string Complexity =
        "O(log(N)*M) with N being the number of elements in the sorted set, and M being the number of elements popped.";

    private const string ManyComplexity =
        "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, "
            + "and M being the number of elements popped.";

    /// <summary>What a reply of popped members looks like.</summary>
    private enum PopForm
    {
        /// <summary>member, score, member, score, ..</summary>
        Flat,

        /// <summary>An array for each member with its score, in RESP3; flat in RESP2.</summary>
        PairsInResp3,

        /// <summary>key, member, score</summary>
        KeyFlat,

        /// <summary>key, and an array of an array for each member.</summary>
        KeyPairs,
    }

    [Command("ZPOPMIN", Arity = -2, Keys = "RW:access+delete 1",
        Flags = CommandFlags.Fast | CommandFlags.PooledWithCount, Group = CommandGroup.SortedSet, Since = "5.0.0",
        Complexity = Complexity, Syntax = "key [count]",
        Summary = "Remove and return members with the lowest scores in a sorted set")]
    public static void PopMin(ref CommandContext ctx) => Pop(ref ctx, isMax: false);

    [Command("ZPOPMAX", Arity = -2, Keys = "RW:access+delete 1",
        Flags = CommandFlags.Fast | CommandFlags.PooledWithCount, Group = CommandGroup.SortedSet, Since = "5.0.0",
        Complexity = Complexity, Syntax = "key [count]",
        Summary = "Remove and return members with the highest scores in a sorted set")]
    public static void PopMax(ref CommandContext ctx) => Pop(ref ctx, isMax: true);

    [Command("ZMPOP", Arity = -4, Keys = "RW:access+delete numkeys@1",
        Flags = CommandFlags.MovableKeys | CommandFlags.Pooled, Group = CommandGroup.SortedSet, Since = "7.0.0",
        Complexity = ManyComplexity, Syntax = "numkeys key [key ...] <MIN | MAX> [COUNT count]",
        Summary = "Remove and return members with scores in a sorted set")]
    public static void PopMany(ref CommandContext ctx)
    {
        if (TryReadMany(ref ctx, keyCount: 1, out var keys, out var isMax, out var count)
            && TryPopFirst(ref ctx, keyCount: 1, keys, isMax, count, PopForm.KeyPairs) == false)
            ctx.Reply.NullArray();
    }

    [Command("BZPOPMIN", Arity = -3, Keys = "RW:access+delete 1..-2",
        Flags = CommandFlags.NoScript | CommandFlags.Blocking | CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "5.0.0", Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key [key ...] timeout",
        Summary = "Remove and return the member with the lowest score from one or more sorted sets, or block until "
            + "one is available")]
    public static void BlockingPopMin(ref CommandContext ctx) => BlockingPop(ref ctx, isMax: false);

    [Command("BZPOPMAX", Arity = -3, Keys = "RW:access+delete 1..-2",
        Flags = CommandFlags.NoScript | CommandFlags.Blocking | CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "5.0.0", Complexity = "O(log(N)) with N being the number of elements in the sorted set.",
        Syntax = "key [key ...] timeout",
        Summary = "Remove and return the member with the highest score from one or more sorted sets, or block until "
            + "one is available")]
    public static void BlockingPopMax(ref CommandContext ctx) => BlockingPop(ref ctx, isMax: true);

    [Command("BZMPOP", Arity = -5, Keys = "RW:access+delete numkeys@2",
        Flags = CommandFlags.Blocking | CommandFlags.MovableKeys, Group = CommandGroup.SortedSet, Since = "7.0.0",
        Complexity = ManyComplexity, Syntax = "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
        Summary = "Remove and return members with scores in a sorted set or block until one is available")]
    public static void BlockingPopMany(ref CommandContext ctx)
    {
        if (TryReadMany(ref ctx, keyCount: 2, out var keys, out var isMax, out var count)
            && BlockingTimeout.TryRead(ref ctx, 1, out var timeout)
            && TryPopFirst(ref ctx, keyCount: 2, keys, isMax, count, PopForm.KeyPairs) == false)
            ctx.WaitForKeys(Wait(timeout), first: 3, last: 2 + keys);
    }

    private static KeyWait Wait(TimeSpan timeout) =>
        new() { Type = EntryType.SortedSet, Timeout = timeout, OnTimedOut = static reply => reply.NullArray() };

    private static void BlockingPop(ref CommandContext ctx, bool isMax)
    {
        var last = ctx.Args.Count - 2;
        if (BlockingTimeout.TryRead(ref ctx, ctx.Args.Count - 1, out var timeout)
            && TryPopFirst(ref ctx, keyCount: 0, last, isMax, count: -1, PopForm.KeyFlat) == false)
            ctx.WaitForKeys(Wait(timeout), first: 1, last);
    }

    private static void Pop(ref CommandContext ctx, bool isMax)
    {
        if (ctx.Args.Count > 3)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        long count = 1;
        var hasCount = ctx.Args.Count == 3;
        if (hasCount && (!ctx.Args.TryGetInt64(2, out count) || count < 0))
        {
            ctx.Reply.Error(Errors.NotPositive);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (exists && count != 0)
            Pop(ref ctx, key, entry, isMax, count, hasCount ? PopForm.PairsInResp3 : PopForm.Flat);
        else
            ctx.Reply.Array(0);
    }

    /// <summary>Reads what ZMPOP and BZMPOP have in common. When it is not valid the error is replied.</summary>
    private static bool TryReadMany(ref CommandContext ctx, int keyCount, out int keys, out bool isMax, out long count)
    {
        (keys, isMax, count) = (0, false, 1);
        if (!ctx.Args.TryGetInt64(keyCount, out var number) || number < 1)
        {
            ctx.Reply.Error(Errors.NoKeys);
            return false;
        }

        if (number >= ctx.Args.Count - keyCount - 1)
        {
            ctx.Reply.Error(Errors.Syntax);
            return false;
        }

        keys = (int)number;
        var options = new ArgReader(ctx.Args, keyCount + keys + 1);
        isMax = options.TryTake("MAX"u8);
        var isValid = isMax || options.TryTake("MIN"u8);
        if (isValid && options.TryTake("COUNT"u8, out var value)
            && (!ctx.Args.TryGetInt64(value, out count) || count < 1))
        {
            ctx.Reply.Error(Errors.NoCount);
            return false;
        }

        if (isValid && !options.HasMore)
            return true;
        ctx.Reply.Error(Errors.Syntax);
        return false;
    }

    /// <summary>Pops from the first key that holds a sorted set.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="keyCount">The argument before the first key.</param>
    /// <param name="keys">How many keys there are.</param>
    /// <param name="isMax">From the highest score down.</param>
    /// <param name="count">At most so many; -1 for one, logged without a count.</param>
    /// <param name="form">Of the reply.</param>
    /// <returns>False when there is none; null when the error is replied.</returns>
    private static bool? TryPopFirst(
        ref CommandContext ctx, int keyCount, int keys, bool isMax, long count, PopForm form)
    {
        for (var i = 1; i <= keys; i++)
        {
            var key = ctx.Key(keyCount + i);
            if (!BlockingKeys.TryFind(ref ctx, keyCount + i, EntryType.SortedSet, out var entry, out var exists))
                return null;
            if (!exists)
                continue;
            var left = ctx.Keyspace.SortedSetOf(entry).Count;
            Pop(ref ctx, key, entry, isMax, Math.Abs(count), form);
            LogAsPop(ref ctx, key, isMax, count < 0 ? -1 : Math.Min(count, left));
            return true;
        }

        return false;
    }

    private static void Pop(
        scoped ref CommandContext ctx, scoped in Key key, scoped in Entry entry, bool isMax, long count, PopForm form)
    {
        var length = ctx.Keyspace.SortedSetOf(entry).Count;
        count = Math.Min(count, length);
        var walk = new MemberWalk(isMax ? length - 1 : 0, count, isMax);
        if (form == PopForm.KeyPairs)
            ctx.Reply.Array(2);
        else if (form == PopForm.KeyFlat)
            ctx.Reply.Array(3);
        if (form is PopForm.KeyPairs or PopForm.KeyFlat)
            ctx.Reply.Bulk(key.Bytes);
        if (form == PopForm.KeyFlat)
            MemberReply.WriteMembers(ctx.Reply, ctx.Keyspace.SortedSetOf(entry), walk, MemberShape.Flat);
        else
            MemberReply.Write(ref ctx, entry, walk, ShapeOf(ctx.Reply, form));

        using var change = Collections.BeginChange(ref ctx, key, entry);
        change.SortedSet.RemoveRange(isMax ? length - count : 0, count);
        ctx.Notify(KeyspaceEvents.SortedSets, isMax ? "zpopmax"u8 : "zpopmin"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, (int)Math.Min(count, int.MaxValue), length - count);
    }

    private static MemberShape ShapeOf(ReplyWriter reply, PopForm form) =>
        form == PopForm.KeyPairs || (form == PopForm.PairsInResp3 && reply.Format == ReplyFormat.Resp3)
        ? MemberShape.Pairs : MemberShape.Flat;

    /// <summary>What the log gets, whoever waited for it: the key that was popped from, and how many members.</summary>
    private static void LogAsPop(scoped ref CommandContext ctx, scoped in Key key, bool isMax, long count)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(count < 0 ? 2 : 3);
        effect.Bulk(isMax ? "ZPOPMAX"u8 : "ZPOPMIN"u8);
        effect.Bulk(key.Bytes);
        if (count >= 0)
            effect.BulkInteger(count);
    }
}
