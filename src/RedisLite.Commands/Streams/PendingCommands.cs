using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XACK and XPENDING.</summary>
internal static class PendingCommands
{
    [Command("XACK", Arity = -4, Keys = "RW:update 1",
        Flags = CommandFlags.Fast | CommandFlags.WakesNobody, Group = CommandGroup.Stream,
        Since = "5.0.0", Complexity = "O(1) for each message ID processed.", Syntax = "key group id [id ...]",
        Summary = "Marks a pending message as correctly processed, effectively removing it from the pending entries "
            + "list of the consumer group.")]
    public static void Acknowledge(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists || !ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[2], out _))
        {
            ctx.Reply.Integer(0);
            return;
        }
        for (var i = 3; i < ctx.Args.Count; i++)
        {
            if (!StreamIds.TryRead(ref ctx, i, 0, out _))
                return;
        }
        using var change = Collections.BeginChange(ref ctx, key, entry);
        using var group = change.Stream.ChangeGroup(ctx.Args[2]);
        var acknowledged = 0;
        for (var i = 3; i < ctx.Args.Count; i++)
        {
            StreamIds.TryParse(ctx.Args[i], 0, out var id);
            acknowledged += group.Acknowledge(id) ? 1 : 0;
        }
        if (acknowledged > 0)
            ctx.Changed(acknowledged);
        ctx.Reply.Integer(acknowledged);
    }

    [Command("XPENDING", Arity = -3, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Stream,
        Since = "5.0.0",
        Complexity = "O(N) with N being the number of elements returned, so asking for a small fixed number of "
            + "entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE "
            + "filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) "
            + "time; otherwise, an additional O(N) time for iterating every consumer.",
        Syntax = "key group [[IDLE min-idle-time] start end count [consumer]]",
        Summary = "Return information and entries from a stream consumer group pending entries list, that are "
            + "messages fetched but never acknowledged.")]
    public static void Pending(ref CommandContext ctx)
    {
        var filter = default(PendingFilter);
        if (ctx.Args.Count != 3 && !filter.TryRead(ref ctx))
            return;
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Stream, out var entry, out var exists))
            return;
        StreamGroup group = default;
        if (!exists || !ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[2], out group))
        {
            ctx.Reply.Error(StreamErrors.NoGroup(ctx.Args[1], ctx.Args[2]));
            return;
        }
        if (ctx.Args.Count == 3)
            Summarize(ref ctx, group);
        else
            List(ref ctx, group, filter);
    }

    private static void Summarize(scoped ref CommandContext ctx, scoped in StreamGroup group)
    {
        ctx.Reply.Array(4);
        ctx.Reply.Integer(group.PendingCount);
        if (group.PendingCount == 0)
        {
            ctx.Reply.Null();
            ctx.Reply.Null();
            ctx.Reply.NullArray();
            return;
        }
        StreamIds.Bulk(ctx.Reply, group.PendingAt(0).Id);
        StreamIds.Bulk(ctx.Reply, group.PendingAt(group.PendingCount - 1).Id);
        var mark = ctx.Reply.BeginAggregate();
        var consumers = 0;
        for (var cursor = group.ConsumersAt(0); cursor.IsValid; cursor.MoveNext())
        {
            if (cursor.Consumer.PendingCount == 0)
                continue;
            consumers++;
            ctx.Reply.Array(2);
            ctx.Reply.Bulk(cursor.Consumer.Name);
            ctx.Reply.BulkInteger(cursor.Consumer.PendingCount);
        }
        ctx.Reply.EndArray(mark, consumers);
    }

    private static void List(scoped ref CommandContext ctx, scoped in StreamGroup group, in PendingFilter filter)
    {
        var cursor = group.PendingFrom(filter.From);
        if (filter.Consumer != 0)
        {
            if (!group.TryGetConsumer(ctx.Args[filter.Consumer], out var consumer))
            {
                ctx.Reply.Array(0);
                return;
            }
            cursor = consumer.PendingFrom(filter.From);
        }
        var mark = ctx.Reply.BeginAggregate();
        var found = 0;
        for (; cursor.IsValid && found < filter.Count && cursor.Id <= filter.To; cursor.MoveNext())
        {
            group.TryGetPending(cursor.Id, out var pending);
            var idle = ctx.NowMs - pending.DeliveredAtMs;
            if (filter.MinIdleMs != 0 && idle < filter.MinIdleMs)
                continue;
            found++;
            ctx.Reply.Array(4);
            StreamIds.Bulk(ctx.Reply, pending.Id);
            ctx.Reply.Bulk(pending.Consumer);
            ctx.Reply.Integer(Math.Max(0, idle));
            ctx.Reply.Integer((long)pending.Deliveries);
        }
        ctx.Reply.EndArray(mark, found);
    }

    /// <summary>Which pending entries XPENDING is to list.</summary>
    private struct PendingFilter
    {
        public long MinIdleMs { get; private set; }

        public StreamId From { get; private set; }

        public StreamId To { get; private set; }

        public long Count { get; private set; }

        /// <summary>Index of the consumer's name; 0 for all.</summary>
        public int Consumer { get; private set; }

        public bool TryRead(scoped ref CommandContext ctx)
        {
            var args = ctx.Args;
            if (args.Count is < 6 or > 9)
                return Fail(ref ctx, Errors.Syntax);
            var at = 3;
            if (args.Is(at, "IDLE"u8))
            {
                if (!args.TryGetInt64(at + 1, out var idle))
                    return Fail(ref ctx, Errors.NotAnInteger);
                if (args.Count < 8)
                    return Fail(ref ctx, Errors.Syntax);
                MinIdleMs = idle;
                at += 2;
            }
            if (!args.TryGetInt64(at + 2, out var count))
                return Fail(ref ctx, Errors.NotAnInteger);
            Count = Math.Max(0, count);
            if (!StreamIds.TryReadStart(ref ctx, at, out var from)
                || !StreamIds.TryReadEnd(ref ctx, at + 1, out var to))
                return false;
            From = from;
            To = to;
            Consumer = at + 3 < args.Count ? at + 3 : 0;
            return true;
        }

        private static bool Fail(scoped ref CommandContext ctx, ReadOnlySpan<byte> error)
        {
            ctx.Reply.Error(error);
            return false;
        }
    }
}
