using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// Commands that give fields a time to live or take it away: HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST.
/// </summary>
internal static class FieldExpireCommands
{
    private const CommandFlags Common = CommandFlags.DenyOom | CommandFlags.Fast;
    private const string Complexity = "O(N) where N is the number of specified fields";
    private const string Version = "Of Redis 7.4. The log gets an HPEXPIREAT without the condition, or an HDEL.";

    /// <summary>When an expiry time is set, as far as the field's present one matters.</summary>
    private enum Condition
    {
        None,
        NoExpiry,
        HasExpiry,
        Later,
        Earlier,
    }

    /// <summary>What becomes of a field, as the reply has it.</summary>
    private enum Outcome
    {
        NoSuchField = -2,
        ConditionNotMet = 0,
        Set = 1,
        Deleted = 2,
    }

    [Command("HEXPIRE", Arity = -6, Keys = "RW:update 1", Flags = Common, Group = CommandGroup.Hash, Since = "7.4.0",
        Complexity = Complexity, Syntax = "key seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        Notes = Version, Summary = "Set expiry for hash field using relative time to expire (seconds)")]
    public static void HExpire(ref CommandContext ctx) => Expire(ref ctx, FieldExpireTime.InSeconds(2));

    [Command("HPEXPIRE", Arity = -6, Keys = "RW:update 1", Flags = Common, Group = CommandGroup.Hash, Since = "7.4.0",
        Complexity = Complexity, Syntax = "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        Notes = Version, Summary = "Set expiry for hash field using relative time to expire (milliseconds)")]
    public static void HExpireMs(ref CommandContext ctx) => Expire(ref ctx, FieldExpireTime.InMilliseconds(2));

    [Command("HEXPIREAT", Arity = -6, Keys = "RW:update 1", Flags = Common, Group = CommandGroup.Hash, Since = "7.4.0",
        Complexity = Complexity,
        Syntax = "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]", Notes = Version,
        Summary = "Set expiry for hash field using an absolute Unix timestamp (seconds)")]
    public static void HExpireAt(ref CommandContext ctx) => Expire(ref ctx, FieldExpireTime.AtSeconds(2));

    [Command("HPEXPIREAT", Arity = -6, Keys = "RW:update 1", Flags = Common, Group = CommandGroup.Hash, Since = "7.4.0",
        Complexity = Complexity,
        Syntax = "key unix-time-milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]", Notes = Version,
        Summary = "Set expiry for hash field using an absolute Unix timestamp (milliseconds)")]
    public static void HExpireAtMs(ref CommandContext ctx) => Expire(ref ctx, FieldExpireTime.AtMilliseconds(2));

    [Command("HPERSIST", Arity = -5, Keys = "RW:update 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "7.4.0", Complexity = Complexity, Syntax = "key FIELDS numfields field [field ...]",
        Notes = "Of Redis 7.4.", Summary = "Removes the expiration time for each specified field")]
    public static void HPersist(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Hash, out _, out _)
            || !FieldClause.TryRead(ref ctx, at: 2, FieldClause.NotPositive, out var fields)
            || !HashWrites.TryFind(ref ctx, key, fields, out var entry, out var exists))
            return;
        ctx.Reply.Array(fields.Count);
        if (exists)
            Persist(ref ctx, key, entry, fields);
        else
            ReplyForAll(ref ctx, fields, (int)Outcome.NoSuchField);
    }

    /// <summary>Logs the time of fields as the command that sets it at any time, on any server.</summary>
    public static void LogExpiry(ref CommandContext ctx, scoped in Key key, long expireAtMs, List<int> fields)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(5 + fields.Count);
        effect.Bulk("HPEXPIREAT"u8);
        effect.Bulk(key.Bytes);
        effect.BulkInteger(expireAtMs);
        effect.Bulk("FIELDS"u8);
        effect.BulkInteger(fields.Count);
        foreach (var field in fields)
            effect.Bulk(ctx.Args[field]);
    }

    private static void Persist(ref CommandContext ctx, scoped in Key key, scoped in Entry entry, FieldArguments fields)
    {
        var nowMs = LiveHash.ClockOf(ctx);
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var hash = change.Hash;
        var persisted = 0;
        for (var i = fields.First; i <= fields.Last; i++)
        {
            if (!new LiveHash(hash, nowMs).TryGet(ctx.Args[i], out _, out var expireAtMs))
            {
                ctx.Reply.Integer(-2);
            }
            else if (expireAtMs == HashValue.NoExpiry)
            {
                ctx.Reply.Integer(-1);
            }
            else
            {
                hash.SetExpiry(ctx.Args[i], HashValue.NoExpiry);
                persisted++;
                ctx.Reply.Integer(1);
            }
        }

        if (persisted == 0)
            return;
        ctx.Notify(KeyspaceEvents.Hashes, "hpersist"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, persisted, hash.Count);
    }

    private static void Expire(ref CommandContext ctx, FieldExpireTime time)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Hash, out _, out _)
            || !time.TryRead(ref ctx, out var expireAtMs))
            return;
        var options = new ArgReader(ctx.Args, first: 3);
        var condition = TakeCondition(ref options);
        if (!FieldClause.TryRead(
                ref ctx, options.Position, "ERR Parameter `numFields` should be greater than 0"u8, out var fields)
            || !HashWrites.TryFind(ref ctx, key, fields, out var entry, out var exists))
            return;
        ctx.Reply.Array(fields.Count);
        if (exists)
            Expire(ref ctx, key, entry, condition, expireAtMs, fields);
        else
            ReplyForAll(ref ctx, fields, (int)Outcome.NoSuchField);
    }

    private static void Expire(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, Condition condition, long expireAtMs,
        FieldArguments fields)
    {
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var hash = change.Hash;
        var (set, deleted) = (new List<int>(), new List<int>());
        for (var i = fields.First; i <= fields.Last; i++)
        {
            var outcome = Expire(ref ctx, hash, i, condition, expireAtMs);
            ctx.Reply.Integer((int)outcome);
            if (outcome == Outcome.Set)
                set.Add(i);
            else if (outcome == Outcome.Deleted)
                deleted.Add(i);
        }

        if (deleted.Count > 0)
        {
            HashWrites.LogFields(ref ctx, "HDEL"u8, key, deleted);
            ctx.Notify(KeyspaceEvents.Hashes, "hdel"u8, key.Bytes);
        }

        if (set.Count > 0)
        {
            LogExpiry(ref ctx, key, expireAtMs, set);
            ctx.Notify(KeyspaceEvents.Hashes, "hexpire"u8, key.Bytes);
        }

        if (set.Count + deleted.Count > 0)
            Collections.Changed(ref ctx, key, in change, set.Count + deleted.Count, hash.Count);
    }

    private static Outcome Expire(
        ref CommandContext ctx, HashValue hash, int field, Condition condition, long expireAtMs)
    {
        if (!new LiveHash(hash, LiveHash.ClockOf(ctx)).TryGet(ctx.Args[field], out _, out var currentMs))
            return Outcome.NoSuchField;
        if (!Holds(condition, currentMs, expireAtMs))
            return Outcome.ConditionNotMet;
        if (expireAtMs <= ctx.NowMs && ctx.DeletesExpired)
        {
            hash.Remove(ctx.Args[field]);
            return Outcome.Deleted;
        }

        hash.SetExpiry(ctx.Args[field], expireAtMs);
        return Outcome.Set;
    }

    private static Condition TakeCondition(ref ArgReader options)
    {
        if (options.TryTake("NX"u8))
            return Condition.NoExpiry;
        if (options.TryTake("XX"u8))
            return Condition.HasExpiry;
        if (options.TryTake("GT"u8))
            return Condition.Later;
        return options.TryTake("LT"u8) ? Condition.Earlier : Condition.None;
    }

    /// <summary>No expiry counts as an endless time to live: nothing is later, everything is earlier.</summary>
    private static bool Holds(Condition condition, long currentMs, long newMs)
    {
        var expires = currentMs != HashValue.NoExpiry;
        return condition switch
        {
            Condition.NoExpiry => !expires,
            Condition.HasExpiry => expires,
            Condition.Later => expires && newMs > currentMs,
            Condition.Earlier => !expires || newMs < currentMs,
            _ => true,
        };
    }

    private static void ReplyForAll(ref CommandContext ctx, FieldArguments fields, int reply)
    {
        for (var i = 0; i < fields.Count; i++)
            ctx.Reply.Integer(reply);
    }
}
