using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Strings;

/// <summary>GET and SET, and the older names of some of SET's options: SETNX, SETEX, PSETEX, GETSET.</summary>
internal static class GetSetCommands
{
    [Command("GET", Arity = 2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.String, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key", Summary = "Get the value of a key")]
    public static void Get(ref CommandContext ctx)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        if (exists)
            ctx.ReplyString(entry);
        else
            ctx.Reply.Null();
    }

    [Command("SET", Arity = -3, Keys = "RW:access+update+variable 1", Flags = CommandFlags.DenyOom,
        Group = CommandGroup.String, Since = "1.0.0", Complexity = "O(1)",
        Syntax = "key value [NX | XX | IFEQ comparison-value | IFNE comparison-value] [GET] [EX seconds | PX "
            + "milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
        Summary = "Set the string value of a key", UseWith = nameof(UseOfSet),
        Notes = "IFEQ (Valkey 8.1, Redis 8.4) and IFNE (Redis 8.4) are not in Redis 7.0; the digests IFDEQ and IFDNE "
            + "are left out. The log gets the plain SET, which any Redis can read.")]
    public static void Set(ref CommandContext ctx)
    {
        if (ctx.Args.Count > 3)
        {
            SetWithOptions(ref ctx);
            return;
        }

        StringWrites.PutArgument(ref ctx, ctx.Key(1), 2);
        ctx.Reply.Ok();
    }

    [Command("SETNX", Arity = 3, Keys = "W:insert 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.String, Since = "1.0.0", Complexity = "O(1)", Syntax = "key value",
        Summary = "Set the value of a key, only if the key does not exist")]
    public static void SetNx(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (ctx.TryGet(key, out _))
        {
            ctx.Reply.Integer(0);
            return;
        }

        StringWrites.PutArgument(ref ctx, key, 2);
        ctx.Reply.Integer(1);
    }

    [Command("SETEX", Arity = 4, Keys = "W 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.String,
        Since = "2.0.0", Complexity = "O(1)", Syntax = "key seconds value",
        Summary = "Set the value and expiration of a key")]
    public static void SetEx(ref CommandContext ctx) => SetExpiring(ref ctx, ExpireTime.InSeconds(2));

    [Command("PSETEX", Arity = 4, Keys = "W 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.String,
        Since = "2.6.0", Complexity = "O(1)", Syntax = "key milliseconds value",
        Summary = "Set the value and expiration in milliseconds of a key")]
    public static void PSetEx(ref CommandContext ctx) => SetExpiring(ref ctx, ExpireTime.InMilliseconds(2));

    [Command("GETSET", Arity = 3, Keys = "RW 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.String, Since = "1.0.0", Complexity = "O(1)", Syntax = "key value",
        Summary = "Set the string value of a key and return its old value")]
    public static void GetSet(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!StringWrites.TryReadString(ref ctx, key, out var entry, out var exists))
            return;
        ReplyOld(ctx, entry, exists);
        StringWrites.PutArgument(ref ctx, key, 2);
        StringWrites.LogAsSet(ref ctx, key.Bytes, 2);
    }

    private static void SetWithOptions(ref CommandContext ctx)
    {
        var expireAtMs = Keyspace.NoExpiry;
        if (!SetOptions.TryParse(ctx.Args, out var options))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        if (options.Expiry.IsGiven && !options.Expiry.TryRead(ref ctx, out expireAtMs))
            return;
        var key = ctx.Key(1);
        if (!TryFindOld(ref ctx, options, key, out var old, out var exists))
            return;
        var meets = Meets(options, ctx.Args, old, exists);

        // The old value is in the reply before it is overwritten: the entry is a view of it.
        if (options.ReturnsOld)
            ReplyOld(ctx, old, exists);
        else if (meets)
            ctx.Reply.Ok();
        else
            ctx.Reply.Null();
        if (meets)
            SetNow(ref ctx, options, key, expireAtMs);
    }

    /// <summary>
    /// Finds what the options ask about. False when it has another type than they need; the error is replied.
    /// </summary>
    private static bool TryFindOld(
        ref CommandContext ctx, in SetOptions options, scoped in Key key, out Entry old, out bool exists)
    {
        if (options.ReturnsOld)
            return StringWrites.TryReadString(ref ctx, key, out old, out exists);
        exists = ctx.TryGet(key, out old);
        if (!exists || options.Comparand == 0 || old.Type == EntryType.String)
            return true;
        ctx.Reply.Error(Errors.WrongType);
        return false;
    }

    private static bool Meets(in SetOptions options, in Arguments args, in Entry old, bool exists) =>
        options.Condition switch
        {
            SetCondition.Missing => !exists,
            SetCondition.Exists => exists,
            SetCondition.Equal => exists && old.Value.SequenceEqual(args[options.Comparand]),
            SetCondition.NotEqual => !exists || !old.Value.SequenceEqual(args[options.Comparand]),
            _ => true,
        };

    private static void SetNow(ref CommandContext ctx, in SetOptions options, scoped in Key key, long expireAtMs)
    {
        if (options.KeepsTtl)
        {
            StringWrites.PutArgumentKeepingTtl(ref ctx, key, 2);
            StringWrites.LogAsSetKeepingTtl(ref ctx, key.Bytes, 2);
        }
        else
        {
            StringWrites.PutArgument(ref ctx, key, 2, expireAtMs);
            StringWrites.LogAsSet(ref ctx, key.Bytes, 2, expireAtMs);
        }
    }

    private static void SetExpiring(ref CommandContext ctx, ExpireTime time)
    {
        if (!time.TryRead(ref ctx, out var expireAtMs))
            return;
        var key = ctx.Key(1);
        StringWrites.PutArgument(ref ctx, key, 3, expireAtMs);
        StringWrites.LogAsSet(ref ctx, key.Bytes, 3, expireAtMs);
        ctx.Reply.Ok();
    }

    private static void ReplyOld(in CommandContext ctx, in Entry old, bool exists)
    {
        if (exists)
            ctx.ReplyString(old);
        else
            ctx.Reply.Null();
    }

    /// <summary>Whoever may compare with the value may find it out.</summary>
    private static (KeyAccess Access, KeyUsage Usage) UseOfSet(in Arguments args, KeyAccess access, KeyUsage usage) =>
        args.Count > 3 && (ArgReader.Has(args, 3, "GET"u8) || ArgReader.Has(args, 3, "IFEQ"u8)
            || ArgReader.Has(args, 3, "IFNE"u8))
            ? (access, usage)
            : (KeyAccess.Write, KeyUsage.Update);
}
