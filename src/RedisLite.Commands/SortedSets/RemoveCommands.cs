using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZREM, ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX.</summary>
internal static class RemoveCommands
{
    private const string Complexity =
        "O(log(N)+M) with N being the number of elements in the sorted set and M the number of elements removed by "
            + "the operation.";

    // Beyond, members are removed from a copy while the stripe is released.
    private const int FewMembers = 4000;

    [Command("ZREM", Arity = -3, Keys = "RW:delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.SortedSet,
        Since = "1.2.0",
        Complexity = "O(M*log(N)) with N being the number of elements in the sorted set and M the number of elements "
            + "to be removed.", Syntax = "key member [member ...]",
        Summary = "Remove one or more members from a sorted set")]
    public static void Remove(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        var removed = 0;
        if (exists)
        {
            using var change = Collections.BeginChange(ref ctx, key, entry);
            for (var i = 2; i < ctx.Args.Count && change.SortedSet.Count != 0; i++)
                if (change.SortedSet.Remove(ctx.Args[i]))
                    removed++;
            if (removed != 0)
            {
                ctx.Notify(KeyspaceEvents.SortedSets, "zrem"u8, key.Bytes);
                Collections.Changed(ref ctx, key, in change, removed, change.SortedSet.Count);
            }
        }

        ctx.Reply.Integer(removed);
    }

    [Command("ZREMRANGEBYRANK", Arity = 4, Keys = "RW:delete 1", Flags = CommandFlags.Pooled,
        Group = CommandGroup.SortedSet, Since = "2.0.0", Complexity = Complexity, Syntax = "key start stop",
        Summary = "Remove all members in a sorted set within the given indexes")]
    public static void RemoveByRank(ref CommandContext ctx) => RemoveRange(ref ctx, RangeKind.Rank);

    [Command("ZREMRANGEBYSCORE", Arity = 4, Keys = "RW:delete 1", Flags = CommandFlags.Pooled,
        Group = CommandGroup.SortedSet, Since = "1.2.0", Complexity = Complexity, Syntax = "key min max",
        Summary = "Remove all members in a sorted set within the given scores")]
    public static void RemoveByScore(ref CommandContext ctx) => RemoveRange(ref ctx, RangeKind.Score);

    [Command("ZREMRANGEBYLEX", Arity = 4, Keys = "RW:delete 1", Flags = CommandFlags.Pooled,
        Group = CommandGroup.SortedSet, Since = "2.8.9", Complexity = Complexity, Syntax = "key min max",
        Summary = "Remove all members in a sorted set between the given lexicographical range")]
    public static void RemoveByLex(ref CommandContext ctx) => RemoveRange(ref ctx, RangeKind.Lex);

    private static void RemoveRange(ref CommandContext ctx, RangeKind kind)
    {
        var key = ctx.Key(1);
        if (!MemberBounds.TryParse(ref ctx, kind, min: 2, max: 3, out var bounds)
            || !Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        var range = exists ? bounds.In(ctx.Keyspace.SortedSetOf(entry)) : default;
        if (range.Count > FewMembers && range.Count < ctx.Keyspace.SortedSetOf(entry).Count)
            ctx.RunAside(new RangeRemoval(ref ctx, kind, range));
        else
            RemoveNow(ref ctx, kind, key, entry, range);
    }

    private static void RemoveNow(
        scoped ref CommandContext ctx, RangeKind kind, scoped in Key key, scoped in Entry entry, RankRange range)
    {
        if (range.Count != 0)
        {
            using var change = Collections.BeginChange(ref ctx, key, entry);
            change.SortedSet.RemoveRange(range.First, range.Count);
            ctx.Notify(KeyspaceEvents.SortedSets, EventOf(kind), key.Bytes);
            Collections.Changed(ref ctx, key, in change, CountOf(range), change.SortedSet.Count);
        }

        ctx.Reply.Integer(range.Count);
    }

    private static ReadOnlySpan<byte> EventOf(RangeKind kind) => kind switch
    {
        RangeKind.Rank => "zremrangebyrank"u8,
        RangeKind.Score => "zremrangebyscore"u8,
        _ => "zremrangebylex"u8,
    };

    private static int CountOf(RankRange range) => (int)Math.Min(range.Count, int.MaxValue);

    /// <summary>
    /// Removes a range from a copy of the sorted set, which shares with it what stays, and puts the copy in its place.
    /// </summary>
    private sealed class RangeRemoval : IAsideWork
    {
        private readonly RangeKind _kind;
        private readonly HeldSources _source;
        private RankRange _range;
        private HeldCollection _copy;

        public RangeRemoval(scoped ref CommandContext ctx, RangeKind kind, RankRange range)
        {
            _kind = kind;
            _range = range;
            _source = new HeldSources(ref ctx, firstKey: 1, count: 1);
            Copy(ref ctx);
        }

        public void Compute()
        {
            if (_range.Count != 0)
                _copy.SortedSet.RemoveRange(_range.First, _range.Count);
        }

        public bool TryFinish(ref CommandContext ctx)
        {
            var key = ctx.Key(1);
            if (!_source.AreSame(ref ctx))
                return TryRestart(ref ctx, key);
            ctx.TryPeek(key, out var entry);
            if (_range.Count != 0)
            {
                ctx.Keyspace.SetCollection(key, ref _copy, entry.ExpireAtMs);
                ctx.Changed(CountOf(_range));
                ctx.Notify(KeyspaceEvents.SortedSets, EventOf(_kind), key.Bytes);
            }

            ctx.Reply.Integer(_range.Count);
            return true;
        }

        public void Dispose()
        {
            _source.Dispose();
            _copy.Dispose();
        }

        /// <summary>
        /// Somebody has changed the key: what the command finds now may be a range of any length, or nothing.
        /// </summary>
        /// <returns>Whether the command has ended with that.</returns>
        private bool TryRestart(scoped ref CommandContext ctx, scoped in Key key)
        {
            if (!MemberBounds.TryParse(ref ctx, _kind, min: 2, max: 3, out var bounds)
                || !Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
                return true;
            _range = exists ? bounds.In(ctx.Keyspace.SortedSetOf(entry)) : default;
            if (_range.Count <= FewMembers || _range.Count == ctx.Keyspace.SortedSetOf(entry).Count)
            {
                RemoveNow(ref ctx, _kind, key, entry, _range);
                return true;
            }

            Copy(ref ctx);
            return false;
        }

        private void Copy(scoped ref CommandContext ctx)
        {
            _copy.Dispose();
            var key = ctx.Key(1);
            if (ctx.TryPeek(key, out var entry))
                _copy = ctx.Keyspace.Hold(entry);
        }
    }
}
