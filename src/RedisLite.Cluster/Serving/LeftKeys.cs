using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Keyspaces;

namespace RedisLite.Cluster.Serving;

/// <summary>What is left of a slot that this node had, or nearly had, before.</summary>
internal static class LeftKeys
{
    /// <summary>Deletes all keys of a slot at once. LOCK: all stripes, exclusively.</summary>
    public static void Delete(CommandServices services, int slot)
    {
        var keyspace = services.Databases[0];
        var keys = keyspace.GetKeysInSlot(slot, int.MaxValue, StripeAccess.HeldByCaller);
        if (keys.Count == 0)
            return;
        using var effect = new ReplyWriter { Format = ReplyFormat.Resp2 };
        effect.Array(1 + keys.Count);
        effect.Bulk("DEL"u8);
        foreach (var key in keys)
        {
            keyspace.Remove(services.Databases.MakeKey(key));
            effect.Bulk(key);
        }

        if (services.ChangeLog.HasReaders && services.Role == ServerRole.Primary)
            services.ChangeLog.Append(0, 0, effect.Written);
    }
}
