using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>HSETEX: sets fields and when they expire, all of them or, by a condition on what is there, none.</summary>
internal static class HashSetExCommand
{
    [Command("HSETEX", Arity = -6, Keys = "RW:update 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.Hash, Since = "8.0.0", Complexity = "O(N) where N is the number of fields being set.",
        Syntax = "key [FNX | FXX] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT "
            + "unix-time-milliseconds | KEEPTTL] FIELDS numfields field value [field value ...]",
        Summary = "Set the value of one or more fields of a given hash key, and optionally set their expiration",
        Notes = "Of Redis 8.0. The log gets it without the condition and with an absolute time, or an HSET or HDEL.")]
    public static void HSetEx(ref CommandContext ctx)
    {
        if (!TryRead(ref ctx, out var options))
            return;
        var key = ctx.Key(1);
        if (!HashWrites.TryFind(ref ctx, key, options.Fields, out var entry, out var exists))
            return;
        if (!Holds(ctx, options, entry, exists))
        {
            ctx.Reply.Integer(0);
            return;
        }

        if (options.ExpireAtMs != HashValue.NoExpiry && options.ExpireAtMs <= ctx.NowMs && ctx.DeletesExpired)
        {
            if (exists)
                Delete(ref ctx, key, entry, options.Fields);
        }
        else
        {
            Set(ref ctx, key, entry, exists, options);
        }

        ctx.Reply.Integer(1);
    }

    private static bool TryRead(ref CommandContext ctx, out Options read)
    {
        read = new Options { ExpireAtMs = HashValue.NoExpiry };
        var options = new ArgReader(ctx.Args, first: 2);
        while (options.HasMore)
        {
            var position = options.Position;
            if (options.TryTake("FIELDS"u8))
                return TryReadFields(ref ctx, options.Position, ref read);
            if (options.TryTake("FNX"u8) || options.TryTake("FXX"u8))
            {
                if (read.Condition != FieldCondition.None)
                    return FieldClause.Refuse(ref ctx, "ERR Only one of FXX or FNX arguments can be specified"u8);
                read.Condition = ctx.Args.Is(position, "FNX"u8) ? FieldCondition.NoneExists : FieldCondition.AllExist;
                continue;
            }

            var keepsExpiry = options.TryTake("KEEPTTL"u8);
            FieldExpireTime time = default;
            if (!keepsExpiry && !FieldExpireTime.TryTake(ref options, out time))
                return FieldClause.Refuse(ref ctx, [.. "ERR unknown argument: "u8, .. ctx.Args[position]]);
            if (read.HasExpiryOption)
            {
                return FieldClause.Refuse(
                    ref ctx, "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"u8);
            }

            read.HasExpiryOption = true;
            read.KeepsExpiry = keepsExpiry;
            if (keepsExpiry)
                continue;
            if (!options.HasMore)
                return FieldClause.Refuse(ref ctx, "ERR missing expire time"u8);
            options.Take();
            if (!time.TryRead(ref ctx, out var expireAtMs))
                return false;
            read.ExpireAtMs = expireAtMs;
        }

        return FieldClause.Refuse(ref ctx, "ERR Mandatory argument FIELDS is missing or not at the right position"u8);
    }

    private static bool TryReadFields(ref CommandContext ctx, int at, ref Options read)
    {
        if (at >= ctx.Args.Count - 2)
            return FieldClause.Refuse(ref ctx, Errors.WrongNumberOfArguments(ctx.Command));
        if (!ctx.Args.TryGetInt64(at, out var count) || count is < 1 or > int.MaxValue)
            return FieldClause.Refuse(ref ctx, "ERR invalid number of fields"u8);
        if (2 * count != ctx.Args.Count - at - 1)
            return FieldClause.Refuse(ref ctx, Errors.WrongNumberOfArguments(ctx.Command));
        read.Fields = new FieldArguments(at + 1, ctx.Args.Count - 2, Step: 2);
        return true;
    }

    private static bool Holds(scoped in CommandContext ctx, in Options options, scoped in Entry entry, bool exists)
    {
        if (options.Condition == FieldCondition.None)
            return true;
        for (var i = options.Fields.First; i <= options.Fields.Last; i += 2)
        {
            var isThere = exists && new LiveHash(ctx, entry).Contains(ctx.Args[i]);
            if (isThere != (options.Condition == FieldCondition.AllExist))
                return false;
        }

        return true;
    }

    private static void Set(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, bool exists, in Options options)
    {
        var nowMs = LiveHash.ClockOf(ctx);
        var fields = options.Fields;
        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Hash, entry, exists);
        var hash = change.Hash;
        for (var i = fields.First; i <= fields.Last; i += 2)
        {
            var expireAtMs = options.ExpireAtMs;
            if (options.KeepsExpiry && new LiveHash(hash, nowMs).TryGet(ctx.Args[i], out _, out var currentMs))
                expireAtMs = currentMs;
            hash.Set(ctx.Args[i], ctx.Args[i + 1], ctx.Options.Encodings.OfHashes, expireAtMs);
        }

        Log(ref ctx, key, options);
        ctx.Notify(KeyspaceEvents.Hashes, "hset"u8, key.Bytes);
        if (options.ExpireAtMs != HashValue.NoExpiry)
            ctx.Notify(KeyspaceEvents.Hashes, "hexpire"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, fields.Count, hash.Count);
    }

    private static void Delete(ref CommandContext ctx, scoped in Key key, scoped in Entry entry, FieldArguments fields)
    {
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var hash = change.Hash;
        var deleted = new List<int>();
        for (var i = fields.First; i <= fields.Last; i += 2)
            if (hash.Remove(ctx.Args[i]))
                deleted.Add(i);
        if (deleted.Count == 0)
            return;
        HashWrites.LogFields(ref ctx, "HDEL"u8, key, deleted);
        ctx.Notify(KeyspaceEvents.Hashes, "hdel"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, deleted.Count, hash.Count);
    }

    private static void Log(ref CommandContext ctx, scoped in Key key, in Options options)
    {
        if (!ctx.IsLogged)
            return;
        var fields = options.Fields;
        var expires = options.ExpireAtMs != HashValue.NoExpiry;
        var hasOption = expires || options.KeepsExpiry;
        var effect = ctx.PropagateAs(2 + (expires ? 4 : hasOption ? 3 : 0) + (2 * fields.Count));
        effect.Bulk(hasOption ? "HSETEX"u8 : "HSET"u8);
        effect.Bulk(key.Bytes);
        if (hasOption)
        {
            effect.Bulk(expires ? "PXAT"u8 : "KEEPTTL"u8);
            if (expires)
                effect.BulkInteger(options.ExpireAtMs);
            effect.Bulk("FIELDS"u8);
            effect.BulkInteger(fields.Count);
        }

        for (var i = fields.First; i <= fields.Last + 1; i++)
            effect.Bulk(ctx.Args[i]);
    }

    /// <summary>What must be there, or not, for the fields to be set.</summary>
    private enum FieldCondition
    {
        None,
        NoneExists,
        AllExist,
    }

    private struct Options
    {
        public FieldCondition Condition;
        public bool HasExpiryOption;
        public bool KeepsExpiry;
        public long ExpireAtMs;
        public FieldArguments Fields;
    }
}
