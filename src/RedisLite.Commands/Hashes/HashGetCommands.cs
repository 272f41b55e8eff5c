using RedisLite.Storage;

namespace RedisLite.Commands.Hashes;

/// <summary>Commands that read a hash: HGET, HMGET, HLEN, HSTRLEN, HEXISTS, HGETALL, HKEYS, HVALS.</summary>
internal static class HashGetCommands
{
    private const string WholeHash = "O(N) where N is the size of the hash.";

    [Command("HGET", Arity = 3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash, Since = "2.0.0",
        Complexity = "O(1)", Syntax = "key field", Summary = "Get the value of a hash field")]
    public static void HGet(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        if (exists && new LiveHash(ctx, entry).TryGet(ctx.Args[2], out var value))
            ctx.Reply.Bulk(value);
        else
            ctx.Reply.Null();
    }

    [Command("HMGET", Arity = -3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash, Since = "2.0.0",
        Complexity = "O(N) where N is the number of fields being requested.", Syntax = "key field [field ...]",
        Summary = "Get the values of all the given hash fields")]
    public static void HMGet(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        ctx.Reply.Array(ctx.Args.Count - 2);
        var hash = exists ? new LiveHash(ctx, entry) : default;
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (exists && hash.TryGet(ctx.Args[i], out var value))
                ctx.Reply.Bulk(value);
            else
                ctx.Reply.Null();
        }
    }

    [Command("HLEN", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "2.0.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the number of fields in a hash",
        Notes = "Leaves out fields that have expired, deleted or not.")]
    public static void HLen(ref CommandContext ctx)
    {
        if (Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            ctx.Reply.Integer(exists ? new LiveHash(ctx, entry).Count : 0);
    }

    [Command("HSTRLEN", Arity = 3, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "3.2.0", Complexity = "O(1)", Syntax = "key field",
        Summary = "Get the length of the value of a hash field")]
    public static void HStrLen(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        var length = exists && new LiveHash(ctx, entry).TryGet(ctx.Args[2], out var value) ? value.Length : 0;
        ctx.Reply.Integer(length);
    }

    [Command("HEXISTS", Arity = 3, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "2.0.0", Complexity = "O(1)", Syntax = "key field", Summary = "Determine if a hash field exists")]
    public static void HExists(ref CommandContext ctx)
    {
        if (Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            ctx.Reply.Integer(exists && new LiveHash(ctx, entry).Contains(ctx.Args[2]) ? 1 : 0);
    }

    [Command("HGETALL", Arity = 2, Keys = "R 1", Group = CommandGroup.Hash, Since = "2.0.0", Complexity = WholeHash,
        Syntax = "key", Summary = "Get all the fields and values in a hash")]
    public static void HGetAll(ref CommandContext ctx) => ReplyAll(ref ctx, HashParts.Both);

    [Command("HKEYS", Arity = 2, Keys = "R 1", Group = CommandGroup.Hash, Since = "2.0.0", Complexity = WholeHash,
        Syntax = "key", Summary = "Get all the fields in a hash")]
    public static void HKeys(ref CommandContext ctx) => ReplyAll(ref ctx, HashParts.Fields);

    [Command("HVALS", Arity = 2, Keys = "R 1", Group = CommandGroup.Hash, Since = "2.0.0", Complexity = WholeHash,
        Syntax = "key", Summary = "Get all the values in a hash")]
    public static void HVals(ref CommandContext ctx) => ReplyAll(ref ctx, HashParts.Values);

    private static void ReplyAll(ref CommandContext ctx, HashParts parts)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists))
            return;
        if (exists)
            HashReply.Send(ref ctx, entry, parts);
        else if (parts == HashParts.Both)
            ctx.Reply.Map(0);
        else
            ctx.Reply.Array(0);
    }
}
