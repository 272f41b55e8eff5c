using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Serialization.Collections;

namespace RedisLite.Commands.Keys;

/// <summary>DUMP and RESTORE: values in Redis's own serialized form, to be carried between servers.</summary>
internal static class DumpCommands
{
    private const int MaxFrequency = 255;

    [Command("DUMP", Arity = 2, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Generic,
        Since = "2.6.0",
        Complexity = "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis "
            + "objects composing the value and M their average size. For small string values the time complexity is "
            + "thus O(1)+O(1*M) where M is small, so simply O(1).", Syntax = "key",
        Summary = "Return a serialized version of the value stored at the specified key.")]
    public static void Dump(ref CommandContext ctx)
    {
        if (!ctx.TryGet(1, out var entry))
        {
            ctx.Reply.Null();
            return;
        }

        using var dump = new RdbBuffer(ctx.Databases);
        Write(ref ctx, entry, dump);
        var length = dump.Length;
        if (ctx.Reply.TakesParts && length >= Keyspace.LargeStringLength)
            ctx.Reply.Bulk(dump.Complete(), 0, length);
        else
            ctx.Reply.Bulk(dump.Written);
    }

    /// <summary>Serializes a value of any type.</summary>
    internal static void Write(ref CommandContext ctx, in Entry entry, RdbBuffer dump)
    {
        if (entry.Type == EntryType.String)
        {
            var room = dump.GetSpan(DumpPayload.MaxStringSize(entry.Value.Length));
            dump.Advance(DumpPayload.WriteString(room, entry.Value, ctx.Options.RdbCompression));
            return;
        }

        using var held = ctx.Keyspace.Hold(entry);
        CollectionDumps.Write(dump, held, ctx.Options.Encodings, ctx.Options.RdbCompression);
    }

    [Command("RESTORE", Arity = -4, Keys = "W 1", Flags = CommandFlags.DenyOom | CommandFlags.Pooled,
        Group = CommandGroup.Generic, Since = "2.6.0",
        Complexity = "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N "
            + "is the number of Redis objects composing the value and M their average size. For small string values "
            + "the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set "
            + "values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
        Syntax = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
        Categories = "dangerous",
        Summary = "Create a key using the provided serialized value, previously obtained using DUMP.")]
    [Command("RESTORE-ASKING", Arity = -4, Keys = "W 1", Group = CommandGroup.Server, Since = "3.0.0",
        Flags = CommandFlags.DenyOom | CommandFlags.Pooled | CommandFlags.Asking,
        Complexity = "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value.",
        Syntax = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
        Categories = "keyspace dangerous",
        Summary = "An internal command for migrating keys in a cluster")]
    public static void Restore(ref CommandContext ctx)
    {
        if (!RestoreOptions.TryRead(ref ctx, out var options))
            return;
        var key = ctx.Key(1);
        var exists = ctx.TryGet(key, out _);
        if (exists && !options.Replace)
        {
            ctx.Reply.Error(Errors.BusyKey);
            return;
        }

        if (!TryReadExpiry(ref ctx, options.IsAbsoluteTtl, out var expireAtMs))
            return;
        using var collection = new CollectionBuilder(ctx.Keyspace);
        if (!TryOpen(ref ctx, collection, out var value))
            return;

        if (expireAtMs != Keyspace.NoExpiry && expireAtMs <= ctx.NowMs && ctx.DeletesExpired)
            RestoreExpired(ref ctx, key, exists, value);
        else
            RestoreLive(ref ctx, key, value, collection, expireAtMs, options);
    }

    private static void RestoreLive(
        ref CommandContext ctx, in Key key, in DumpedValue value, CollectionBuilder collection, long expireAtMs,
        in RestoreOptions options)
    {
        if (value.Type != RdbType.String)
        {
            collection.Store(ctx.Keyspace, key, expireAtMs);
        }
        else if (!TrySet(ref ctx, key, value.String, expireAtMs))
        {
            ctx.Reply.Error(Errors.BadDumpFormat);
            return;
        }

        if (ctx.Keyspace.TryGetStale(key, out var entry))
            entry.TouchAccess(options.AccessMark(ctx.NowMs, ctx.Options));
        ctx.Changed();
        if (expireAtMs != Keyspace.NoExpiry && !options.IsAbsoluteTtl && ctx.IsLogged)
            Propagate(ref ctx, expireAtMs);
        ctx.Notify(KeyspaceEvents.New, "new"u8, key.Bytes);
        ctx.Notify(KeyspaceEvents.Generic, "restore"u8, key.Bytes);
        ctx.Reply.Ok();
    }

    /// <summary>A value whose time has passed already: what it replaces goes all the same.</summary>
    private static void RestoreExpired(ref CommandContext ctx, in Key key, bool exists, in DumpedValue value)
    {
        if (value.Type == RdbType.String && !IsSound(ref ctx, value.String))
        {
            ctx.Reply.Error(Errors.BadDumpFormat);
            return;
        }

        if (exists)
        {
            ctx.Keyspace.Remove(key);
            ctx.Changed();
            var effect = ctx.PropagateAs(2);
            effect.Bulk("DEL"u8);
            effect.Bulk(key.Bytes);
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
        }

        ctx.Reply.Ok();
    }

    /// <summary>The request with its TTL as a point in time.</summary>
    private static void Propagate(ref CommandContext ctx, long expireAtMs)
    {
        var effect = ctx.PropagateAs(ctx.Args.Count + 1);
        for (var i = 0; i < ctx.Args.Count; i++)
        {
            if (i == 2)
                effect.BulkInteger(expireAtMs);
            else
                effect.Bulk(ctx.Args[i]);
        }

        effect.Bulk("ABSTTL"u8);
    }

