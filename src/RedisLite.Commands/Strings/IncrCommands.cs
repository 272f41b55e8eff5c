using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Strings;

/// <summary>
/// INCR, DECR, INCRBY, DECRBY, INCRBYFLOAT: a value as a number, a missing one as zero. The expiry stays.
/// </summary>
internal static class IncrCommands
{
    private const CommandFlags Common = CommandFlags.DenyOom | CommandFlags.Fast;

    [Command("INCR", Arity = 2, Keys = "RW 1", Flags = Common, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key", Summary = "Increment the integer value of a key by one")]
    public static void Incr(ref CommandContext ctx) => AddTo(ref ctx, 1);

    [Command("DECR", Arity = 2, Keys = "RW 1", Flags = Common, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key", Summary = "Decrement the integer value of a key by one")]
    public static void Decr(ref CommandContext ctx) => AddTo(ref ctx, -1);

    [Command("INCRBY", Arity = 3, Keys = "RW 1", Flags = Common, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key increment",
        Summary = "Increment the integer value of a key by the given amount")]
    public static void IncrBy(ref CommandContext ctx)
    {
        if (ctx.Args.TryGetInt64(2, out var increment))
            AddTo(ref ctx, increment);
        else
            ctx.Reply.Error(Errors.NotAnInteger);
    }

    [Command("DECRBY", Arity = 3, Keys = "RW 1", Flags = Common, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key decrement",
        Summary = "Decrement the integer value of a key by the given number")]
    public static void DecrBy(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(2, out var decrement))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (decrement == long.MinValue)
            ctx.Reply.Error("ERR decrement would overflow"u8);
        else
            AddTo(ref ctx, -decrement);
    }

    [Command("INCRBYFLOAT", Arity = 3, Keys = "RW 1", Flags = Common, Group = CommandGroup.String, Since = "2.6.0",
        Complexity = "O(1)", Syntax = "key increment",
        Summary = "Increment the float value of a key by the given amount")]
    public static void IncrByFloat(ref CommandContext ctx)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        var value = default(ExtendedFloat);
        if ((exists && !ExtendedFloat.TryParse(entry.Value, out value))
            || !ExtendedFloat.TryParse(ctx.Args[2], out var increment))
        {
            ctx.Reply.Error(Errors.NotAFloat);
            return;
        }

        value += increment;
        if (!value.IsFinite)
        {
            ctx.Reply.Error(Errors.SumNotFinite);
            return;
        }

        Span<byte> text = stackalloc byte[ExtendedFloat.MaxTextLength];
        text = text[..value.Format(text)];
        var key = ctx.Key(1);
        StringWrites.PutKeepingTtl(ref ctx, key, text, "incrbyfloat"u8);
        ctx.Keyspace.SetEncoding(key, EntryTypes.TextEncodingOf(text));
        // The sum, not the addition: another machine's floating point, or a log read twice, must not give another
        // value.
        StringWrites.LogAsSetKeepingTtl(ref ctx, key.Bytes, text);
        ctx.Reply.Bulk(text);
    }

    private static void AddTo(ref CommandContext ctx, long increment)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        long value = 0;
        if (exists && !RedisNumbers.TryParseInt64(entry.Value, out value))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (!Increments.TryAdd(ref ctx, ref value, increment))
            return;
        Span<byte> digits = stackalloc byte[RedisNumbers.MaxInt64Length];
        digits = digits[..RedisNumbers.FormatInt64(digits, value)];
        StringWrites.PutKeepingTtl(ref ctx, ctx.Key(1), digits, "incrby"u8);
        ctx.Reply.Integer(value);
    }
}
