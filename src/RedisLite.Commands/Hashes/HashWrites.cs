using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// What the commands that write to hashes have in common: the fields that they meet and that have expired, the log.
/// </summary>
internal static class HashWrites
{
    // Expired fields that a command deletes on its way; when there are more it deletes those that it names, and active
    // expiry the rest.
    private const int DeletedOnTheWay = 1024;

    /// <summary>
    /// Finds the hash that a command writes to, once fields whose time has come are deleted: all of them, or some and
    /// those that the command names when there are very many. When the key holds another type the error is replied.
    /// </summary>
    /// <remarks>
    /// The deletions are logged before the command's own effect, and with the last field the key goes, and its expiry:
    /// what the command adds is new. Where nothing may be deleted (a replica that is written to) the fields stay, and
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
    public static void LogFields(
        ref CommandContext ctx, scoped ReadOnlySpan<byte> command, scoped in Key key, List<int> fields)
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
        var expired = new FieldNames();
        hash.RemoveExpired(ctx.NowMs, DeletedOnTheWay, expired);
        if (hash.EarliestExpiryMs <= ctx.NowMs)
            RemoveNamed(ctx, hash, fields, expired);
        if (ctx.IsLogged)
            ctx.LogDeletionBefore(key, expired);
        ctx.Services.Statistics.CountExpiredFields(expired.Count);
        change.MarkChanged();
        ctx.Notify(KeyspaceEvents.Hashes, "hexpired"u8, key.Bytes);
        if (hash.Count == 0)
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
    }

    private static void RemoveNamed(
        scoped in CommandContext ctx, HashValue hash, FieldArguments fields, FieldNames expired)
    {
        for (var i = fields.First; i <= fields.Last; i += fields.Step)
            hash.RemoveIfExpired(ctx.Args[i], ctx.NowMs, expired);
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
