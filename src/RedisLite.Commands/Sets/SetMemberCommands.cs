using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Sets;

/// <summary>Commands on single members: SADD, SREM, SMOVE, SISMEMBER, SMISMEMBER, SCARD; and SMEMBERS, SSCAN.</summary>
internal static class SetMemberCommands
{
    [Command("SADD", Arity = -3, Keys = "RW:insert 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.Set, Since = "1.0.0",
        Complexity = "O(1) for each element added, so O(N) to add N elements when the command is called with multiple "
            + "arguments.", Syntax = "key member [member ...]", Summary = "Add one or more members to a set")]
    public static void SAdd(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Set, out var entry, out var exists))
            return;
        var maxIntegers = ctx.Options.Encodings.IntegersOfSets;
        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Set, entry, exists);
        var set = change.Set;
        var added = 0;
        for (var i = 2; i < ctx.Args.Count; i++)
            if (set.Add(ctx.Args[i], maxIntegers))
                added++;
        if (added > 0)
        {
            ctx.Notify(KeyspaceEvents.Sets, "sadd"u8, key.Bytes);
            Collections.Changed(ref ctx, key, in change, added, set.Count);
        }

        ctx.Reply.Integer(added);
    }

    [Command("SREM", Arity = -3, Keys = "RW:delete 1", Flags = CommandFlags.Fast, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = "O(N) where N is the number of members to be removed.",
        Syntax = "key member [member ...]", Summary = "Remove one or more members from a set")]
    public static void SRem(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Set, out var entry, out var exists))
            return;
        var removed = 0;
        if (exists)
        {
            using var change = Collections.BeginChange(ref ctx, key, entry);
            var set = change.Set;
            for (var i = 2; i < ctx.Args.Count && set.Count > 0; i++)
                if (set.Remove(ctx.Args[i]))
                    removed++;
            if (removed > 0)
            {
                ctx.Notify(KeyspaceEvents.Sets, "srem"u8, key.Bytes);
                Collections.Changed(ref ctx, key, in change, removed, set.Count);
            }
        }

        ctx.Reply.Integer(removed);
    }

    [Command("SMOVE", Arity = 4, Keys = "RW:access+delete 1, RW:insert 2", Flags = CommandFlags.Fast,
        Group = CommandGroup.Set, Since = "1.0.0", Complexity = "O(1)", Syntax = "source destination member",
        Summary = "Move a member from one set to another")]
    public static void SMove(ref CommandContext ctx)
    {
        var from = ctx.Key(1);
        var to = ctx.Key(2);
        var exists = ctx.TryGet(from, out var source);
        var targetExists = ctx.TryGet(to, out var target);
        if (!exists)
        {
            ctx.Reply.Integer(0);
            return;
        }

        if (source.Type != EntryType.Set || (targetExists && target.Type != EntryType.Set))
        {
            ctx.Reply.Error(Errors.WrongType);
            return;
        }

        var isMember = ctx.Keyspace.SetOf(source).Contains(ctx.Args[3]);
        if (isMember && !from.Bytes.SequenceEqual(to.Bytes))
            Move(ref ctx, from, source, to);
        ctx.Reply.Integer(isMember ? 1 : 0);
    }

    [Command("SISMEMBER", Arity = 3, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = "O(1)", Syntax = "key member",
        Summary = "Determine if a given value is a member of a set")]
    public static void SIsMember(ref CommandContext ctx)
    {
        if (Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            ctx.Reply.Integer(exists && ctx.Keyspace.SetOf(entry).Contains(ctx.Args[2]) ? 1 : 0);
    }

    [Command("SMISMEMBER", Arity = -3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Set,
        Since = "6.2.0", Complexity = "O(N) where N is the number of elements being checked for membership",
        Syntax = "key member [member ...]",
        Summary = "Returns the membership associated with the given elements for a set")]
    public static void SMIsMember(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            return;
        ctx.Reply.Array(ctx.Args.Count - 2);
        for (var i = 2; i < ctx.Args.Count; i++)
            ctx.Reply.Integer(exists && ctx.Keyspace.SetOf(entry).Contains(ctx.Args[i]) ? 1 : 0);
    }

    [Command("SCARD", Arity = 2, Keys = "R:none 1", Flags = CommandFlags.Fast, Group = CommandGroup.Set,
        Since = "1.0.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the number of members in a set")]
    public static void SCard(ref CommandContext ctx)
    {
        if (Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            ctx.Reply.Integer(exists ? ctx.Keyspace.SetOf(entry).Count : 0);
    }

    [Command("SMEMBERS", Arity = 2, Keys = "R 1", Group = CommandGroup.Set, Since = "1.0.0",
        Complexity = "O(N) where N is the set cardinality.", Syntax = "key", Summary = "Get all the members in a set")]
    public static void SMembers(ref CommandContext ctx)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            return;
        if (exists)
            SetReply.Send(ref ctx, entry);
        else
            ctx.Reply.Set(0);
    }

    [Command("SSCAN", Arity = -3, Keys = "R 1", Group = CommandGroup.Set, Since = "2.8.0",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the "
            + "cursor to return back to 0. N is the number of elements inside the collection..",
        Syntax = "key cursor [MATCH pattern] [COUNT count]", Summary = "Incrementally iterate Set elements",
        Notes = "COUNT counts up to 4096. What stays from start to end comes exactly once.")]
    public static void SScan(ref CommandContext ctx)
    {
        if (!ElementScanOptions.TryReadCursor(ctx, out var options)
            || !Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Set, out var entry, out var exists))
            return;
        if (!exists)
        {
            ElementScanOptions.ReplyEmpty(ctx);
            return;
        }

        if (!options.TryReadRest(ctx, omitsValues: default))
            return;
        var mark = ctx.Reply.BeginAggregate();
        var count = 0;
        var scan = ctx.Keyspace.SetOf(entry).Scan(options.Cursor, options.Count);
        while (scan.MoveNext())
        {
            if (!options.Includes(scan.Member))
                continue;
            ctx.Reply.Bulk(scan.Member);
            count++;
        }

        ElementScanOptions.EndReply(ctx.Reply, mark, count, scan.NextCursor);
    }

    /// <summary>Moves a member that is there, to another key.</summary>
    private static void Move(ref CommandContext ctx, scoped in Key from, scoped in Entry source, scoped in Key to)
    {
        Remove(ref ctx, from, source);

        // The first change may have moved the records.
        var targetExists = ctx.TryPeek(to, out var target);
        using var change = Collections.BeginAdding(ref ctx, to, EntryType.Set, target, targetExists);
        var set = change.Set;
        if (!set.Add(ctx.Args[3], ctx.Options.Encodings.IntegersOfSets))
            return;
        ctx.Notify(KeyspaceEvents.Sets, "sadd"u8, to.Bytes);
        Collections.Changed(ref ctx, to, in change, 1, set.Count);
    }

    private static void Remove(ref CommandContext ctx, scoped in Key key, scoped in Entry entry)
    {
        using var change = ctx.Keyspace.BeginChange(key, entry);
        var set = change.Set;
        set.Remove(ctx.Args[3]);
        ctx.Notify(KeyspaceEvents.Sets, "srem"u8, key.Bytes);
        Collections.Changed(ref ctx, key, in change, 1, set.Count);
    }
}
