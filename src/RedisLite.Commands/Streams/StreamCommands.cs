using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XLEN, XDEL, XTRIM, XSETID.</summary>
internal static class StreamCommands
{
    [Command("XLEN", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Stream,
        Since = "5.0.0", Complexity = "O(1)", Syntax = "key", Summary = "Return the number of entries in a stream")]
    public static void Length(ref CommandContext ctx)
    {
        if (Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Stream, out var entry, out var exists))
            ctx.Reply.Integer(exists ? ctx.Keyspace.StreamOf(entry).Count : 0);
    }

    [Command("XDEL", Arity = -3, Keys = "RW:delete 1",
        Flags = CommandFlags.Fast | CommandFlags.WakesNobody, Group = CommandGroup.Stream,
        Since = "5.0.0",
        Complexity = "O(1) for each single item to delete in the stream, regardless of the stream size.",
        Syntax = "key id [id ...]",
        Summary = "Removes the specified entries from the stream. Returns the number of items actually deleted.")]
    public static void Delete(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Integer(0);
            return;
        }
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (!StreamIds.TryRead(ref ctx, i, 0, out _))
                return;
        }
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var removed = 0;
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            StreamIds.TryParse(ctx.Args[i], 0, out var id);
            removed += change.Stream.Remove(id) ? 1 : 0;
        }
        if (removed > 0)
        {
            ctx.Notify(KeyspaceEvents.Streams, "xdel"u8, key.Bytes);
            Collections.Changed(ref ctx, key, in change, removed, left: 1);
        }
        ctx.Reply.Integer(removed);
    }

    [Command("XTRIM", Arity = -4, Keys = "RW:delete 1", Flags = CommandFlags.WakesNobody,
        Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(N), with N being the number of evicted entries. Constant times are very small however, since "
            + "entries are organized in macro nodes containing multiple entries that can be released with a single "
            + "deallocation.", Syntax = "key <MAXLEN|MINID> [=|~] threshold [LIMIT count]",
        Summary = "Trims the stream to (approximately if '~' is passed) a certain size")]
    public static void Trim(ref CommandContext ctx)
    {
        var trim = default(TrimOptions);
        if (!trim.TryRead(ref ctx, isAdd: false, out _) || !trim.TryComplete(ref ctx, isAdd: false))
            return;
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Integer(0);
            return;
        }
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var removed = trim.Apply(ref ctx, key, change.Stream);
        ctx.Reply.Integer(removed);
        if (removed == 0)
            return;
        Collections.Changed(ref ctx, key, in change, (int)Math.Min(removed, int.MaxValue), left: 1);
        if (!ctx.IsLogged || !trim.Trim.IsApproximate)
            return;
        var effect = ctx.PropagateAs(ctx.Args.Count);
        for (var i = 0; i < ctx.Args.Count; i++)
            trim.Propagate(effect, ctx.Args, i, change.Stream);
    }

    [Command("XSETID", Arity = -3, Keys = "RW:update 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.Stream, Since = "5.0.0", Complexity = "O(1)",
        Syntax = "key last-id [ENTRIESADDED entries_added] [MAXDELETEDID max_deleted_entry_id]",
        Summary = "An internal command for replicating stream values")]
    public static void SetId(ref CommandContext ctx)
    {
        if (!StreamIds.TryRead(ref ctx, 2, 0, out var id)
            || !TryReadTotals(ref ctx, id, out var added, out var deleted))
            return;
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists)
        {
            ctx.Reply.Error(Errors.NoSuchKey);
            return;
        }
        var totals = ctx.Keyspace.StreamOf(entry).Totals;
        var refusal = totals.Length > 0 && id < LastEntry(ctx.Keyspace.StreamOf(entry))
            ? "ERR The ID specified in XSETID is smaller than the target stream top item"u8
            : added >= 0 && totals.Length > (ulong)added
            ? "ERR The entries_added specified in XSETID is smaller than the target stream length"u8
            : default;
        if (!refusal.IsEmpty)
        {
            ctx.Reply.Error(refusal);
            return;
        }
        using var change = Collections.BeginChange(ref ctx, key, entry);
        change.Stream.SetTotals(
            id, deleted == default ? totals.MaxDeletedId : deleted, added < 0 ? totals.EntriesAdded : (ulong)added);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.Streams, "xsetid"u8, key.Bytes);
        ctx.Reply.Ok();
    }

    private static StreamId LastEntry(StreamValue stream) => stream.At(stream.Count - 1).Id;

    private static bool TryReadTotals(scoped ref CommandContext ctx, StreamId id, out long added, out StreamId deleted)
    {
        added = -1;
        deleted = default;
        var options = new ArgReader(ctx.Args, first: 3);
        while (options.HasMore)
        {
            if (options.TryTake("ENTRIESADDED"u8, out var value))
            {
                if (!ctx.Args.TryGetInt64(value, out added))
                {
                    ctx.Reply.Error(Errors.NotAnInteger);
                    return false;
                }
                if (added < 0)
                {
                    ctx.Reply.Error("ERR entries_added must be positive"u8);
                    return false;
                }
            }
            else if (options.TryTake("MAXDELETEDID"u8, out value))
            {
                if (!StreamIds.TryRead(ref ctx, value, 0, out deleted))
                    return false;
                if (id < deleted)
                {
                    ctx.Reply.Error(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"u8);
                    return false;
                }
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
        }
        return true;
    }
}
