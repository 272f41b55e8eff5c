using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Strings;

/// <summary>What the commands that store strings have in common: events, the log, the limit on length.</summary>
internal static class StringWrites
{
    /// <summary>Stores a value whatever was there, its expiry replaced, and tells who wants to know.</summary>
    /// <param name="ctx">The run of the command; the change is reported to it.</param>
    /// <param name="key">A declared key.</param>
    /// <param name="value">Any bytes.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or <see cref="Keyspace.NoExpiry"/>.</param>
    public static void Put(
        ref CommandContext ctx, scoped in Key key, scoped ReadOnlySpan<byte> value, long expireAtMs = Keyspace.NoExpiry)
    {
        ctx.NotifyIfNew(key);
        var entry = ctx.Keyspace.SetString(key, value, expireAtMs, out var wasThere);
        EndPut(ref ctx, key, entry, wasThere, expireAtMs);
    }

    /// <summary>
    /// Stores an argument of the request; one that was received into memory of its own becomes the value as it is.
    /// </summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key.</param>
    /// <param name="argument">The argument's position.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or <see cref="Keyspace.NoExpiry"/>.</param>
    public static void PutArgument(
        ref CommandContext ctx, scoped in Key key, int argument, long expireAtMs = Keyspace.NoExpiry)
    {
        if (ctx.Args.LargeAt(argument) is not HeldString value)
        {
            Put(ref ctx, key, ctx.Args[argument], expireAtMs);
            return;
        }

        ctx.NotifyIfNew(key);
        var entry = ctx.Keyspace.SetString(key, value, expireAtMs, out var wasThere);
        EndPut(ref ctx, key, entry, wasThere, expireAtMs);
    }

    /// <summary>Stores an argument at a key that is missing, and tells nobody.</summary>
    public static void Store(ref CommandContext ctx, scoped in Key key, int argument)
    {
        if (ctx.Args.LargeAt(argument) is HeldString value)
            ctx.Keyspace.SetString(key, value, Keyspace.NoExpiry, out _);
        else
            ctx.Keyspace.SetString(key, ctx.Args[argument]);
    }

    /// <summary>As <see cref="PutArgument"/>, but an existing key keeps its expiry.</summary>
    public static void PutArgumentKeepingTtl(ref CommandContext ctx, scoped in Key key, int argument)
    {
        if (ctx.Args.LargeAt(argument) is not HeldString value)
        {
            PutKeepingTtl(ref ctx, key, ctx.Args[argument], "set"u8);
            return;
        }

        ctx.NotifyIfNew(key);
        ctx.Keyspace.SetString(key, value, expireAtMs: null, out _);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Strings, "set"u8, key.Bytes);
    }

    /// <summary>As <see cref="Put"/>, but an existing key keeps its expiry.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key that is not an expired one.</param>
    /// <param name="value">Any bytes.</param>
    /// <param name="name">The event.</param>
    public static void PutKeepingTtl(
        ref CommandContext ctx, scoped in Key key, scoped ReadOnlySpan<byte> value, ReadOnlySpan<byte> name)
    {
        ctx.NotifyIfNew(key);
        ctx.Keyspace.SetStringKeepTtl(key, value);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Strings, name, key.Bytes);
    }

    /// <summary>Deletes a key that is there.</summary>
    public static void Delete(ref CommandContext ctx, scoped in Key key)
    {
        ctx.Keyspace.Remove(key);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
    }

    /// <summary>Logs the request as the plain SET that has the same effect at any time, on any server.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">The key.</param>
    /// <param name="argument">Which argument is the value.</param>
    /// <param name="expireAtMs">Unix time in milliseconds, or <see cref="Keyspace.NoExpiry"/>.</param>
    public static void LogAsSet(
        ref CommandContext ctx, scoped ReadOnlySpan<byte> key, int argument, long expireAtMs = Keyspace.NoExpiry)
    {
        if (!ctx.IsLogged)
            return;
        var expires = expireAtMs != Keyspace.NoExpiry;
        var effect = ctx.PropagateAs(expires ? 5 : 3);
        effect.Bulk("SET"u8);
        effect.Bulk(key);
        EffectWriter.Write(effect, ctx.Args, argument);
        if (!expires)
            return;
        effect.Bulk("PXAT"u8);
        effect.BulkInteger(expireAtMs);
    }

    /// <summary>As <see cref="LogAsSet"/>, for a write that leaves the expiry as it was.</summary>
    public static void LogAsSetKeepingTtl(
        ref CommandContext ctx, scoped ReadOnlySpan<byte> key, scoped ReadOnlySpan<byte> value)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(4);
        effect.Bulk("SET"u8);
        effect.Bulk(key);
        effect.Bulk(value);
        effect.Bulk("KEEPTTL"u8);
    }

    /// <inheritdoc cref="LogAsSetKeepingTtl(ref CommandContext, ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">The key.</param>
    /// <param name="argument">Which argument is the value.</param>
    public static void LogAsSetKeepingTtl(ref CommandContext ctx, scoped ReadOnlySpan<byte> key, int argument)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(4);
        effect.Bulk("SET"u8);
        effect.Bulk(key);
        EffectWriter.Write(effect, ctx.Args, argument);
        effect.Bulk("KEEPTTL"u8);
    }

    public static void LogAsDel(ref CommandContext ctx, scoped ReadOnlySpan<byte> key)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(2);
        effect.Bulk("DEL"u8);
        effect.Bulk(key);
    }

    private static void EndPut(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, bool wasThere, long expireAtMs)
    {
        if (wasThere)
            ctx.Touch(entry);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Strings, "set"u8, key.Bytes);
        if (expireAtMs != Keyspace.NoExpiry)
            ctx.Notify(KeyspaceEvents.Generic, "expire"u8, key.Bytes);
    }

    /// <summary>The most bytes that a command may make a string of.</summary>
    /// <remarks>
    /// <c>proto-max-bulk-len</c> limits clients only: what a log holds was allowed when it was written. A record's own
    /// limit holds for all.
    /// </remarks>
    public static long LongestAllowed(ref CommandContext ctx) =>
        ctx.Session.IsObeyed ? Keyspace.MaxValueLength : Math.Min(
            ctx.Options.ProtoMaxBulkLength, Keyspace.MaxValueLength);

    /// <summary>Whether a string may grow to this length; replies the error when not.</summary>
    /// <param name="ctx">Gets the error.</param>
    /// <param name="start">Bytes before the added ones; not negative.</param>
    /// <param name="added">Bytes added.</param>
    public static bool CheckLength(ref CommandContext ctx, long start, int added)
    {
        if (start <= LongestAllowed(ref ctx) - added)
            return true;
        ctx.Reply.Error(Errors.StringTooLong);
        return false;
    }

    /// <summary>
    /// Finds a string that the command answers with, counted as a read; false when the error is replied.
    /// </summary>
    /// <remarks>For write commands; <see cref="CommandContext.TryGetString"/> is the same for read commands.</remarks>
    public static bool TryReadString(ref CommandContext ctx, scoped in Key key, out Entry entry, out bool exists)
    {
        exists = ctx.TryRead(key, out entry);
        if (!exists || entry.Type == EntryType.String)
            return true;
        ctx.Reply.Error(Errors.WrongType);
        return false;
    }
}
