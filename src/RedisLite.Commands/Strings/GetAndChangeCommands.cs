using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Strings;

/// <summary>
/// Commands that read or compare a value and delete the key or change its expiry: GETDEL, GETEX, DELIFEQ, DELEX.
/// </summary>
internal static class GetAndChangeCommands
{
    [Command("GETDEL", Arity = 2, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "6.2.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the value of a key and delete the key")]
    public static void GetDel(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!TryReadOrReply(ref ctx, key, out var entry))
            return;

        ctx.ReplyString(entry);
        Delete(ref ctx, key);
    }

    [Command("GETEX", Arity = -2, Keys = "RW 1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "6.2.0", Complexity = "O(1)",
        Syntax = "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
        Summary = "Get the value of a key and optionally set its expiration")]
    public static void GetEx(ref CommandContext ctx)
    {
        if (!TryParseGetEx(ctx.Args, out var expiry, out var persists))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        var key = ctx.Key(1);
        if (!TryReadOrReply(ref ctx, key, out var entry))
            return;

        // A missing key answers nil whatever the time says; only then is the time looked at.
        var expireAtMs = Keyspace.NoExpiry;
        if (expiry.IsGiven && !expiry.TryRead(ref ctx, out expireAtMs))
            return;
        ctx.ReplyString(entry);
        if (expiry.IsGiven)
            SetExpiry(ref ctx, key, expiry, expireAtMs);
        else if (persists && entry.ExpireAtMs != Keyspace.NoExpiry)
            Persist(ref ctx, key);
    }

    [Command("DELIFEQ", Arity = 3, Keys = "RW 1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "9.0.0", Complexity = "O(1)", Syntax = "key value",
        Summary = "Delete a key if its value is equal to the given one",
        Notes = "Valkey's name; the version is Valkey's. Redis 7.0 has neither it nor DELEX. The log gets a DEL.")]
    public static void DelIfEq(ref CommandContext ctx) => DeleteIf(ref ctx, comparand: 2, equal: true);

    [Command("DELEX", Arity = -2, Keys = "RW 1", Flags = CommandFlags.Fast, Group = CommandGroup.String,
        Since = "8.4.0", Complexity = "O(1)", Syntax = "key [IFEQ comparison-value | IFNE comparison-value]",
        Summary = "Delete a key if its value is, or is not, equal to the given one",
        Notes = "Of Redis 8.4, without the digests IFDEQ and IFDNE. The log gets a DEL.")]
    public static void DelEx(ref CommandContext ctx)
    {
        if (ctx.Args.Count == 2)
            DeleteAny(ref ctx);
        else if (ctx.Args.Count != 4)
            ctx.Reply.Error("ERR wrong number of arguments for 'delex' command"u8);
        else if (ctx.Args.Is(2, "IFEQ"u8))
            DeleteIf(ref ctx, comparand: 3, equal: true);
        else if (ctx.Args.Is(2, "IFNE"u8))
            DeleteIf(ref ctx, comparand: 3, equal: false);
        else
            ctx.Reply.Error(Errors.Syntax);
    }

    /// <summary>Finds the string; when there is none, nil or the error of another type is the reply.</summary>
    private static bool TryReadOrReply(ref CommandContext ctx, scoped in Key key, out Entry entry)
    {
        if (!StringWrites.TryReadString(ref ctx, key, out entry, out var exists))
            return false;
        if (!exists)
            ctx.Reply.Null();
        return exists;
    }

    private static bool TryParseGetEx(in Arguments args, out ExpireTime expiry, out bool persists)
    {
        expiry = default;
        persists = false;
        var reader = new ArgReader(args, first: 2);
        while (reader.HasMore)
        {
            if (!expiry.IsGiven && reader.TryTake("PERSIST"u8))
                persists = true;
            else if (persists || !ExpireTime.TryTake(ref reader, ref expiry))
                return false;
        }

        return true;
    }

    private static void SetExpiry(ref CommandContext ctx, scoped in Key key, ExpireTime expiry, long expireAtMs)
    {
        // A time from now on cannot have passed, however the clock moves meanwhile.
        if (expiry.IsAbsolute && expireAtMs <= ctx.NowMs && ctx.DeletesExpired)
        {
            Delete(ref ctx, key);
            return;
        }

        ctx.Keyspace.SetExpiry(key, expireAtMs);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Generic, "expire"u8, key.Bytes);
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(3);
        effect.Bulk("PEXPIREAT"u8);
        effect.Bulk(key.Bytes);
        effect.BulkInteger(expireAtMs);
    }

    private static void Persist(ref CommandContext ctx, scoped in Key key)
    {
        ctx.Keyspace.SetExpiry(key, Keyspace.NoExpiry);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Generic, "persist"u8, key.Bytes);
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(2);
        effect.Bulk("PERSIST"u8);
        effect.Bulk(key.Bytes);
    }

    private static void DeleteIf(ref CommandContext ctx, int comparand, bool equal)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        var meets = exists && entry.Value.SequenceEqual(ctx.Args[comparand]) == equal;
        if (meets)
            Delete(ref ctx, ctx.Key(1));
        ctx.Reply.Integer(meets ? 1 : 0);
    }

    private static void DeleteAny(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        var exists = ctx.TryPeek(key, out _);
        if (exists)
            Delete(ref ctx, key);
        ctx.Reply.Integer(exists ? 1 : 0);
    }

    private static void Delete(ref CommandContext ctx, scoped in Key key)
    {
        StringWrites.Delete(ref ctx, key);
        StringWrites.LogAsDel(ref ctx, key.Bytes);
    }
}
