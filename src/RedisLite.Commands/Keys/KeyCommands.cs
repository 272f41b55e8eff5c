using RedisLite.Commands.Server;

namespace RedisLite.Commands.Keys;

/// <summary>Commands on keys whatever their type: DEL, UNLINK, EXISTS, TOUCH, TYPE.</summary>
internal static class KeyCommands
{
    [Command("DEL", Arity = -2, Keys = "W 1..-1", Group = CommandGroup.Generic, Since = "1.0.0",
        Complexity = "O(N) where N is the number of keys that will be removed.", Syntax = "key [key ...]",
        Summary = "Deletes one or more keys.")]
    [Command("UNLINK", Arity = -2, Keys = "W 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic, Since = "4.0.0",
        Complexity = "O(1) for each key removed regardless of its size.", Syntax = "key [key ...]",
        Summary = "Deletes one or more keys.")]
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

    [Command("EXISTS", Arity = -2, Keys = "R 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic, Since = "1.0.0",
        Complexity = "O(N) where N is the number of keys to check.", Syntax = "key [key ...]",
        Summary = "Determines whether one or more keys exist.")]
    [Command("TOUCH", Arity = -2, Keys = "R 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic, Since = "3.2.1",
        Complexity = "O(N) where N is the number of keys that will be touched.", Syntax = "key [key ...]",
        Summary = "Returns the number of existing keys out of those specified after updating the time they were last accessed.")]
    public static void Exists(ref CommandContext ctx)
    {
        var found = 0;
        for (var i = 1; i < ctx.Args.Count; i++)
            if (ctx.TryGet(i, out _))
                found++;
        ctx.Reply.Integer(found);
    }
}