    private static bool TryReadExpiry(ref CommandContext ctx, bool isAbsolute, out long expireAtMs)
    {
        expireAtMs = Keyspace.NoExpiry;
        if (!ctx.Args.TryGetInt64(2, out var ttl))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return false;
        }

        if (ttl < 0)
        {
            ctx.Reply.Error("ERR Invalid TTL value, must be >= 0"u8);
            return false;
        }

        // As in Redis, a sum beyond 64 bits becomes a time long past: such a key is gone at once.
        if (ttl > 0)
            expireAtMs = isAbsolute ? ttl : ttl <= long.MaxValue - ctx.NowMs ? ttl + ctx.NowMs : 0;
        return true;
    }

    /// <summary>Looks into the payload; a collection is built aside, so that a malformed one changes nothing.</summary>
    private static bool TryOpen(scoped ref CommandContext ctx, CollectionBuilder collection, out DumpedValue value)
    {
        switch (DumpPayload.Open(ctx.Args[3], out value))
        {
            case DumpStatus.String when value.String.Length <= Keyspace.MaxValueLength:
            case DumpStatus.Collection when TryBuild(value, collection, ctx.Options.Encodings):
                return true;
            case DumpStatus.BadVersionOrChecksum:
                ctx.Reply.Error(Errors.BadDumpChecksum);
                return false;
            default:
                ctx.Reply.Error(Errors.BadDumpFormat);
                return false;
        }
    }

    private static bool TryBuild(in DumpedValue value, CollectionBuilder collection, EncodingLimits limits)
    {
        if (!CollectionBuilder.CanBuild(value.Type))
            return false;
        using var decoder = new ValueDecoder();
        var source = new RdbSpanSource(value.Body);
        collection.Clear(limits);
        try
        {
            return decoder.Decode(ref source, value.Type, collection);
        }
        catch (MalformedValueException)
        {
            return false;
        }
    }

    private static bool TrySet(ref CommandContext ctx, in Key key, in RdbString value, long expireAtMs)
    {
        if (value.TryGetRaw(out var raw))
        {
            ctx.Keyspace.SetString(key, raw, expireAtMs);
            return true;
        }

        using var text = ctx.Databases.NewString(value.Length);
        if (!value.TryCopyTo(text.GetSpan()))
            return false;
        if (value.Length >= Keyspace.LargeStringLength)
            ctx.Keyspace.SetString(key, text, expireAtMs, out _);
        else
            ctx.Keyspace.SetString(key, text.Bytes, expireAtMs);
        return true;
    }

    private static bool IsSound(ref CommandContext ctx, in RdbString value)
    {
        if (value.TryGetRaw(out _))
            return true;
        using var text = ctx.Databases.NewString(value.Length);
        return value.TryCopyTo(text.GetSpan());
    }

    /// <summary>The options of RESTORE after the serialized value.</summary>
    private readonly record struct RestoreOptions(bool Replace, bool IsAbsoluteTtl, long IdleSeconds, long Frequency)
    {
        private const long NotGiven = -1;

        public static bool TryRead(ref CommandContext ctx, out RestoreOptions options)
        {
            options = new RestoreOptions(false, false, NotGiven, NotGiven);
            var reader = new ArgReader(ctx.Args, first: 4);
            while (reader.HasMore)
            {
                if (reader.TryTake("REPLACE"u8))
                {
                    options = options with { Replace = true };
                }
                else if (reader.TryTake("ABSTTL"u8))
                {
                    options = options with { IsAbsoluteTtl = true };
                }
                else if (options.Frequency == NotGiven && reader.TryTake("IDLETIME"u8, out var value))
                {
                    if (!TryReadNumber(
                        ref ctx, value, long.MaxValue, "ERR Invalid IDLETIME value, must be >= 0"u8, out var idle))
                        return false;
                    options = options with { IdleSeconds = idle };
                }
                else if (options.IdleSeconds == NotGiven && reader.TryTake("FREQ"u8, out value))
                {
                    if (!TryReadNumber(
                        ref ctx, value, MaxFrequency, "ERR Invalid FREQ value, must be >= 0 and <= 255"u8,
                        out var frequency))
                        return false;
                    options = options with { Frequency = frequency };
                }
                else
                {
                    ctx.Reply.Error(Errors.Syntax);
                    return false;
                }
            }

            return true;
        }

        /// <summary>
        /// The restored key's access mark: as given, if the eviction policy in force has a use for it.
        /// </summary>
        public uint AccessMark(long nowMs, RuntimeOptions options)
        {
            if (AccessClock.IsLfu(options))
                return Frequency == NotGiven ? AccessClock.ForNewKey(nowMs, options) : AccessClock.OfCounter(
                    (uint)Frequency, nowMs);
            return IdleSeconds == NotGiven ? AccessClock.ForNewKey(nowMs, options) : AccessClock.OfIdleSeconds(
                IdleSeconds, nowMs);
        }

        private static bool TryReadNumber(
            ref CommandContext ctx, int argument, long max, ReadOnlySpan<byte> outOfRange, out long value)
        {
            if (!ctx.Args.TryGetInt64(argument, out value))
                ctx.Reply.Error(Errors.NotAnInteger);
            else if (value < 0 || value > max)
                ctx.Reply.Error(outOfRange);
            else
                return true;
            return false;
        }
    }
}
