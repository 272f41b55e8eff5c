using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Keys;

/// <summary>Commands on whole databases: FLUSHDB, FLUSHALL, SWAPDB.</summary>
/// <remarks>
/// LOCK: they hold every stripe, but only for as long as it takes to exchange the tables; the records of a flushed
/// database are freed when the stripes are released, where nobody can find them any more.
/// </remarks>
internal static class FlushCommands
{
    [Command("FLUSHDB", Arity = -1, Keys = "W *", Flags = CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "1.0.0", Complexity = "O(N) where N is the number of keys in the selected database",
        Syntax = "[ASYNC|SYNC]", Categories = "keyspace dangerous",
        Summary = "Remove all keys from the current database",
        Notes = "SYNC too frees the memory beside the other clients: it only keeps back its own reply.")]
    public static void FlushDatabase(ref CommandContext ctx) =>
        Flush(ref ctx, ctx.Session.Database, 1, savesEmpty: false);

    [Command("FLUSHALL", Arity = -1, Keys = "W *", Flags = CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "1.0.0", Complexity = "O(N) where N is the total number of keys in all databases",
        Syntax = "[ASYNC|SYNC]", Categories = "keyspace dangerous", Summary = "Remove all keys from all databases",
        Notes = "SYNC too frees the memory beside the other clients: it only keeps back its own reply.")]
    public static void FlushAll(ref CommandContext ctx) => Flush(ref ctx, 0, ctx.Databases.Count, savesEmpty: true);

    [Command("SWAPDB", Arity = 3, Keys = "W *", Flags = CommandFlags.Fast | CommandFlags.Pooled,
        Group = CommandGroup.Server, Since = "4.0.0",
        Complexity = "O(N) where N is the count of clients watching or blocking on keys from both databases.",
        Syntax = "index1 index2", Categories = "keyspace dangerous", Summary = "Swaps two Redis databases",
        Notes = "Invalidates the keys of both databases in client-side caches, which Redis leaves stale.")]
    public static void Swap(ref CommandContext ctx)
    {
        if (ctx.Services.Cluster is not null)
        {
            ctx.Reply.Error("ERR SWAPDB is not allowed in cluster mode"u8);
        }
        else if (!ctx.Args.TryGetInt64(1, out var first) || first != (int)first)
        {
            ctx.Reply.Error("ERR invalid first DB index"u8);
        }
        else if (!ctx.Args.TryGetInt64(2, out var second) || second != (int)second)
        {
            ctx.Reply.Error("ERR invalid second DB index"u8);
        }
        else if (first < 0 || first >= ctx.Databases.Count || second < 0 || second >= ctx.Databases.Count)
        {
            ctx.Reply.Error(Errors.DatabaseOutOfRange);
        }
        else
        {
            ctx.Databases.Swap((int)first, (int)second);
            ctx.Changed();
            ctx.Reply.Ok();
        }
    }

    private static void Flush(ref CommandContext ctx, int firstDatabase, int count, bool savesEmpty)
    {
        if (!TryReadMode(ref ctx, out var inBackground))
            return;
        // Once for all databases, as it names no keys; a swap is told to those who know one of the keys.
        ctx.Services.Tracking.Flushed();
        var tables = new DetachedTables[count];
        long removed = 0;
        for (var i = 0; i < count; i++)
        {
            tables[i] = ctx.Databases[firstDatabase + i].Detach();
            removed += tables[i].Count;
        }

        if (inBackground)
            ctx.AfterRelease(() => ThreadPool.UnsafeQueueUserWorkItem(Free, tables, preferLocal: false));
        else
            ctx.AfterRelease(() => Free(tables));

        if (firstDatabase == 0)
            ctx.Services.Cluster?.Moves?.NoteFlushed();

        // Save points count what went. Even of an empty database it is told on: a replica may hold keys that have
        // expired here and not yet there.
        ctx.Changed((int)Math.Clamp(removed, 1, int.MaxValue));
        if (savesEmpty && ctx.Options.SavePoints.Count > 0 && ctx.Session.Origin != SessionOrigin.Replay)
            SaveEmpty(ref ctx);
        else
            ctx.Reply.Ok();
    }

    /// <summary>
    /// Has the empty data replace the snapshot before the client is answered: what was flushed must not come back after
    /// a crash. As in Redis the flush is good even if the disk is not.
    /// </summary>
    private static void SaveEmpty(ref CommandContext ctx)
    {
        if (ctx.IsInTransaction || ctx.Session.IsObeyed)
        {
            ctx.Services.Persistence.SaveFlushed(static () => { });
            ctx.Reply.Ok();
            return;
        }

        var parked = new ParkedCommand { OnWoken = static reply => reply.Ok() };
        ctx.Park(parked);
        ctx.Services.Persistence.SaveFlushed(parked.Wake);
    }

    private static bool TryReadMode(ref CommandContext ctx, out bool inBackground)
    {
        inBackground = ctx.Options.LazyFreeUserFlush;
        if (ctx.Args.Count == 1)
            return true;
        inBackground = ctx.Args.Is(1, "ASYNC"u8);
        if (ctx.Args.Count == 2 && (inBackground || ctx.Args.Is(1, "SYNC"u8)))
            return true;
        ctx.Reply.Error(Errors.Syntax);
        return false;
    }

    private static void Free(DetachedTables[] tables)
    {
        foreach (var table in tables)
            table.Dispose();
    }
}
