using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Keys;

/// <summary>Commands on keys whatever their type: DEL, UNLINK, EXISTS, TOUCH, TYPE.</summary>
internal static class KeyCommands
{
    [Command("DEL", Arity = -2, Keys = "W:delete 1..-1", Group = CommandGroup.Generic, Since = "1.0.0",
        Complexity = "O(N) where N is the number of keys that will be removed. When a key to remove holds a value "
            + "other than a string, the individual complexity for this key is O(M) where M is the number of elements "
            + "in the list, set, sorted set or hash. Removing a single key that holds a string value is O(1).",
        Syntax = "key [key ...]", Summary = "Delete a key")]
    [Command("UNLINK", Arity = -2, Keys = "W:delete 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "4.0.0",
        Complexity = "O(1) for each key removed regardless of its size. Then the command does O(N) work in a "
            + "different thread in order to reclaim memory, where N is the number of allocations the deleted objects "
            + "where composed of.", Syntax = "key [key ...]",
        Summary = "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.",
        Notes = "A string is one block of memory, whose release takes less time than a hand-over to another thread.")]
    public static void Delete(ref CommandContext ctx)
    {
        var removed = 0;
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            var key = ctx.Key(i);
            if (!ctx.TryPeek(key, out _) || !ctx.Keyspace.Remove(key))
                continue;
            removed++;
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
        }

        ctx.Changed(removed);
        ctx.Reply.Integer(removed);
    }

    [Command("EXISTS", Arity = -2, Keys = "R:none 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "1.0.0", Complexity = "O(N) where N is the number of keys to check.", Syntax = "key [key ...]",
        Summary = "Determine if a key exists")]
    public static void Exists(ref CommandContext ctx)
    {
        var found = 0;
        for (var i = 1; i < ctx.Args.Count; i++)
            if (ctx.TryRead(ctx.Key(i), out _, touches: false))
                found++;
        ctx.Reply.Integer(found);
    }

    [Command("TOUCH", Arity = -2, Keys = "R:none 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "3.2.1", Complexity = "O(N) where N is the number of keys that will be touched.",
        Syntax = "key [key ...]",
        Summary = "Alters the last access time of a key(s). Returns the number of existing keys specified.")]
    public static void Touch(ref CommandContext ctx)
    {
        var found = 0;
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            if (!ctx.TryRead(ctx.Key(i), out var entry, touches: false))
                continue;
            // Even for a client that said CLIENT NO-TOUCH: it asks for nothing else here.
            entry.TouchAccess(AccessClock.Touched(entry.AccessClock, ctx.NowMs, ctx.Options));
            found++;
        }

        ctx.Reply.Integer(found);
    }

    [Command("TYPE", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "1.0.0", Complexity = "O(1)", Syntax = "key", Summary = "Determine the type stored at key")]
    public static void Type(ref CommandContext ctx) =>
        ctx.Reply.SimpleString(ctx.TryRead(ctx.Key(1), out var entry, touches: false) ? entry.Type.Name() : "none"u8);
}
