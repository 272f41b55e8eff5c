using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>What is left to do when slots have gone to another node.</summary>
public static class GoneSlots
{
    /// <summary>
    /// Clients that wait for keys of such slots are told where they are, and subscriptions to their shard channels end.
    /// LOCK: all stripes, exclusively; the new routing is in force.
    /// </summary>
    /// <param name="services">The server's.</param>
    /// <param name="hasGone">Whether a slot is not this node's any more.</param>
    /// <param name="isDown">Whether the cluster is down from now on: then all who wait for keys are told.</param>
    public static void Release(CommandServices services, Predicate<int> hasGone, bool isDown)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(hasGone);
        services.Waiting.HandGone(hash => isDown || hasGone(KeySlot.OfHash(hash)));
        services.PubSub.EndShardChannels(channel => hasGone(KeySlot.Of(channel)));

        // What a client has cached of such a slot it would hear no more of.
        if (services.Tracking.ClientCount > 0 && HasAny(hasGone))
            services.Tracking.Flushed();
    }

    private static bool HasAny(Predicate<int> hasGone)
    {
        for (var slot = 0; slot < KeySlot.Count; slot++)
            if (hasGone(slot))
                return true;
        return false;
    }
}
