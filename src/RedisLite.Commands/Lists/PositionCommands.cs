using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>LPOS.</summary>
internal static class PositionCommands
{
    [Command("LPOS", Arity = -3, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.List, Since = "6.0.6",
        Complexity = "O(N) where N is the number of elements in the list, for the average case. When searching for "
            + "elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may "
            + "run in constant time.", Syntax = "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
        Summary = "Return the index of matching elements on a list",
        Notes = "RANK -9223372036854775808 is refused, as in later versions; Redis 7.0 negates it in vain.")]
    public static void Position(ref CommandContext ctx)
    {
        long rank = 1;
        long maxLength = 0;
        long? count = null;
        var options = new ArgReader(ctx.Args, first: 3);
        while (options.HasMore)
        {
            if (options.TryTake("RANK"u8, out var value))
            {
                if (!TryReadRank(ref ctx, value, out rank))
                    return;
            }
            else if (options.TryTake("COUNT"u8, out value))
            {
                if (!TryReadCount(ref ctx, value, "ERR COUNT can't be negative"u8, out var wanted))
                    return;
                count = wanted;
            }
            else if (options.TryTake("MAXLEN"u8, out value))
            {
                if (!TryReadCount(ref ctx, value, "ERR MAXLEN can't be negative"u8, out maxLength))
                    return;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
        }

        new PositionSearch(ctx.Args[2].ToArray(), rank, count, maxLength).Run(ref ctx);
    }

    private static bool TryReadRank(scoped ref CommandContext ctx, int argument, out long rank)
    {
        if (!ctx.Args.TryGetInt64(argument, out rank))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (rank == long.MinValue)
            ctx.Reply.Error(Errors.NotALong);
        else if (rank == 0)
            ctx.Reply.Error(
                "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "u8
                    + "negative to start from the end of the list"u8);
        else
            return true;
        return false;
    }

    private static bool TryReadCount(
        scoped ref CommandContext ctx, int argument, ReadOnlySpan<byte> error, out long count)
    {
        if (ctx.Args.TryGetInt64(argument, out count) && count >= 0)
            return true;
        ctx.Reply.Error(error);
        return false;
    }

    /// <param name="element">What is looked for.</param>
    /// <param name="rank">The match to begin with; negative from the end.</param>
    /// <param name="count">How many matches, 0 for all; null for one that is no array.</param>
    /// <param name="maxLength">How many elements to look at; 0 for all.</param>
    private sealed class PositionSearch(byte[] element, long rank, long? count, long maxLength)
        : ListSearch(changes: false)
    {
        private readonly List<long> _found = [];

        protected override void Search(ListValue list)
        {
            _found.Clear();
            var backwards = rank < 0;
            var skipped = Math.Abs(rank) - 1;
            var wanted = count switch { null => 1, 0 => long.MaxValue, { } some => some };
            var left = maxLength == 0 ? long.MaxValue : maxLength;
            var index = backwards ? list.Count - 1 : 0;
            var needle = new ListNeedle(element);
            for (var cursor = list.At(index); cursor.IsValid && left > 0 && _found.Count < wanted; left--)
            {
                if (cursor.Is(needle) && skipped-- <= 0)
                    _found.Add(index);
                index += backwards ? -1 : 1;
                _ = backwards ? cursor.MovePrevious() : cursor.MoveNext();
            }
        }

        protected override void FinishMissing(scoped ref CommandContext ctx)
        {
            if (count is null)
                ctx.Reply.Null();
            else
                ctx.Reply.Array(0);
        }

        protected override void Finish(scoped ref CommandContext ctx)
        {
            if (count is not null)
                ctx.ReplyFrom(new PositionsReply(_found));
            else if (_found.Count == 0)
                ctx.Reply.Null();
            else
                ctx.Reply.Integer(_found[0]);
        }
    }

    /// <summary>Positions as an array, perhaps a million of them.</summary>
    private sealed class PositionsReply(List<long> positions) : ILongReply
    {
        private const int PieceSize = 16 * 1024;

        private int _done;

        public bool WriteMore(ReplyWriter reply)
        {
            if (_done == 0)
                reply.Array(positions.Count);
            for (var stop = reply.Length + PieceSize; _done < positions.Count && reply.Length < stop; _done++)
                reply.Integer(positions[_done]);
            return _done < positions.Count;
        }

        public void Dispose()
        {
        }
    }
}
