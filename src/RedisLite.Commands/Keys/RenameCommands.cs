using RedisLite.Commands.Server;

namespace RedisLite.Commands.Keys;

/// <summary>Commands that give a value another key or database: RENAME, RENAMENX, COPY, MOVE.</summary>
internal static class RenameCommands
{
    [Command("RENAME", Arity = 3, Keys = "RW:access+delete 1, W 2", Group = CommandGroup.Generic, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key newkey",
        Summary = "Rename a key")]
    public static void Rename(ref CommandContext ctx)
    {
        if (Rename(ref ctx, mayReplace: true, out _))
            ctx.Reply.Ok();
    }

    [Command("RENAMENX", Arity = 3, Keys = "RW:access+delete 1, W:insert 2", Flags = CommandFlags.Fast,
        Group = CommandGroup.Generic, Since = "1.0.0", Complexity = "O(1)", Syntax = "key newkey",
        Summary = "Rename a key, only if the new key does not exist")]
    public static void RenameIfNew(ref CommandContext ctx)
    {
        if (Rename(ref ctx, mayReplace: false, out var renamed))
            ctx.Reply.Integer(renamed ? 1 : 0);
    }

    [Command("COPY", Arity = -3, Keys = "R 1, W 2", Flags = CommandFlags.DenyOom | CommandFlags.CrossDatabase,
        Group = CommandGroup.Generic, Since = "6.2.0",
        Complexity = "O(N) worst case for collections, where N is the number of nested items. O(1) for string values.",
        Syntax = "source destination [DB destination-db] [REPLACE]", Summary = "Copy a key")]
    public static void Copy(ref CommandContext ctx)
    {
        var target = ctx.Keyspace;
        var replace = false;
        var options = new ArgReader(ctx.Args, first: 3);
        while (options.HasMore)
        {
            if (options.TryTake("REPLACE"u8))
            {
                replace = true;
            }
            else if (options.TryTake("DB"u8, out var number))
            {
                if (!DatabaseArgument.TryRead(ref ctx, number, out target))
                    return;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
        }

        if (ctx.Services.Cluster is not null && target.Index != 0)
        {
            ctx.Reply.Error("ERR Copying to another database is not allowed in cluster mode"u8);
            return;
        }

        var from = ctx.Key(1);
        var to = ctx.Key(2);
        if (target == ctx.Keyspace && from.Bytes.SequenceEqual(to.Bytes))
        {
            ctx.Reply.Error(Errors.SameObject);
            return;
        }

        if (!ctx.TryRead(from, out _) || (ctx.TryPeek(target, to, out _) && !replace))
        {
            ctx.Reply.Integer(0);
            return;
        }

        ctx.Keyspace.CopyTo(from, target, to);
        // A copy is a new value: its last access is now, however long ago the original's is.
        if (target.TryGetStale(to, out var copy))
            copy.TouchAccess(AccessClock.ForNewKey(ctx.NowMs, ctx.Options));
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.New, "new"u8, to.Bytes, target.Index);
        ctx.Notify(KeyspaceEvents.Generic, "copy_to"u8, to.Bytes, target.Index);
        ctx.Reply.Integer(1);
    }

    [Command("MOVE", Arity = 3, Keys = "RW 1", Flags = CommandFlags.Fast | CommandFlags.CrossDatabase,
        Group = CommandGroup.Generic, Since = "1.0.0", Complexity = "O(1)", Syntax = "key db",
        Summary = "Move a key to another database")]
    public static void Move(ref CommandContext ctx)
    {
        if (ctx.Services.Cluster is not null)
        {
            ctx.Reply.Error("ERR MOVE is not allowed in cluster mode"u8);
            return;
        }

        if (!DatabaseArgument.TryRead(ref ctx, 2, out var target))
            return;
        if (target == ctx.Keyspace)
        {
            ctx.Reply.Error(Errors.SameObject);
            return;
        }

        // The key has the same stripe in every database, so the one lock is enough.
        var key = ctx.Key(1);
        if (!ctx.TryGet(key, out _) || ctx.TryPeek(target, key, out _))
        {
            ctx.Reply.Integer(0);
            return;
        }

        ctx.Keyspace.Rename(key, target, key);
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.New, "new"u8, key.Bytes, target.Index);
        ctx.Notify(KeyspaceEvents.Generic, "move_from"u8, key.Bytes);
        ctx.Notify(KeyspaceEvents.Generic, "move_to"u8, key.Bytes, target.Index);
        ctx.Reply.Integer(1);
    }

    /// <summary>False when the source is missing and the error is replied.</summary>
    private static bool Rename(ref CommandContext ctx, bool mayReplace, out bool renamed)
    {
        renamed = false;
        var from = ctx.Key(1);
        var to = ctx.Key(2);
        if (!ctx.TryGet(from, out _))
        {
            ctx.Reply.Error(Errors.NoSuchKey);
            return false;
        }

        if (from.Bytes.SequenceEqual(to.Bytes) || (ctx.TryGet(to, out _) && !mayReplace))
            return true;
        ctx.Keyspace.Rename(from, ctx.Keyspace, to);
        renamed = true;
        ctx.Changed();
        ctx.Notify(KeyspaceEvents.New, "new"u8, to.Bytes);
        ctx.Notify(KeyspaceEvents.Generic, "rename_from"u8, from.Bytes);
        ctx.Notify(KeyspaceEvents.Generic, "rename_to"u8, to.Bytes);
        return true;
    }
}
