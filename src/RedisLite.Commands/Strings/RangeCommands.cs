using RedisLite.Commands.Server;

namespace RedisLite.Commands.Strings;

/// <summary>Parts of strings: APPEND, STRLEN, GETRANGE and its old name SUBSTR, SETRANGE.</summary>
internal static class RangeCommands
{
    private const string GetRangeComplexity =
        "O(N) where N is the length of the returned string. The complexity is ultimately determined by the returned "
        + "length, "
        + "but because creating a substring from an existing string is very cheap, it can be considered O(1) for "
        + "small strings.";

    [Command("APPEND", Arity = 3, Keys = "RW:insert 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.String, Since = "2.0.0", Syntax = "key value", Summary = "Append a value to a key",
        Complexity = "O(1). The amortized time complexity is O(1) assuming the appended value is small and the "
            + "already present value is of any size, since the dynamic string library used by Redis will double the "
            + "free space available on every reallocation.")]
    public static void Append(ref CommandContext ctx)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        var key = ctx.Key(1);
        var value = ctx.Args[2];
        var start = exists ? entry.Value.Length : 0;
        if (!exists)
        {
            ctx.NotifyIfNew(key);
            StringWrites.Store(ref ctx, key, 2);
        }
        else if (StringWrites.CheckLength(ref ctx, start, value.Length))
        {
            value.CopyTo(ctx.Keyspace.ResizeString(key, start + value.Length)[start..]);
        }
        else
        {
            return;
        }

        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Strings, "append"u8, key.Bytes);
        ctx.Reply.Integer(start + value.Length);
    }

    [Command("STRLEN", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "2.2.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the length of the value stored in a key")]
    public static void StrLen(ref CommandContext ctx)
    {
        if (ctx.TryGetString(1, out var entry, out var exists))
            ctx.Reply.Integer(exists ? entry.Value.Length : 0);
    }

    [Command("GETRANGE", Arity = 4, Keys = "R 1", Group = CommandGroup.String, Since = "2.4.0",
        Complexity = GetRangeComplexity, Syntax = "key start end",
        Summary = "Get a substring of the string stored at a key")]
    [Command("SUBSTR", Arity = 4, Keys = "R 1", Group = CommandGroup.String, Since = "1.0.0",
        Complexity = GetRangeComplexity, Syntax = "key start end",
        Summary = "Get a substring of the string stored at a key")]
    public static void GetRange(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(2, out var start) || !ctx.Args.TryGetInt64(3, out var end))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        var length = exists ? entry.Value.Length : 0;
        if (IndexRange.TryResolve(start, end, length, out var first, out var last)
            && !IndexRange.IsReversed(start, end))
            ctx.ReplyString(entry, (int)first, (int)(last + 1 - first));
        else
            ctx.Reply.Bulk([]);
    }

    [Command("SETRANGE", Arity = 4, Keys = "RW:update 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.String,
        Since = "2.2.0",
        Complexity = "O(1), not counting the time taken to copy the new string in place. Usually, this string is very "
            + "small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M being the length of "
            + "the value argument.", Syntax = "key offset value",
        Summary = "Overwrite part of a string at key starting at the specified offset")]
    public static void SetRange(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(2, out var offset))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (offset < 0)
        {
            ctx.Reply.Error("ERR offset is out of range"u8);
            return;
        }

        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        var value = ctx.Args[3];
        var length = exists ? entry.Value.Length : 0;
        if (value.IsEmpty)
        {
            ctx.Reply.Integer(length);
            return;
        }

        if (!StringWrites.CheckLength(ref ctx, offset, value.Length))
            return;
        var key = ctx.Key(1);
        ctx.NotifyIfNew(key);
        length = Math.Max(length, (int)offset + value.Length);
        if (!exists && offset == 0 && ctx.Args.LargeAt(3) is not null)
            StringWrites.Store(ref ctx, key, 3);
        else
            value.CopyTo(ctx.Keyspace.ResizeString(key, length)[(int)offset..]);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Strings, "setrange"u8, key.Bytes);
        ctx.Reply.Integer(length);
    }
}
