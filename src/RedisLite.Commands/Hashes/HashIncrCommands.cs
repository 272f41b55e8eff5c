using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>HINCRBY, HINCRBYFLOAT: a field as a number, a missing one as zero. The field's expiry stays.</summary>
internal static class HashIncrCommands
{
    private const CommandFlags Common = CommandFlags.DenyOom | CommandFlags.Fast;

    [Command("HINCRBY", Arity = 4, Keys = "RW 1", Flags = Common, Group = CommandGroup.Hash, Since = "2.0.0",
        Complexity = "O(1)", Syntax = "key field increment",
        Summary = "Increment the integer value of a hash field by the given number")]
    public static void HIncrBy(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(3, out var increment))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var key = ctx.Key(1);
        if (!TryFind(ref ctx, key, out var entry, out var exists, out var text, out var expireAtMs))
            return;
        long value = 0;
        if (!text.IsEmpty && !RedisNumbers.TryParseInt64(text, out value))
        {
            ctx.Reply.Error("ERR hash value is not an integer"u8);
            return;
        }

        if (!Increments.TryAdd(ref ctx, ref value, increment))
            return;
        Span<byte> digits = stackalloc byte[RedisNumbers.MaxInt64Length];
        digits = digits[..RedisNumbers.FormatInt64(digits, value)];
        Put(ref ctx, key, entry, exists, digits, expireAtMs, "hincrby"u8);
        ctx.Reply.Integer(value);
    }

    [Command("HINCRBYFLOAT", Arity = 4, Keys = "RW 1", Flags = Common, Group = CommandGroup.Hash, Since = "2.6.0",
        Complexity = "O(1)", Syntax = "key field increment",
        Summary = "Increment the float value of a hash field by the given amount")]
    public static void HIncrByFloat(ref CommandContext ctx)
    {
        if (!ExtendedFloat.TryParse(ctx.Args[3], out var increment))
        {
            ctx.Reply.Error(Errors.NotAFloat);
            return;
        }

        if (!increment.IsFinite)
        {
            ctx.Reply.Error("ERR value is NaN or Infinity"u8);
            return;
        }

        var key = ctx.Key(1);
        if (!TryFind(ref ctx, key, out var entry, out var exists, out var text, out var expireAtMs))
            return;
        var value = default(ExtendedFloat);
        if (!text.IsEmpty && !ExtendedFloat.TryParse(text, out value))
        {
            ctx.Reply.Error("ERR hash value is not a float"u8);
            return;
        }

        value += increment;
        if (!value.IsFinite)
        {
            ctx.Reply.Error(Errors.SumNotFinite);
            return;
        }

        Span<byte> sum = stackalloc byte[ExtendedFloat.MaxTextLength];
        sum = sum[..value.Format(sum)];
        Put(ref ctx, key, entry, exists, sum, expireAtMs, "hincrbyfloat"u8);
        Log(ref ctx, key, sum, expireAtMs);
        ctx.Reply.Bulk(sum);
    }

    private static bool TryFind(
        scoped ref CommandContext ctx, scoped in Key key, out Entry entry, out bool exists, out ReadOnlySpan<byte> text,
        out long expireAtMs)
    {
        text = default;
        expireAtMs = HashValue.NoExpiry;
        if (!HashWrites.TryFind(ref ctx, key, new FieldArguments(2, 2), out entry, out exists))
            return false;
        if (!exists)
            return true;
        if (!new LiveHash(ctx, entry).TryGet(ctx.Args[2], out text, out expireAtMs))
        {
            text = default;
            expireAtMs = HashValue.NoExpiry;
        }
        else if (text.IsEmpty)
        {
            // An empty value is no number, whereas a missing one is zero.
            text = " "u8;
        }

        return true;
    }

    private static void Put(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, bool exists, scoped ReadOnlySpan<byte> value,
        long expireAtMs, ReadOnlySpan<byte> name)
    {
        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Hash, entry, exists);
        var hash = change.Hash;
        hash.Set(ctx.Args[2], value, ctx.Options.Encodings.OfHashes, expireAtMs);
        ctx.Notify(KeyspaceEvents.Hashes, name, key.Bytes);
        Collections.Changed(ref ctx, key, in change, 1, hash.Count);
    }

    /// <summary>The sum, not the addition: another machine's floating point must not give another value.</summary>
    private static void Log(ref CommandContext ctx, scoped in Key key, scoped ReadOnlySpan<byte> sum, long expireAtMs)
    {
        if (!ctx.IsLogged)
            return;
        var keepsExpiry = expireAtMs != HashValue.NoExpiry;
        var effect = ctx.PropagateAs(keepsExpiry ? 7 : 4);
        effect.Bulk(keepsExpiry ? "HSETEX"u8 : "HSET"u8);
        effect.Bulk(key.Bytes);
        if (keepsExpiry)
        {
            effect.Bulk("KEEPTTL"u8);
            effect.Bulk("FIELDS"u8);
            effect.BulkInteger(1);
        }

        effect.Bulk(ctx.Args[2]);
        effect.Bulk(sum);
    }
}
