using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>HGETDEL, HGETEX: values of fields, which are deleted or expire otherwise from then on.</summary>
internal static class FieldValueCommands
{
    private const string Complexity = "O(N) where N is the number of specified fields";

    [Command("HGETDEL", Arity = -5, Keys = "RW:access+delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "8.0.0", Complexity = Complexity, Syntax = "key FIELDS numfields field [field ...]",
        Summary = "Returns the value of a field and deletes it from the hash",
        Notes = "Of Redis 8.0. The log gets an HDEL.")]
    public static void HGetDel(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Hash, out _, out _)
            || !FieldClause.TryRead(ref ctx, at: 2, FieldClause.NotPositive, out var fields)
            || !HashWrites.TryFind(ref ctx, key, fields, out var entry, out var exists))
            return;
        ctx.Reply.Array(fields.Count);
        if (exists)
            GetAndDelete(ref ctx, key, entry, fields);
        else
            ReplyNulls(ref ctx, fields);
    }

    [Command("HGETEX", Arity = -5, Keys = "RW 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash, Since = "8.0.0",
        Complexity = Complexity,
        Syntax = "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] "
            + "FIELDS numfields field [field ...]",
        Summary = "Get the value of one or more fields of a given hash key, and optionally set their expiration",
        Notes = "Of Redis 8.0. The log gets an HPEXPIREAT, HPERSIST or HDEL.")]
    public static void HGetEx(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Hash, out _, out _))
            return;
        var options = new ArgReader(ctx.Args, first: 2);
        var expireAtMs = HashValue.NoExpiry;
        var changes = options.TryTake("PERSIST"u8);
        if (!changes && FieldExpireTime.TryTake(ref options, out var time))
        {
            changes = true;
            options.Take();
            if (!time.TryRead(ref ctx, out expireAtMs))
                return;
        }

        if (!FieldClause.TryRead(ref ctx, options.Position, FieldClause.NotPositive, out var fields)
            || !HashWrites.TryFind(ref ctx, key, fields, out var entry, out var exists))
            return;
        ctx.Reply.Array(fields.Count);
        if (!exists)
            ReplyNulls(ref ctx, fields);
        else if (!changes)
            Get(ref ctx, entry, fields);
        else if (expireAtMs != HashValue.NoExpiry && expireAtMs <= ctx.NowMs && ctx.DeletesExpired)
            GetAndDelete(ref ctx, key, entry, fields);
        else
            GetAndExpire(ref ctx, key, entry, fields, expireAtMs);
    }

    private static void Get(ref CommandContext ctx, scoped in Entry entry, FieldArguments fields)
    {
        var hash = new LiveHash(ctx, entry);
        for (var i = fields.First; i <= fields.Last; i++)
        {
            if (hash.TryGet(ctx.Args[i], out var value))
                ctx.Reply.Bulk(value);
            else
                ctx.Reply.Null();
        }
    }

    private static void GetAndDelete(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, FieldArguments fields)
    {
        var nowMs = LiveHash.ClockOf(ctx);
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var hash = change.Hash;
        var deleted = new List<int>();
        for (var i = fields.First; i <= fields.Last; i++)
        {
            if (!new LiveHash(hash, nowMs).TryGet(ctx.Args[i], out var value))
            {
                ctx.Reply.Null();
                continue;
            }

            ctx.Reply.Bulk(value);
            hash.Remove(ctx.Args[i]);
            deleted.Add(i);
        }

        if (deleted.Count == 0)
            return;
        HashWrites.LogFields(ref ctx, "HDEL"u8, key, deleted);
        ctx.Notify(KeyspaceEvents.Hashes, "hdel"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, deleted.Count, hash.Count);
    }

    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">The key.</param>
    /// <param name="entry">What it holds.</param>
    /// <param name="fields">Which.</param>
    /// <param name="expireAtMs">From when on they are gone, or <see cref="HashValue.NoExpiry"/>.</param>
    private static void GetAndExpire(
        ref CommandContext ctx, scoped in Key key, scoped in Entry entry, FieldArguments fields, long expireAtMs)
    {
        var nowMs = LiveHash.ClockOf(ctx);
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var hash = change.Hash;
        var changed = new List<int>();
        for (var i = fields.First; i <= fields.Last; i++)
        {
            if (!new LiveHash(hash, nowMs).TryGet(ctx.Args[i], out var value, out var currentMs))
            {
                ctx.Reply.Null();
                continue;
            }

            ctx.Reply.Bulk(value);
            if (currentMs == expireAtMs && expireAtMs == HashValue.NoExpiry)
                continue;
            hash.SetExpiry(ctx.Args[i], expireAtMs);
            changed.Add(i);
        }

        if (changed.Count == 0)
            return;
        var persists = expireAtMs == HashValue.NoExpiry;
        if (persists)
            LogPersist(ref ctx, key, changed);
        else
            FieldExpireCommands.LogExpiry(ref ctx, key, expireAtMs, changed);
        ctx.Notify(KeyspaceEvents.Hashes, persists ? "hpersist"u8 : "hexpire"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, changed.Count, hash.Count);
    }

    private static void LogPersist(ref CommandContext ctx, scoped in Key key, List<int> fields)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(4 + fields.Count);
        effect.Bulk("HPERSIST"u8);
        effect.Bulk(key.Bytes);
        effect.Bulk("FIELDS"u8);
        effect.BulkInteger(fields.Count);
        foreach (var field in fields)
            effect.Bulk(ctx.Args[field]);
    }

    private static void ReplyNulls(ref CommandContext ctx, FieldArguments fields)
    {
        for (var i = 0; i < fields.Count; i++)
            ctx.Reply.Null();
    }
}
