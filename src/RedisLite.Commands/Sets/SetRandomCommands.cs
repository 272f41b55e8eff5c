using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Sets;

/// <summary>Members drawn at random: SPOP takes them out, SRANDMEMBER does not.</summary>
internal static class SetRandomCommands
{
    // Members of one SREM in the log, as Redis has it.
    private const int LoggedTogether = 1024;

    [Command("SPOP", Arity = -2, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast | CommandFlags.PooledWithCount,
        Group = CommandGroup.Set, Since = "1.0.0",
        Complexity = "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
        Syntax = "key [count]", Summary = "Remove and return one or multiple random members from a set",
        Notes = "The log gets an SREM, or a DEL of the whole set.")]
    public static void SPop(ref CommandContext ctx)
    {
        var hasCount = ctx.Args.Count > 2;
        long count = 1;
        if (ctx.Args.Count > 3)
            ctx.Reply.Error(Errors.Syntax);
        else if (hasCount && (!ctx.Args.TryGetInt64(2, out count) || count < 0))
            ctx.Reply.Error(Errors.NotPositive);
        else
            Pop(ref ctx, count, hasCount);
    }

    [Command("SRANDMEMBER", Arity = -2, Keys = "R 1", Group = CommandGroup.Set, Since = "1.0.0",
        Complexity = "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed "
            + "count.", Syntax = "key [count]", Summary = "Get one or multiple random members from a set")]
    public static void SRandMember(ref CommandContext ctx)
    {
        if (ctx.Args.Count == 2)
            ReplyOne(ref ctx);
        else if (ctx.Args.Count > 3)
            ctx.Reply.Error(Errors.Syntax);
        else if (RandomCount.TryRead(ref ctx, 2, out var count))
            ReplyMany(ref ctx, count);
    }

    private static void ReplyOne(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Null();
            return;
        }

        var set = ctx.Keyspace.SetOf(entry);
        var cursor = set.At(Random.Shared.NextInt64(set.Count));
        ctx.Reply.Bulk(cursor.Member);
    }

    private static void ReplyMany(ref CommandContext ctx, long count)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            return;
        if (!exists || count == 0)
        {
            ctx.Reply.Array(0);
            return;
        }

        var set = ctx.Keyspace.SetOf(entry);
        if (count >= set.Count)
        {
            SetReply.Send(ref ctx, entry, asArray: true);
            return;
        }

        if (count < -RandomCount.MostRepeated)
        {
            ctx.Reply.Error(RandomCount.OutOfRange);
            return;
        }

        var draw = count < 0 ? RankDraw.Repeated(-count, set.Count) : RankDraw.Distinct(count, set.Count);
        var reply = new DrawnMembers(ctx.Keyspace.Hold(entry), draw, Math.Abs(count));
        if (Collections.IsLongReply(Math.Abs(count), set.Bytes))
            ctx.ReplyFrom(reply);
        else
            reply.WriteAll(ctx.Reply);
    }

    private static void Pop(ref CommandContext ctx, long count, bool hasCount)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Set, out var entry, out var exists))
            return;
        if (!exists || count == 0)
        {
            if (hasCount)
                ctx.Reply.Set(0);
            else
                ctx.Reply.Null();
        }
        else if (hasCount && count >= ctx.Keyspace.SetOf(entry).Count)
        {
            PopAll(ref ctx, key, entry);
        }
        else
        {
            if (hasCount)
                ctx.Reply.Set((int)count);
            PopSome(ref ctx, key, entry, count);
        }
    }

    private static void PopAll(ref CommandContext ctx, scoped in Key key, scoped in Entry entry)
    {
        var count = ctx.Keyspace.SetOf(entry).Count;
        SetReply.Send(ref ctx, entry);
        ctx.Keyspace.Remove(key);
        ctx.Changed((int)Math.Min(count, int.MaxValue));
        ctx.Notify(KeyspaceEvents.Sets, "spop"u8, key.Bytes);
        ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(2);
        effect.Bulk("DEL"u8);
        effect.Bulk(key.Bytes);
    }

    /// <summary>Takes out members from the highest rank down, so that the ranks below stay what they were.</summary>
    private static void PopSome(ref CommandContext ctx, scoped in Key key, scoped in Entry entry, long count)
    {
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var set = change.Set;
        var ranks = RanksToPop(count, set.Count);
        var isLogged = ctx.IsLogged;
        var member = new ReplyWriter();
        var effect = member;
        for (var i = 0; i < ranks.Length; i++)
        {
            var cursor = set.At(ranks[i]);
            member.Clear();
            member.Raw(cursor.Member);
            if (isLogged && i % LoggedTogether == 0)
                effect = BeginRemoval(ref ctx, key, Math.Min(LoggedTogether, ranks.Length - i));
            if (isLogged)
                effect.Bulk(member.Written);
            ctx.Reply.Bulk(member.Written);
            set.Remove(member.Written);
        }

        member.Dispose();
        ctx.Notify(KeyspaceEvents.Sets, "spop"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, ranks.Length, set.Count);
    }

    private static long[] RanksToPop(long count, long size)
    {
        if (count == 1)
            return [Random.Shared.NextInt64(size)];
        var draw = RankDraw.Distinct(count, size);
        var ranks = new long[count];
        for (var i = 0; draw.TryNext(out var rank); i++)
            ranks[i] = rank;
        Array.Sort(ranks);
        Array.Reverse(ranks);
        return ranks;
    }

    private static ReplyWriter BeginRemoval(ref CommandContext ctx, scoped in Key key, int members)
    {
        var effect = ctx.PropagateAs(2 + members);
        effect.Bulk("SREM"u8);
        effect.Bulk(key.Bytes);
        return effect;
    }

    /// <summary>The members at ranks that are drawn one by one.</summary>
    private sealed class DrawnMembers(HeldCollection held, RankDraw draw, long count) : ILongReply
    {
        private HeldCollection _held = held;
        private bool _isBegun;

        public bool WriteMore(ReplyWriter reply)
        {
            if (!_isBegun)
                reply.Array((int)count);
            _isBegun = true;
            var end = reply.Length + Collections.ReplyPiece;
            var set = _held.Set;
            while (reply.Length < end)
            {
                if (!draw.TryNext(out var rank))
                    return false;
                var cursor = set.At(rank);
                reply.Bulk(cursor.Member);
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
