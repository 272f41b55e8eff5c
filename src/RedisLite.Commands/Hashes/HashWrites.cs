using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>What the commands that write to hashes have in common: the fields that they meet and that have expired, the log.</summary>
internal static class HashWrites
{
    // Fields up to which all of a hash are looked at for expired ones; in a larger one those that the command names.
    private const int SearchedWhole = 4096;

    /// <summary>
    /// Finds the hash that a command writes to, once fields whose time has come are deleted: all of them, or those that the
    /// command names when the hash is large. When the key holds another type the error is replied.
    /// </summary>
    /// <remarks>
    /// The deletions are logged before the command's own effect, and with the last field the key goes, and its expiry: what
    /// the command adds is new. Where nothing may be deleted (a replica that is written to) the fields stay, and
    /// <see cref="LiveHash"/> has them missing.
    /// </remarks>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key, held exclusively.</param>
    /// <param name="fields">The arguments that name fields.</param>
    /// <param name="entry">As <see cref="Collections.TryFind"/> has it.</param>
    /// <param name="exists">As <see cref="Collections.TryFind"/> has it.</param>
    /// <returns>False when the error is replied.</returns>
    public static bool TryFind(
        scoped ref CommandContext ctx, scoped in Key key, FieldArguments fields, out Entry entry, out bool exists)
    {
        if (!Collections.TryFind(ref ctx, key, EntryType.Hash, out entry, out exists))
            return false;
        if (!exists || !ctx.DeletesExpired || !new LiveHash(ctx, entry).MayHaveExpired)
            return true;
        DeleteExpired(ctx, key, entry, fields);
        exists = ctx.TryPeek(key, out entry);
        return true;
    }

    /// <summary>Logs a command on some of the request's fields in place of the request.</summary>
    public static void LogFields(ref CommandContext ctx, scoped ReadOnlySpan<byte> command, scoped in Key key, List<int> fields)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.PropagateAs(2 + fields.Count);
        effect.Bulk(command);
        effect.Bulk(key.Bytes);
        foreach (var field in fields)
            effect.Bulk(ctx.Args[field]);
    }

    private static void DeleteExpired(
        scoped in CommandContext ctx, scoped in Key key, scoped in Entry entry, FieldArguments fields)
    {
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var hash = change.Hash;
        var isSearchedWhole = hash.Count <= SearchedWhole;
        var expired = isSearchedWhole ? FindExpired(hash, ctx.NowMs) : FindExpired(ctx, hash, fields);
        foreach (var field in expired)
            hash.Remove(field);
        if (isSearchedWhole)
            hash.RefreshEarliestExpiry();
        if (expired.Count == 0)
            return;
        Log(ctx, key, expired);
        change.MarkChanged();
        ctx.Notify(KeyspaceEvents.Hashes, "hexpired"u8, key.Bytes);
        if (hash.Count == 0)
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
    }

    private static List<byte[]> FindExpired(HashValue hash, long nowMs)
    {
        var expired = new List<byte[]>();
        for (var cursor = hash.At(0); cursor.IsValid; cursor.MoveNext())
            if (LiveHash.IsExpired(cursor.ExpireAtMs, nowMs))
                expired.Add(cursor.Field.ToArray());
        return expired;
    }

    private static List<byte[]> FindExpired(scoped in CommandContext ctx, HashValue hash, FieldArguments fields)
    {
        var expired = new List<byte[]>();
        for (var i = fields.First; i <= fields.Last; i += fields.Step)
            if (hash.TryGet(ctx.Args[i], out _, out var expireAtMs) && LiveHash.IsExpired(expireAtMs, ctx.NowMs))
                expired.Add(ctx.Args[i].ToArray());
        return expired;
    }

    private static void Log(scoped in CommandContext ctx, scoped in Key key, List<byte[]> expired)
    {
        if (!ctx.IsLogged)
            return;
        var effect = ctx.LogBefore(2 + expired.Count);
        effect.Bulk("HDEL"u8);
        effect.Bulk(key.Bytes);
        foreach (var field in expired)
            effect.Bulk(field);
    }
}

/// <summary>The arguments of a request that name fields.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="Step">2 where each is followed by its value.</param>
internal readonly record struct FieldArguments(int First, int Last, int Step = 1)
{
    public int Count => ((Last - First) / Step) + 1;
}
