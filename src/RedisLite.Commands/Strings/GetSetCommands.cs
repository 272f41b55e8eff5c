namespace RedisLite.Commands.Strings;

/// <summary>GET and SET.</summary>
internal static class GetSetCommands
{
    [Command("GET", Arity = 2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key", Summary = "Returns the string value of a key.")]
    public static void Get(ref CommandContext ctx)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        if (exists)
            ctx.Reply.Bulk(entry.Value);
        else
            ctx.Reply.Null();
    }

    [Command("SET", Arity = -3, Keys = "RW 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key value",
        Summary = "Sets the string value of a key, ignoring its type. The key is created if it doesn't exist.")]
    public static void Set(ref CommandContext ctx)
    {
        ctx.Keyspace.SetString(ctx.Key(1), ctx.Args[2]);
        ctx.Changed();
        ctx.Notify(Server.KeyspaceEvents.Strings, "set"u8, ctx.Args[1]);
        ctx.Reply.Ok();
    }
}
