using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// Commands that set or delete fields: HSET, HMSET, HSETNX, HDEL. A field that is set loses its expiry.
/// </summary>
internal static class HashSetCommands
{
    private const CommandFlags Common = CommandFlags.DenyOom | CommandFlags.Fast;

    [Command("HSET", Arity = -4, Keys = "RW:update 1", Flags = Common, Group = CommandGroup.Hash, Since = "2.0.0",
        Complexity = "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is "
            + "called with multiple field/value pairs.", Syntax = "key field value [field value ...]",
        Summary = "Set the string value of a hash field")]
    public static void HSet(ref CommandContext ctx)
    {
        if (TrySetAll(ref ctx, out var added))
            ctx.Reply.Integer(added);
    }

    [Command("HMSET", Arity = -4, Keys = "RW:update 1", Flags = Common, Group = CommandGroup.Hash, Since = "2.0.0",
        Complexity = "O(N) where N is the number of fields being set.",
        Syntax = "key field value [field value ...]", Summary = "Set multiple hash fields to multiple values")]
    public static void HMSet(ref CommandContext ctx)
    {
        if (TrySetAll(ref ctx, out _))
            ctx.Reply.Ok();
    }

    [Command("HSETNX", Arity = 4, Keys = "RW:insert 1", Flags = Common, Group = CommandGroup.Hash, Since = "2.0.0",
        Complexity = "O(1)", Syntax = "key field value",
        Summary = "Set the value of a hash field, only if the field does not exist")]
    public static void HSetNx(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!HashWrites.TryFind(ref ctx, key, new FieldArguments(2, 2), out var entry, out var exists))
            return;
        if (exists && new LiveHash(ctx, entry).Contains(ctx.Args[2]))
        {
            ctx.Reply.Integer(0);
            return;
        }

        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Hash, entry, exists);
        var hash = change.Hash;
        hash.Set(ctx.Args[2], ctx.Args[3], ctx.Options.Encodings.OfHashes);
        ctx.Notify(KeyspaceEvents.Hashes, "hset"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, 1, hash.Count);
        ctx.Reply.Integer(1);
    }

    [Command("HDEL", Arity = -3, Keys = "RW:delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "2.0.0", Complexity = "O(N) where N is the number of fields to be removed.",
        Syntax = "key field [field ...]", Summary = "Delete one or more hash fields")]
    public static void HDel(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!HashWrites.TryFind(ref ctx, key, new FieldArguments(2, ctx.Args.Count - 1), out var entry, out var exists))
            return;
        var removed = 0;
        if (exists)
        {
            var nowMs = LiveHash.ClockOf(ctx);
            using var change = Collections.BeginChange(ref ctx, key, entry);
            var hash = change.Hash;
            for (var i = 2; i < ctx.Args.Count && hash.Count > 0; i++)
                if (new LiveHash(hash, nowMs).Contains(ctx.Args[i]) && hash.Remove(ctx.Args[i]))
                    removed++;
            if (removed > 0)
            {
                ctx.Notify(KeyspaceEvents.Hashes, "hdel"u8, key.Bytes);
                Collections.Changed(ref ctx, key, in change, removed, hash.Count);
            }
        }

        ctx.Reply.Integer(removed);
    }

    private static bool TrySetAll(ref CommandContext ctx, out int added)
    {
        added = 0;
        var args = ctx.Args;
        if (args.Count % 2 != 0)
        {
            ctx.Reply.Error(Errors.WrongNumberOfArguments(ctx.Command));
            return false;
        }

        var key = ctx.Key(1);
        if (!HashWrites.TryFind(
            ref ctx, key, new FieldArguments(2, args.Count - 2, Step: 2), out var entry, out var exists))
            return false;
        var limits = ctx.Options.Encodings.OfHashes;
        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Hash, entry, exists);
        var hash = change.Hash;
        for (var i = 2; i < args.Count; i += 2)
            if (hash.Set(args[i], args[i + 1], limits))
                added++;
        ctx.Notify(KeyspaceEvents.Hashes, "hset"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, (args.Count - 2) / 2, hash.Count);
        return true;
    }
}
