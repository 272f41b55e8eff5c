using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XINFO: what is known of a stream, its groups and their consumers.</summary>
[CommandContainer("XINFO", Group = CommandGroup.Stream, Since = "5.0.0", HelpSince = "5.0.0",
    Summary = "A container for stream introspection commands")]
internal static class InfoCommands
{
    private const int Key = 2;
    private const long DefaultCount = 10;

    [Command("XINFO STREAM", Arity = -3, Keys = "R 2", Flags = CommandFlags.Pooled, Group = CommandGroup.Stream,
        Since = "5.0.0", Complexity = "O(1)", Syntax = "key [FULL [COUNT count]]",
        Summary = "Get information about a stream",
        Notes = "The radix tree's figures are those that Redis would have for the same entries, the inner nodes by "
            + "estimate.")]
    public static void Stream(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, out var entry) || !TryReadFull(ref ctx, out var isFull, out var count))
            return;
        var stream = ctx.Keyspace.StreamOf(entry);
        var reply = ctx.Reply;
        var totals = stream.Totals;
        reply.Map(isFull ? 9 : 10);
        reply.Bulk("length"u8);
        reply.Integer((long)totals.Length);
        reply.Bulk("radix-tree-keys"u8);
        reply.Integer(stream.NodeCount);
        reply.Bulk("radix-tree-nodes"u8);
        reply.Integer(stream.NodeCount + 1);
        Id(reply, "last-generated-id"u8, totals.LastId);
        Id(reply, "max-deleted-entry-id"u8, totals.MaxDeletedId);
        reply.Bulk("entries-added"u8);
        reply.Integer((long)totals.EntriesAdded);
        Id(reply, "recorded-first-entry-id"u8, totals.FirstId);
        if (isFull)
        {
            reply.Bulk("entries"u8);
            StreamReplies.Range(reply, stream, 0, Math.Min(count, stream.Count));
            reply.Bulk("groups"u8);
            reply.Array((int)stream.GroupCount);
            for (var cursor = stream.GroupsAt(0); cursor.IsValid; cursor.MoveNext())
                FullGroup(reply, totals, cursor.Group, count);
            return;
        }
        reply.Bulk("groups"u8);
        reply.Integer(stream.GroupCount);
        reply.Bulk("first-entry"u8);
        EntryAt(reply, stream, 0);
        reply.Bulk("last-entry"u8);
        EntryAt(reply, stream, stream.Count - 1);
    }

    [Command("XINFO GROUPS", Arity = 3, Keys = "R 2", Group = CommandGroup.Stream, Since = "5.0.0", Complexity = "O(1)",
        Syntax = "key", Summary = "List the consumer groups of a stream")]
    public static void Groups(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, out var entry))
            return;
        var stream = ctx.Keyspace.StreamOf(entry);
        var totals = stream.Totals;
        ctx.Reply.Array((int)stream.GroupCount);
        for (var cursor = stream.GroupsAt(0); cursor.IsValid; cursor.MoveNext())
        {
            var group = cursor.Group;
            ctx.Reply.Map(6);
            ctx.Reply.Bulk("name"u8);
            ctx.Reply.Bulk(group.Name);
            ctx.Reply.Bulk("consumers"u8);
            ctx.Reply.Integer(group.ConsumerCount);
            ctx.Reply.Bulk("pending"u8);
            ctx.Reply.Integer(group.PendingCount);
            Progress(ctx.Reply, totals, group.State);
        }
    }

    [Command("XINFO CONSUMERS", Arity = 4, Keys = "R 2", Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(1)", Syntax = "key groupname", Summary = "List the consumers in a consumer group")]
    public static void Consumers(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, out var entry))
            return;
        if (!ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[3], out var group))
        {
            ctx.Reply.Error(StreamErrors.NoGroupOfKey(ctx.Args[Key], ctx.Args[3]));
            return;
        }
        ctx.Reply.Array((int)group.ConsumerCount);
        for (var cursor = group.ConsumersAt(0); cursor.IsValid; cursor.MoveNext())
        {
            var consumer = cursor.Consumer;
            ctx.Reply.Map(3);
            ctx.Reply.Bulk("name"u8);
            ctx.Reply.Bulk(consumer.Name);
            ctx.Reply.Bulk("pending"u8);
            ctx.Reply.Integer(consumer.PendingCount);
            ctx.Reply.Bulk("idle"u8);
            ctx.Reply.Integer(Math.Max(0, ctx.NowMs - consumer.State.SeenAtMs));
        }
    }

    private static bool TryFind(scoped ref CommandContext ctx, out Entry entry)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(Key), EntryType.Stream, out entry, out var exists))
            return false;
        if (!exists)
            ctx.Reply.Error(Errors.NoSuchKey);
        return exists;
    }

    private static bool TryReadFull(scoped ref CommandContext ctx, out bool isFull, out long count)
    {
        var args = ctx.Args;
        isFull = args.Count > 3;
        count = DefaultCount;
        if (!isFull)
            return true;
        if (args.Count is not (4 or 6) || !args.Is(3, "FULL"u8) || (args.Count == 6 && !args.Is(4, "COUNT"u8)))
        {
            ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, args));
            return false;
        }
        if (args.Count == 6 && !args.TryGetInt64(5, out count))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return false;
        }
        count = count < 0 ? DefaultCount : count == 0 ? long.MaxValue : count;
        return true;
    }

    private static void FullGroup(ReplyWriter reply, in StreamTotals totals, scoped in StreamGroup group, long count)
    {
        reply.Map(7);
        reply.Bulk("name"u8);
        reply.Bulk(group.Name);
        Progress(reply, totals, group.State);
        reply.Bulk("pel-count"u8);
        reply.Integer(group.PendingCount);
        reply.Bulk("pending"u8);
        reply.Array((int)Math.Min(count, group.PendingCount));
        var left = count;
        for (var cursor = group.PendingAt(0); cursor.IsValid && left > 0; cursor.MoveNext(), left--)
        {
            reply.Array(4);
            StreamIds.Bulk(reply, cursor.Id);
            reply.Bulk(cursor.Pending.Consumer);
            reply.Integer(cursor.Pending.DeliveredAtMs);
            reply.Integer((long)cursor.Pending.Deliveries);
        }
        reply.Bulk("consumers"u8);
        reply.Array((int)group.ConsumerCount);
        for (var cursor = group.ConsumersAt(0); cursor.IsValid; cursor.MoveNext())
            FullConsumer(reply, group, cursor.Consumer, count);
    }

    private static void FullConsumer(
        ReplyWriter reply, scoped in StreamGroup group, scoped in StreamConsumer consumer, long count)
    {
        reply.Map(4);
        reply.Bulk("name"u8);
        reply.Bulk(consumer.Name);
        reply.Bulk("seen-time"u8);
        reply.Integer(consumer.State.SeenAtMs);
        reply.Bulk("pel-count"u8);
        reply.Integer(consumer.PendingCount);
        reply.Bulk("pending"u8);
        reply.Array((int)Math.Min(count, consumer.PendingCount));
        for (var cursor = consumer.PendingFrom(default); cursor.IsValid && count > 0; cursor.MoveNext(), count--)
        {
            group.TryGetPending(cursor.Id, out var pending);
            reply.Array(3);
            StreamIds.Bulk(reply, pending.Id);
            reply.Integer(pending.DeliveredAtMs);
            reply.Integer((long)pending.Deliveries);
        }
    }

    private static void Progress(ReplyWriter reply, in StreamTotals totals, StreamGroupState state)
    {
        Id(reply, "last-delivered-id"u8, state.LastId);
        reply.Bulk("entries-read"u8);
        NumberOrNull(reply, state.EntriesRead == GroupProgress.Unknown ? null : state.EntriesRead);
        reply.Bulk("lag"u8);
        NumberOrNull(reply, GroupProgress.Lag(totals, state));
    }

    private static void NumberOrNull(ReplyWriter reply, long? number)
    {
        if (number is { } value)
            reply.Integer(value);
        else
            reply.Null();
    }

    private static void Id(ReplyWriter reply, ReadOnlySpan<byte> name, StreamId id)
    {
        reply.Bulk(name);
        StreamIds.Bulk(reply, id);
    }

    private static void EntryAt(ReplyWriter reply, StreamValue stream, long rank)
    {
        var cursor = stream.At(rank);
        if (cursor.IsValid)
            StreamReplies.Entry(reply, cursor);
        else
            reply.Null();
    }
}
