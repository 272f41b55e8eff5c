using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>Stores what a command has computed as a sorted set: the STORE forms.</summary>
internal static class SortedSetResult
{
    /// <summary>
    /// Puts a result in place of whatever a key holds, or deletes the key when there is none; replies the members
    /// stored.
    /// </summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="destination">A declared key, held exclusively.</param>
    /// <param name="result">Handed over if it is stored.</param>
    /// <param name="name">The event.</param>
    /// <param name="changesPerMember">Whether each member counts as a change, as it does for geo commands.</param>
    public static void Store(
        scoped ref CommandContext ctx, scoped in Key destination, ref HeldCollection result, ReadOnlySpan<byte> name,
        bool changesPerMember = false)
    {
        if (result.IsEmpty)
        {
            if (ctx.TryPeek(destination, out _))
            {
                ctx.Keyspace.Remove(destination);
                ctx.Changed();
                ctx.Notify(KeyspaceEvents.Generic, "del"u8, destination.Bytes);
            }

            ctx.Reply.Integer(0);
            return;
        }

        var count = result.SortedSet.Count;
        ctx.NotifyIfNew(destination);
        ctx.Keyspace.SetCollection(destination, ref result);
        ctx.Changed(changesPerMember ? (int)Math.Min(count, int.MaxValue) : 1);
        ctx.Notify(KeyspaceEvents.SortedSets, name, destination.Bytes);
        ctx.Reply.Integer(count);
    }
}
