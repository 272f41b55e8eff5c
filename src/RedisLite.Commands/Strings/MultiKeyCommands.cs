using RedisLite.Storage;

namespace RedisLite.Commands.Strings;

/// <summary>MGET, MSET, MSETNX: several keys in one step that nobody sees half done.</summary>
internal static class MultiKeyCommands
{
    [Command("MGET", Arity = -2, Keys = "R 1..-1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "1.0.0", Complexity = "O(N) where N is the number of keys to retrieve.", Syntax = "key [key ...]",
        Summary = "Get the values of all the given keys")]
    public static void MGet(ref CommandContext ctx)
    {
        ctx.Reply.Array(ctx.Args.Count - 1);
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            if (ctx.TryGet(i, out var entry) && entry.Type == EntryType.String)
                ctx.ReplyString(entry);
            else
                ctx.Reply.Null();
        }
    }

    [Command("MSET", Arity = -3, Keys = "W 1..-1/2", Flags = CommandFlags.DenyOom, Group = CommandGroup.String,
        Since = "1.0.1", Complexity = "O(N) where N is the number of keys to set.",
        Syntax = "key value [key value ...]", Summary = "Set multiple keys to multiple values")]
    public static void MSet(ref CommandContext ctx)
    {
        if (!HasPairs(ref ctx, "ERR wrong number of arguments for 'mset' command"u8))
            return;

        PutAll(ref ctx);
        ctx.Reply.Ok();
    }

    [Command("MSETNX", Arity = -3, Keys = "W:insert 1..-1/2", Flags = CommandFlags.DenyOom, Group = CommandGroup.String,
        Since = "1.0.1", Complexity = "O(N) where N is the number of keys to set.",
        Syntax = "key value [key value ...]",
        Summary = "Set multiple keys to multiple values, only if none of the keys exist")]
    public static void MSetNx(ref CommandContext ctx)
    {
        if (!HasPairs(ref ctx, "ERR wrong number of arguments for 'msetnx' command"u8))
            return;

        for (var i = 1; i < ctx.Args.Count; i += 2)
        {
            if (!ctx.TryGet(i, out _))
                continue;
            ctx.Reply.Integer(0);
            return;
        }

        PutAll(ref ctx);
        ctx.Reply.Integer(1);
    }

    /// <summary>Whether every key has its value; the reply is an error otherwise.</summary>
    private static bool HasPairs(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        if (ctx.Args.Count % 2 != 0)
            return true;
        ctx.Reply.Error(error);
        return false;
    }

    private static void PutAll(ref CommandContext ctx)
    {
        for (var i = 1; i < ctx.Args.Count; i += 2)
            StringWrites.PutArgument(ref ctx, ctx.Key(i), i + 1);
    }
}
