using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XGROUP: consumer groups of a stream, and their consumers.</summary>
[CommandContainer("XGROUP", Group = CommandGroup.Stream, Since = "5.0.0", HelpSince = "5.0.0",
    Summary = "A container for consumer groups commands")]
internal static class GroupCommands
{
    private const int Key = 2;
    private const int Name = 3;
    private const int Id = 4;
    private const int Consumer = 4;

    [Command("XGROUP CREATE", Arity = -5, Keys = "RW:insert 2", Flags = CommandFlags.DenyOom,
        Group = CommandGroup.Stream, Since = "5.0.0", Complexity = "O(1)",
        Syntax = "key groupname <id|$> [MKSTREAM] [ENTRIESREAD entries_read]", Summary = "Create a consumer group.")]
    public static void Create(ref CommandContext ctx)
    {
        if (!TryReadOptions(ref ctx, mayMakeStream: true, out var makesStream, out var read)
            || !TryFind(ref ctx, makesStream, out var entry, out var exists))
            return;
        var key = ctx.Key(Key);
        if (!TryReadId(ref ctx, exists ? ctx.Keyspace.StreamOf(entry).LastId : default, out var id))
            return;
        if (exists && ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[Name], out _))
        {
            ctx.Reply.Error("BUSYGROUP Consumer Group name already exists"u8);
            return;
        }
        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Stream, entry, exists);
        change.Stream.AddGroup(ctx.Args[Name], new StreamGroupState(id, read));
        ctx.Changed();
        if (!exists)
            change.MarkChanged();
        ctx.Notify(KeyspaceEvents.Streams, "xgroup-create"u8, key.Bytes);
        ctx.Reply.Ok();
    }

    [Command("XGROUP SETID", Arity = -5, Keys = "RW:update 2", Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(1)", Syntax = "key groupname <id|$> [ENTRIESREAD entries_read]",
        Summary = "Set a consumer group to an arbitrary last delivered ID value.")]
    public static void SetId(ref CommandContext ctx)
    {
        if (!TryReadOptions(ref ctx, mayMakeStream: false, out _, out var read)
            || !TryFindGroup(ref ctx, out var entry))
            return;
        // Unlike CREATE it takes the lowest and the highest ID by their signs.
        StreamId id = default;
        if (ctx.Args[Id] is [(byte)'+'])
            id = StreamIds.Highest;
        else if (ctx.Args[Id] is not [(byte)'-'] && !TryReadId(ref ctx, ctx.Keyspace.StreamOf(entry).LastId, out id))
            return;
        using var change = Collections.BeginChange(ref ctx, ctx.Key(Key), entry);
        using var group = change.Stream.ChangeGroup(ctx.Args[Name]);
        group.State = new StreamGroupState(id, read);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Streams, "xgroup-setid"u8, ctx.Args[Key]);
        ctx.Reply.Ok();
    }

    [Command("XGROUP DESTROY", Arity = 4, Keys = "RW:delete 2", Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(N) where N is the number of entries in the group's pending entries list (PEL).",
        Syntax = "key groupname", Summary = "Destroy a consumer group.")]
    public static void Destroy(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, mayBeMissing: false, out var entry, out _))
            return;
        var key = ctx.Key(Key);
        using var change = Collections.BeginChange(ref ctx, key, entry);
        if (!change.Stream.RemoveGroup(ctx.Args[Name]))
        {
            ctx.Reply.Integer(0);
            return;
        }
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Streams, "xgroup-destroy"u8, key.Bytes);
        // Those who wait for the group hear that it is gone.
        ctx.SignalKeyReady(key);
        ctx.Reply.Integer(1);
    }

    [Command("XGROUP CREATECONSUMER", Arity = 5, Keys = "RW:insert 2",
        Flags = CommandFlags.DenyOom | CommandFlags.WakesNobody,
        Group = CommandGroup.Stream, Since = "6.2.0", Complexity = "O(1)", Syntax = "key groupname consumername",
        Summary = "Create a consumer in a consumer group.")]
    public static void CreateConsumer(ref CommandContext ctx)
    {
        if (!TryFindGroup(ref ctx, out var entry))
            return;
        using var change = Collections.BeginChange(ref ctx, ctx.Key(Key), entry);
        using var group = change.Stream.ChangeGroup(ctx.Args[Name]);
        var isNew = group.AddConsumer(ctx.Args[Consumer], new StreamConsumerState(ctx.NowMs, -1));
        if (isNew)
        {
            ctx.Changed();
            ctx.Notify(KeyspaceEvents.Streams, "xgroup-createconsumer"u8, ctx.Args[Key]);
        }
        ctx.Reply.Integer(isNew ? 1 : 0);
    }

    [Command("XGROUP DELCONSUMER", Arity = 5, Keys = "RW:delete 2",
        Flags = CommandFlags.Pooled | CommandFlags.WakesNobody,
        Group = CommandGroup.Stream, Since = "5.0.0", Complexity = "O(1)", Syntax = "key groupname consumername",
        Summary = "Delete a consumer from a consumer group.")]
    public static void DeleteConsumer(ref CommandContext ctx)
    {
        if (!TryFindGroup(ref ctx, out var entry))
            return;
        using var change = Collections.BeginChange(ref ctx, ctx.Key(Key), entry);
        using var group = change.Stream.ChangeGroup(ctx.Args[Name]);
        var pending = group.Group.TryGetConsumer(ctx.Args[Consumer], out var consumer) ? consumer.PendingCount : 0;
        if (group.RemoveConsumer(ctx.Args[Consumer]))
        {
            ctx.Changed();
            ctx.Notify(KeyspaceEvents.Streams, "xgroup-delconsumer"u8, ctx.Args[Key]);
        }
        ctx.Reply.Integer(pending);
    }

    private static bool TryReadOptions(
        scoped ref CommandContext ctx, bool mayMakeStream, out bool makesStream, out long read)
    {
        makesStream = false;
        read = GroupProgress.Unknown;
        var options = new ArgReader(ctx.Args, first: 5);
        while (options.HasMore)
        {
            if (mayMakeStream && options.TryTake("MKSTREAM"u8))
            {
                makesStream = true;
            }
            else if (options.TryTake("ENTRIESREAD"u8, out var value))
            {
                if (!ctx.Args.TryGetInt64(value, out read))
                {
                    ctx.Reply.Error(Errors.NotAnInteger);
                    return false;
                }
                if (read < GroupProgress.Unknown)
                {
                    ctx.Reply.Error("ERR value for ENTRIESREAD must be positive or -1"u8);
                    return false;
                }
            }
            else
            {
                ctx.Reply.Error(Errors.SubcommandSyntax(ctx.Command, ctx.Args));
                return false;
            }
        }
        return true;
    }

    private static bool TryReadId(scoped ref CommandContext ctx, StreamId last, out StreamId id)
    {
        id = last;
        return ctx.Args[Id] is [(byte)'$'] || StreamIds.TryRead(ref ctx, Id, 0, out id);
    }

    private static bool TryFind(scoped ref CommandContext ctx, bool mayBeMissing, out Entry entry, out bool exists)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(Key), EntryType.Stream, out entry, out exists))
            return false;
        if (exists || mayBeMissing)
            return true;
        ctx.Reply.Error(
            "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the "u8
                + "MKSTREAM option to create an empty stream automatically."u8);
        return false;
    }

    private static bool TryFindGroup(scoped ref CommandContext ctx, out Entry entry)
    {
        if (!TryFind(ref ctx, mayBeMissing: false, out entry, out _))
            return false;
        if (ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[Name], out _))
            return true;
        ctx.Reply.Error(StreamErrors.NoGroupOfKey(ctx.Args[Key], ctx.Args[Name]));
        return false;
    }
}
