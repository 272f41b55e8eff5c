using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZRANDMEMBER: one member or several, drawn at random.</summary>
internal static class RandomMemberCommand
{
    [Command("ZRANDMEMBER", Arity = -2, Keys = "R 1", Group = CommandGroup.SortedSet, Since = "6.2.0",
        Complexity = "O(N) where N is the number of elements returned", Syntax = "key [count [WITHSCORES]]",
        Summary = "Get one or multiple random elements from a sorted set")]
    public static void RandomMember(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 2)
        {
            ReplyMany(ref ctx);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (exists)
            ctx.Reply.Bulk(ctx.Keyspace.SortedSetOf(entry).At(
                Random.Shared.NextInt64(ctx.Keyspace.SortedSetOf(entry).Count)).Member);
        else
            ctx.Reply.Null();
    }

    private static void ReplyMany(ref CommandContext ctx)
    {
        if (!RandomCount.TryRead(ref ctx, 2, out var count))
            return;
        var withScores = ctx.Args.Count == 4 && ctx.Args.Is(3, "WITHSCORES"u8);
        if (ctx.Args.Count > 3 && !withScores)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        if (withScores && count is < -long.MaxValue / 2 or > long.MaxValue / 2)
        {
            ctx.Reply.Error(RandomCount.OutOfRange);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (exists && count != 0)
            ReplyMany(ref ctx, entry, count, MemberReply.ShapeOf(ctx.Reply, withScores));
        else
            ctx.Reply.Array(0);
    }

    private static void ReplyMany(scoped ref CommandContext ctx, scoped in Entry entry, long count, MemberShape shape)
    {
        var length = ctx.Keyspace.SortedSetOf(entry).Count;
        if (count >= length)
        {
            MemberReply.Write(ref ctx, entry, new MemberWalk(0, length, IsReversed: false), shape);
            return;
        }

        if (count < -RandomCount.MostRepeated)
        {
            ctx.Reply.Error(RandomCount.OutOfRange);
            return;
        }

        var draw = count < 0 ? RankDraw.Repeated(-count, length) : RankDraw.Distinct(count, length);
        var reply = new DrawnMembers(ctx.Keyspace.Hold(entry), draw, Math.Abs(count), shape);
        if (Collections.IsLongReply(Math.Abs(count), ctx.Keyspace.SortedSetOf(entry).Bytes))
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

    /// <summary>Drawn members, piece by piece.</summary>
    private sealed class DrawnMembers(HeldCollection set, RankDraw draw, long count, MemberShape shape) : ILongReply
    {
        private const int PieceBytes = 16 * 1024;

        private HeldCollection _set = set;
        private bool _hasBegun;

        public bool WriteMore(ReplyWriter reply)
        {
            if (!_hasBegun)
                MemberReply.WriteHeader(reply, count, shape);
            _hasBegun = true;
            for (var end = reply.Length + PieceBytes; reply.Length < end;)
            {
                if (!draw.TryNext(out var rank))
                    return false;
                var cursor = _set.SortedSet.At(rank);
                MemberReply.WriteMember(reply, cursor.Member, cursor.Score, shape);
            }

            return true;
        }

        public void Dispose() => _set.Dispose();
    }
}
