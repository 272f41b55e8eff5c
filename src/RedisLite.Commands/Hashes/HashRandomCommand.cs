using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>HRANDFIELD: one field or several, drawn at random.</summary>
internal static class HashRandomCommand
{
    [Command("HRANDFIELD", Arity = -2, Keys = "R 1", Group = CommandGroup.Hash, Since = "6.2.0",
        Complexity = "O(N) where N is the number of fields returned", Syntax = "key [count [WITHVALUES]]",
        Summary = "Get one or multiple random fields from a hash")]
    public static void HRandField(ref CommandContext ctx)
    {
        if (ctx.Args.Count == 2)
        {
            ReplyOne(ref ctx);
            return;
        }

        if (!RandomCount.TryRead(ref ctx, 2, out var count))
            return;
        if (ctx.Args.Count > 4 || (ctx.Args.Count == 4 && !ctx.Args.Is(3, "WITHVALUES"u8)))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        var parts = ctx.Args.Count == 4 ? HashParts.Both : HashParts.Fields;
        if (parts == HashParts.Both && count is < -long.MaxValue / 2 or > long.MaxValue / 2)
        {
            ctx.Reply.Error(RandomCount.OutOfRange);
            return;
        }

        ReplyMany(ref ctx, count, parts);
    }

    private static void ReplyOne(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        var live = exists ? LiveRanks.Of(ref ctx, entry) : LiveRanks.None;
        if (live.Count == 0)
            ctx.Reply.Null();
        else
            ctx.Reply.Bulk(ctx.Keyspace.HashOf(entry).At(live[Random.Shared.NextInt64(live.Count)]).Field);
    }

    private static void ReplyMany(ref CommandContext ctx, long count, HashParts parts)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        var live = exists && count != 0 ? LiveRanks.Of(ref ctx, entry) : LiveRanks.None;
        if (live.Count == 0)
        {
            ctx.Reply.Array(0);
            return;
        }

        if (count >= live.Count)
        {
            HashReply.SendAsArray(ref ctx, entry, parts);
            return;
        }

        if (count < -RandomCount.MostRepeated)
        {
            ctx.Reply.Error(RandomCount.OutOfRange);
            return;
        }

        var draw = count < 0 ? RankDraw.Repeated(-count, live.Count) : RankDraw.Distinct(count, live.Count);
        var reply = new DrawnFields(ctx.Keyspace.Hold(entry), draw, Math.Abs(count), live, parts);
        if (Collections.IsLongReply(Math.Abs(count), ctx.Keyspace.HashOf(entry).Bytes))
            ctx.ReplyFrom(reply);
        else
            reply.WriteAll(ctx.Reply);
    }

    /// <summary>The ranks of the fields that have not expired.</summary>
    private readonly struct LiveRanks(long count, long[] expired)
    {
        public static LiveRanks None { get; } = new(0, []);

        public long Count => count - expired.Length;

        /// <summary>A rank is as many more than the index as there are expired fields before it.</summary>
        public long this[long index]
        {
            get
            {
                var (low, high) = (0, expired.Length);
                while (low < high)
                {
                    var middle = (low + high) / 2;
                    if (expired[middle] - middle <= index)
                        low = middle + 1;
                    else
                        high = middle;
                }

                return index + low;
            }
        }

        /// <summary>O(log n) and as much for each expired field.</summary>
        public static LiveRanks Of(ref CommandContext ctx, scoped in Entry entry)
        {
            var hash = ctx.Keyspace.HashOf(entry);
            return new LiveRanks(hash.Count, hash.RanksOfExpired(LiveHash.ClockOf(ctx)));
        }
    }

    /// <summary>The fields at ranks that are drawn one by one.</summary>
    private sealed class DrawnFields(HeldCollection held, RankDraw draw, long count, LiveRanks live, HashParts parts)
        : ILongReply
    {
        private HeldCollection _held = held;
        private bool _isBegun;

        public bool WriteMore(ReplyWriter reply)
        {
            if (!_isBegun)
                HashReply.BeginArray(reply, parts, count);
            _isBegun = true;
            var end = reply.Length + Collections.ReplyPiece;
            var hash = _held.Hash;
            while (reply.Length < end)
            {
                if (!draw.TryNext(out var index))
                    return false;
                HashReply.WriteItem(reply, parts, hash.At(live[index]));
            }

            return true;
        }

        public void WriteAll(ReplyWriter reply)
        {
            using (this)
            {
                while (WriteMore(reply))
                {
                }
            }
        }

        public void Dispose() => _held.Dispose();
    }
}
