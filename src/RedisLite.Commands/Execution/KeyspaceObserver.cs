using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Carries what happens to keys to those who wait for it: WATCH, client-side caching, the log, subscribers.</summary>
/// <remarks>LOCK: every call comes with the key's stripe held exclusively, so what it passes on is in execution order.</remarks>
internal sealed class KeyspaceObserver(CommandServices services) : IKeyspaceObserver
{
    [ThreadStatic]
    private static EffectWriter? expiryEffect;

    public void Changed(int database, in Key key)
    {
        services.Watches.Changed(database, key);
        services.Tracking.Changed(key.Bytes);
    }

    public void Expired(int database, in Key key)
    {
        Changed(database, key);
        services.Statistics.CountExpired();

        // On a primary an expiry is logged as a deletion: a replay at a later time then gives the same data.
        if (services.ChangeLog.IsEnabled)
        {
            var effect = expiryEffect ??= new EffectWriter();
            effect.Clear();
            var command = effect.Begin(database, 2);
            command.Bulk("DEL"u8);
            command.Bulk(key.Bytes);
            services.ChangeLog.Append(database, database, effect.Written);
        }

        if ((services.Options.NotifyKeyspaceEvents & KeyspaceEvents.Expired) != 0)
            services.Events.Publish(KeyspaceEvents.Expired, "expired"u8, key.Bytes, database);
    }

    public void Flushed(int database, FormerKeys former) => services.Watches.Flushed(database, former);
}

/// <summary>Publishes keyspace notifications to <c>__keyspace@db__</c> and <c>__keyevent@db__</c> channels.</summary>
public interface IKeyspaceEventSink
{
    /// <summary>Called for events of a configured class only; never waits.</summary>
    void Publish(KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database);
}
