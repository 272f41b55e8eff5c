using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Expiry;

/// <summary>
/// Commands that give a key a time to live or take it away: EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST.
/// </summary>
internal static class ExpireCommands
{
    /// <summary>When an expiry time is set, as far as the key's present one matters.</summary>
    [Flags]
    private enum Conditions
    {
        None = 0,
        NoExpiry = 1,
        HasExpiry = 2,
        Later = 4,
        Earlier = 8,
    }

    [Command("EXPIRE", Arity = -3, Keys = "RW:update 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "1.0.0", Complexity = "O(1)", Syntax = "key seconds [NX|XX|GT|LT]",
        Summary = "Set a key's time to live in seconds")]
    public static void Expire(ref CommandContext ctx) => Expire(ref ctx, ExpireTime.InSeconds(2));

    [Command("PEXPIRE", Arity = -3, Keys = "RW:update 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "2.6.0", Complexity = "O(1)", Syntax = "key milliseconds [NX|XX|GT|LT]",
        Summary = "Set a key's time to live in milliseconds")]
    public static void ExpireMs(ref CommandContext ctx) => Expire(ref ctx, ExpireTime.InMilliseconds(2));

    [Command("EXPIREAT", Arity = -3, Keys = "RW:update 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "1.2.0", Complexity = "O(1)", Syntax = "key unix-time-seconds [NX|XX|GT|LT]",
        Summary = "Set the expiration for a key as a UNIX timestamp")]
    public static void ExpireAt(ref CommandContext ctx) => Expire(ref ctx, ExpireTime.AtSeconds(2));

    [Command("PEXPIREAT", Arity = -3, Keys = "RW:update 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "2.6.0", Complexity = "O(1)", Syntax = "key unix-time-milliseconds [NX|XX|GT|LT]",
        Summary = "Set the expiration for a key as a UNIX timestamp specified in milliseconds")]
    public static void ExpireAtMs(ref CommandContext ctx) => Expire(ref ctx, ExpireTime.AtMilliseconds(2));

    [Command("PERSIST", Arity = 2, Keys = "RW:update 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "2.2.0", Complexity = "O(1)", Syntax = "key", Summary = "Remove the expiration from a key")]
    public static void Persist(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!ctx.TryGet(key, out var entry) || entry.ExpireAtMs == Keyspace.NoExpiry)
        {
            ctx.Reply.Integer(0);
            return;
        }

        ctx.Keyspace.SetExpiry(key, Keyspace.NoExpiry);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Generic, "persist"u8, key.Bytes);
        ctx.Reply.Integer(1);
    }

    private static void Expire(ref CommandContext ctx, ExpireTime time)
    {
        if (!TryReadConditions(ref ctx, out var conditions) || !time.TryReadAnySign(ref ctx, out var expireAtMs))
            return;
        var key = ctx.Key(1);
        if (!ctx.TryGet(key, out var entry) || !Holds(conditions, entry.ExpireAtMs, expireAtMs))
        {
            ctx.Reply.Integer(0);
            return;
        }

        ctx.Changed();
        if (expireAtMs <= ctx.NowMs && ctx.DeletesExpired)
            Delete(ref ctx, key);
        else
            SetExpiry(ref ctx, key, expireAtMs);
        ctx.Reply.Integer(1);
    }

    private static void SetExpiry(ref CommandContext ctx, in Key key, long expireAtMs)
    {
        ctx.Keyspace.SetExpiry(key, expireAtMs);
        if (ctx.IsLogged)
        {
            // Without the conditions: they have been decided.
            var effect = ctx.PropagateAs(3);
            effect.Bulk("PEXPIREAT"u8);
            effect.Bulk(key.Bytes);
            effect.BulkInteger(expireAtMs);
        }

        ctx.Notify(KeyspaceEvents.Generic, "expire"u8, key.Bytes);
    }

    private static void Delete(ref CommandContext ctx, in Key key)
    {
        ctx.Keyspace.Remove(key);
        if (ctx.IsLogged)
        {
            var effect = ctx.PropagateAs(2);
            effect.Bulk("DEL"u8);
            effect.Bulk(key.Bytes);
        }

        ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
    }

    private static bool Holds(Conditions conditions, long currentMs, long newMs)
    {
        // No expiry counts as an endless time to live: nothing is later, everything is earlier.
        var expires = currentMs != Keyspace.NoExpiry;
        if (conditions.HasFlag(Conditions.NoExpiry) && expires)
            return false;
        if (conditions.HasFlag(Conditions.HasExpiry) && !expires)
            return false;
        if (conditions.HasFlag(Conditions.Later) && (!expires || newMs <= currentMs))
            return false;
        return !conditions.HasFlag(Conditions.Earlier) || !expires || newMs < currentMs;
    }

    private static bool TryReadConditions(ref CommandContext ctx, out Conditions conditions)
    {
        conditions = Conditions.None;
        var options = new ArgReader(ctx.Args, first: 3);
        while (options.HasMore)
        {
            if (options.TryTake("NX"u8))
                conditions |= Conditions.NoExpiry;
            else if (options.TryTake("XX"u8))
                conditions |= Conditions.HasExpiry;
            else if (options.TryTake("GT"u8))
                conditions |= Conditions.Later;
            else if (options.TryTake("LT"u8))
                conditions |= Conditions.Earlier;
            else
                return Refuse(ref ctx, [.. "ERR Unsupported option "u8, .. UpToZero(ctx.Args[options.Position])]);
        }

        if (conditions.HasFlag(Conditions.NoExpiry) && conditions != Conditions.NoExpiry)
            return Refuse(ref ctx, "ERR NX and XX, GT or LT options at the same time are not compatible"u8);
        if (conditions.HasFlag(Conditions.Later | Conditions.Earlier))
            return Refuse(ref ctx, "ERR GT and LT options at the same time are not compatible"u8);
        return true;
    }

    /// <summary>What C, and thus Redis, shows of a text in an error.</summary>
    private static ReadOnlySpan<byte> UpToZero(ReadOnlySpan<byte> text)
    {
        var zero = text.IndexOf((byte)0);
        return zero < 0 ? text : text[..zero];
    }

    private static bool Refuse(ref CommandContext ctx, scoped ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
