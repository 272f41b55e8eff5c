using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Carries what happens to keys to those who wait for it: WATCH, client-side caching, the log, subscribers.</summary>
/// <remarks>LOCK: every call comes with the key's stripe held exclusively, so what it passes on is in execution order.</remarks>
internal sealed class KeyspaceObserver(CommandServices services) : IKeyspaceObserver
{
    [ThreadStatic]
    private static EffectWriter? _expiryEffect;

    [ThreadStatic]
    private static EffectWriter? _transactionEffects;

    /// <summary>
    /// The effects of the transaction that this thread runs, null between two. Its effects reach the log when it is
    /// over; an expiry that happens in its course has to stand among them, not before them.
    /// </summary>
    public static EffectWriter? TransactionEffects
    {
        set => _transactionEffects = value;
    }

    public void Changed(int database, in Key key)
    {
        services.Watches.Changed(database, key);
        services.Tracking.Changed(key.Bytes);
    }

    public void Expired(int database, in Key key)
    {
        services.Statistics.CountExpired();
        Removed(database, key, KeyspaceEvents.Expired, "expired"u8);
    }

    public void Evicted(int database, in Key key)
    {
        services.Statistics.CountEvicted();
        Removed(database, key, KeyspaceEvents.Evicted, "evicted"u8);
    }

    public void Flushed(int database, FormerKeys former) => services.Watches.Flushed(database, former);

    /// <summary>The server itself deleted the key.</summary>
    private void Removed(int database, in Key key, KeyspaceEvents kind, ReadOnlySpan<byte> name)
    {
        Changed(database, key);

        // On a primary an expiry is logged as a deletion: a replay at a later time then gives the same data.
        if (services.ChangeLog.HasReaders && services.Role == ServerRole.Primary)
            LogDeletion(database, key);
        if ((services.Options.NotifyKeyspaceEvents & kind) != 0)
            services.Events.Publish(kind, name, key.Bytes, database);
    }

    private void LogDeletion(int database, in Key key)
    {
        var effects = _transactionEffects;
        if (effects is null)
        {
            effects = _expiryEffect ??= new EffectWriter();
            effects.Clear();
        }

        var command = effects.Begin(database, 2);
        command.Bulk("DEL"u8);
        command.Bulk(key.Bytes);
        if (_transactionEffects is null)
            services.ChangeLog.Append(database, database, effects.Written);
    }
}

/// <summary>Publishes keyspace notifications to <c>__keyspace@db__</c> and <c>__keyevent@db__</c> channels.</summary>
public interface IKeyspaceEventSink
{
    /// <summary>Called for events of a configured class only; never waits.</summary>
    void Publish(KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database);
}
