using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZRANDMEMBER.</summary>
internal static class RandomMemberCommand
{
    // Beyond, the reply is a long one.
    private const int MostMembers = 1000;

    // Drawing ranks until so many different ones are found is quicker than walking over all, up to this part of them.
    private const int DrawnPart = 3;

    [Command("ZRANDMEMBER", Arity = -2, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "6.2.0",
        Complexity = "O(N) where N is the number of elements returned", Syntax = "key [count [WITHSCORES]]",
        Summary = "Get one or multiple random elements from a sorted set")]
    public static void RandomMember(ref CommandContext ctx)
    {
        long count = 1;
        var withScores = false;
        if (ctx.Args.Count > 2 && !TryReadOptions(ref ctx, out count, out withScores))
            return;
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (ctx.Args.Count > 2)
        {
            Reply(ref ctx, entry, exists, count, MemberReply.ShapeOf(ctx.Reply, withScores));
            return;
        }

        if (exists)
            ctx.Reply.Bulk(ctx.Keyspace.SortedSetOf(entry).At(Random.Shared.NextInt64(ctx.Keyspace.SortedSetOf(entry).Count)).Member);
        else
            ctx.Reply.Null();
    }

    private static bool TryReadOptions(ref CommandContext ctx, out long count, out bool withScores)
    {
        withScores = ctx.Args.Count == 4 && ctx.Args.Is(3, "WITHSCORES"u8);
        if (!ctx.Args.TryGetInt64(2, out count))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (count == long.MinValue)
            ctx.Reply.Error(SortedSetErrors.NotARandomCount);
        else if (ctx.Args.Count > 4 || (ctx.Args.Count == 4 && !withScores))
            ctx.Reply.Error(Errors.Syntax);
        else if (withScores && count is < -long.MaxValue / 2 or > long.MaxValue / 2)
            ctx.Reply.Error(SortedSetErrors.OutOfRange);
        else
            return true;
        return false;
    }

    private static void Reply(ref CommandContext ctx, scoped in Entry entry, bool exists, long count, MemberShape shape)
    {
        if (!exists || count == 0)
        {
            ctx.Reply.Array(0);
            return;
        }

        var length = ctx.Keyspace.SortedSetOf(entry).Count;
        if (count >= length)
        {
            MemberReply.Write(ref ctx, entry, new MemberWalk(0, length, IsReversed: false), shape);
            return;
        }

        var ranks = count < 0 ? new RandomRanks(-count, length) : RandomRanks.Distinct(count, length, count <= length / DrawnPart);
        var reply = new RandomReply(ctx.Keyspace.Hold(entry), ranks, shape);
        if (Math.Abs(count) > MostMembers)
        {
            ctx.ReplyFrom(reply);
            return;
        }

        using (reply)
        {
            while (reply.WriteMore(ctx.Reply))
            {
            }
        }
    }

    /// <summary>Random ranks, one after the other.</summary>
    private sealed class RandomRanks(long count, long length)
    {
        private HashSet<long>? _drawn;
        private bool _isSelection;
        private long _next;

        public long Left { get; private set; } = count;

        /// <summary>Ranks that are all different: drawn again if they came before, or each chosen or not in rising order.</summary>
        public static RandomRanks Distinct(long count, long length, bool isFew) =>
            new(count, length) { _drawn = isFew ? [] : null, _isSelection = !isFew };

        public long Next()
        {
            Left--;
            if (_isSelection)
            {
                // As many as are still wanted, of those that are left, have the same chance each.
                while (Random.Shared.NextInt64(length - _next) > Left)
                    _next++;
                return _next++;
            }

            var rank = Random.Shared.NextInt64(length);
            while (_drawn is not null && !_drawn.Add(rank))
                rank = Random.Shared.NextInt64(length);
            return rank;
        }
    }

    private sealed class RandomReply(HeldCollection set, RandomRanks ranks, MemberShape shape) : ILongReply
    {
        private const int PieceBytes = 16 * 1024;

        private HeldCollection _set = set;
        private bool _hasBegun;

        public bool WriteMore(ReplyWriter reply)
        {
            if (!_hasBegun)
                MemberReply.WriteHeader(reply, ranks.Left, shape);
            _hasBegun = true;
            for (var end = reply.Length + PieceBytes; ranks.Left > 0 && reply.Length < end;)
            {
                var cursor = _set.SortedSet.At(ranks.Next());
                MemberReply.WriteMember(reply, cursor.Member, cursor.Score, shape);
            }

            return ranks.Left > 0;
        }

        public void Dispose() => _set.Dispose();
    }
}
