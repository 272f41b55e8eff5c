using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>What is left to do when slots have gone to another node.</summary>
public static class GoneSlots
{
    /// <summary>
    /// Clients that wait for keys of such slots are told where they are, and subscriptions to their shard channels end.
    /// LOCK: all stripes, exclusively; the new routing is in force.
    /// </summary>
    public static void Release(CommandServices services, Predicate<int> hasGone)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(hasGone);
        services.Waiting.HandGone(hash => hasGone(KeySlot.OfHash(hash)));
        services.PubSub.EndShardChannels(channel => hasGone(KeySlot.Of(channel)));
    }
}
