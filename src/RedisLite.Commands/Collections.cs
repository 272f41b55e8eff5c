using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands;

/// <summary>How the commands of all families come to the collections that keys hold.</summary>
/// <remarks>
/// A command looks the key up first, whatever it does then, and so knows what is there before it decides:
/// <code>
///   var key = ctx.Key(1);
///   if (!Collections.TryFind(ref ctx, key, EntryType.Set, out var entry, out var exists))
///       return;                                                         another type: replied
///   if (!exists)
///       ...                                                             missing: the command's own answer
///   ctx.Keyspace.SetOf(entry)                                           to read
///   using var change = Collections.BeginChange(ref ctx, key, entry);            to change what is there
///   using var change = Collections.BeginAdding(ref ctx, key, EntryType.Set, entry, exists);     to make it as well
///   ...
///   ctx.Notify(..)                                                      the command's own event
///   Collections.Changed(ref ctx, key, change, count, change.Set.Count);
/// </code>
/// From the beginning of a change on, <c>change</c> shows the collection and the entry is no longer used.
///
/// LOCK: keys are declared ones of the request, in the client's database, whose stripes are held for what is done.
/// </remarks>
internal static class Collections
{
    /// <summary>About how many bytes one piece of a long reply has.</summary>
    public const int ReplyPiece = 16 * 1024;

    private const int LongReplyCount = 1000;
    private const int LongReplyBytes = 64 * 1024;

    /// <summary>
    /// Finds a collection, counted as a look-up of its client. When the key holds another type the error is replied.
    /// </summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key.</param>
    /// <param name="type">What it should hold.</param>
    /// <param name="entry">Check <paramref name="exists"/> first; then <see cref="KeyspaceCollections.HashOf"/> and its
    /// like show what is in it.</param>
    /// <param name="exists">Whether there is a live value.</param>
    /// <returns>False when the error is replied.</returns>
    public static bool TryFind(
        scoped ref CommandContext ctx, scoped in Key key, EntryType type, out Entry entry, out bool exists)
    {
        exists = ctx.TryGet(key, out entry);
        if (!exists || entry.Type == type)
            return true;
        ctx.Reply.Error(Errors.WrongType);
        return false;
    }

    /// <inheritdoc cref="TryFind"/>
    public static bool TryRead(
        scoped ref CommandContext ctx, scoped in Key key, EntryType type, out Entry entry, out bool exists) =>
        TryFind(ref ctx, key, type, out entry, out exists);

    /// <summary>
    /// Whether a reply with so much is written after the stripes are released: <see cref="CommandContext.ReplyFrom"/>.
    /// </summary>
    /// <param name="count">Elements.</param>
    /// <param name="bytes">What the collection takes.</param>
    public static bool IsLongReply(long count, long bytes) => count > LongReplyCount || bytes > LongReplyBytes;

    /// <summary>Begins the change of a collection that was found.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">A declared key, held exclusively.</param>
    /// <param name="entry">From <see cref="TryFind"/>.</param>
    /// <returns>To be disposed, with <c>using</c>.</returns>
    public static ValueChange BeginChange(scoped ref CommandContext ctx, scoped in Key key, scoped in Entry entry) =>
        ctx.Keyspace.BeginChange(key, entry);

    /// <summary>
    /// As <see cref="BeginChange"/>, and creates the key if it was not found: for commands that will add something.
    /// </summary>
    /// <remarks>
    /// Publishes "new" for a key that it creates, so all that can be refused has to be refused before.
    /// </remarks>
    public static ValueChange BeginAdding(
        scoped ref CommandContext ctx, scoped in Key key, EntryType type, scoped in Entry entry, bool exists)
    {
        if (exists)
            return ctx.Keyspace.BeginChange(key, entry);
        ctx.Notify(KeyspaceEvents.New, "new"u8, key.Bytes);
        return ctx.Keyspace.BeginNew(key, type);
    }

    /// <summary>
    /// Finds a collection and begins its change in one; a missing key is no error and gives a refused change.
    /// </summary>
    /// <returns>False when the key holds another type and the error is replied.</returns>
    public static bool TryBeginChange(
        scoped ref CommandContext ctx, scoped in Key key, EntryType type, out ValueChange change)
    {
        change = default;
        if (!TryFind(ref ctx, key, type, out var entry, out var exists))
            return false;
        if (exists)
            change = ctx.Keyspace.BeginChange(key, entry);
        return true;
    }

    /// <summary>As <see cref="TryBeginChange"/>, and creates the key if it is missing.</summary>
    /// <returns>False when the key holds another type and the error is replied.</returns>
    public static bool TryBeginAdding(
        scoped ref CommandContext ctx, scoped in Key key, EntryType type, out ValueChange change)
    {
        change = default;
        if (!TryFind(ref ctx, key, type, out var entry, out var exists))
            return false;
        change = BeginAdding(ref ctx, key, type, entry, exists);
        return true;
    }

    /// <summary>
    /// Ends a command's changes of a collection: reports them, and says that the key is gone when nothing is left in
    /// it. To be called after the command's own event, before the change is disposed.
    /// </summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="key">The key.</param>
    /// <param name="change">Its change.</param>
    /// <param name="count">How many changes the command made, at least one.</param>
    /// <param name="left">Elements that are left.</param>
    public static void Changed(
        scoped ref CommandContext ctx, scoped in Key key, scoped ref readonly ValueChange change, int count, long left)
    {
        change.MarkChanged();
        ctx.Changed(count);
        if (left == 0)
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
    }
}
