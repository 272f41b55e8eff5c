using RedisLite.Storage;

namespace RedisLite.Commands.SortedSets;

/// <summary>Look-ups of keys that a command only reads, whatever it does to others.</summary>
internal static class SortedSetReads
{
    /// <summary>Finds a sorted set, counted as a read. When the key holds another type the error is replied.</summary>
    /// <returns>False when the error is replied.</returns>
    public static bool TryFind(scoped ref CommandContext ctx, scoped in Key key, out Entry entry, out bool exists)
    {
        exists = ctx.TryRead(key, out entry);
        if (!exists || entry.Type == EntryType.SortedSet)
            return true;
        ctx.Reply.Error(Errors.WrongType);
        return false;
    }
}
