using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands;

/// <summary>How the commands of all families come to the collections that keys hold.</summary>
/// <remarks>
/// LOCK: keys are declared ones of the request, in the client's database, whose stripes are held for what is done.
/// </remarks>
internal static class Collections
{
    /// <summary>Finds a collection to read, counted as a look-up of its client. When the key holds another type the error is replied.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key.</param>
    /// <param name="type">What it should hold.</param>
    /// <param name="entry">Check <paramref name="exists"/> first; then <see cref="Keyspace.HashOf"/> and its like show what is in it.</param>
    /// <param name="exists">Whether there is a live value.</param>
    /// <returns>False when the error is replied.</returns>
    public static bool TryRead(ref CommandContext ctx, scoped in Key key, EntryType type, out Entry entry, out bool exists)
    {
        exists = ctx.TryGet(key, out entry);
        if (!exists || entry.Type == type)
            return true;
        ctx.Reply.Error(Errors.WrongType);
        return false;
    }

    /// <summary>Begins the change of a collection that is there; a missing key is no error and gives a refused change.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key, held exclusively.</param>
    /// <param name="type">What it should hold.</param>
    /// <param name="change">To be disposed, with <c>using</c>.</param>
    /// <returns>False when the key holds another type and the error is replied.</returns>
    public static bool TryBeginChange(ref CommandContext ctx, scoped in Key key, EntryType type, out ValueChange change)
    {
        change = default;
        if (!ctx.TryGet(key, out var entry))
            return true;
        if (entry.Type != type)
        {
            ctx.Reply.Error(Errors.WrongType);
            return false;
        }

        change = ctx.Keyspace.BeginChange(key, entry);
        return true;
    }

    /// <summary>As <see cref="TryBeginChange"/>, and creates the key if it is missing: for commands that will add something.</summary>
    /// <returns>False when the key holds another type and the error is replied.</returns>
    public static bool TryBeginAdding(ref CommandContext ctx, scoped in Key key, EntryType type, out ValueChange change)
    {
        if (!TryBeginChange(ref ctx, key, type, out change))
            return false;
        if (!change.IsRefused)
            return true;
        ctx.Notify(KeyspaceEvents.New, "new"u8, key.Bytes);
        change = ctx.Keyspace.BeginNew(key, type);
        return true;
    }

    /// <summary>
    /// Ends a command's changes of a collection: reports them, and says that the key is gone when nothing is left in it.
    /// To be called after the command's own event, before the change is disposed.
    /// </summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">The key.</param>
    /// <param name="change">Its change.</param>
    /// <param name="count">How many changes the command made, at least one.</param>
    /// <param name="left">Elements that are left.</param>
    public static void Changed(ref CommandContext ctx, scoped in Key key, ref ValueChange change, int count, long left)
    {
        change.MarkChanged();
        ctx.Changed(count);
        if (left == 0)
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
    }
}
