using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Carries what happens to keys to those who wait for it: WATCH, caches of clients, blocked clients, the log,
/// subscribers.
/// </summary>
/// <remarks>
/// LOCK: every call comes with the key's stripe held exclusively, so what it passes on is in execution order. The
/// stripe names its holder: the run of a command, or nothing when the server itself changes the key (active expiry,
/// eviction).
/// </remarks>
internal sealed class KeyspaceObserver(CommandServices services) : IKeyspaceObserver
{
    private EffectWriter? _spare;

    public void Changed(int database, in Key key) => Changed(database, key, isGone: false);

    private void Changed(int database, in Key key, bool isGone)
    {
        services.Watches.Changed(database, key);
        if (services.Tracking.IsBroadcasting && RunOf(key)?.Session is not { IsUnseen: true })
            services.Tracking.Changed(key.Bytes, RunOf(key)?.Session);
        if (services.Waiting.IsAny && RunOf(key) is var run
            && (isGone || run?.Command?.Has(CommandFlags.WakesNobody) != true))
            services.Waiting.Changed(database, key, run?.Waiters);
        if (services.KeyReadings.IsAny)
            services.KeyReadings.Changed(database, key);
    }

    public void Expired(int database, in Key key)
    {
        services.Statistics.CountExpired();
        Removed(database, key, KeyspaceEvents.Expired, "expired"u8);
    }

    public void FieldsExpired(int database, in Key key, FieldNames fields, bool isDeleted)
    {
        services.Statistics.CountExpiredFields(fields.Count);
        Changed(database, key);
        if (services.ChangeLog.HasReaders && services.Role == ServerRole.Primary)
            LogDeletion(database, key, fields);
        Notify(database, key, KeyspaceEvents.Hashes, "hexpired"u8);
        if (isDeleted)
            Notify(database, key, KeyspaceEvents.Generic, "del"u8);
    }

    public void Evicted(int database, in Key key)
    {
        services.Statistics.CountEvicted();
        Removed(database, key, KeyspaceEvents.Evicted, "evicted"u8);
    }

    public void Flushed(int database, FormerKeys former)
    {
        // All stripes have the same holder.
        var run = services.Databases.HolderOf(0) as CommandRun;
        services.Watches.Flushed(database, former, run?.Session);
        if (services.Waiting.IsAny)
            services.Waiting.AllChanged(database, run?.Waiters);
        if (services.KeyReadings.IsAny)
            services.KeyReadings.AllChanged(database);
    }

    private CommandRun? RunOf(in Key key) => services.Databases.HolderOf(key.Hash) as CommandRun;

    /// <summary>The key was deleted by no command.</summary>
    private void Removed(int database, in Key key, KeyspaceEvents kind, ReadOnlySpan<byte> name)
    {
        Changed(database, key, isGone: true);

        // On a primary an expiry is logged as a deletion: a replay at a later time then gives the same data.
        if (services.ChangeLog.HasReaders && services.Role == ServerRole.Primary)
            LogDeletion(database, key);
        Notify(database, key, kind, name);
    }

    private void Notify(int database, in Key key, KeyspaceEvents kind, ReadOnlySpan<byte> name)
    {
        if ((services.Options.NotifyKeyspaceEvents & kind) != 0)
            services.Events.Publish(kind, name, key.Bytes, database);
    }

    /// <summary>A run's deletion stands among its effects, in the order in which they happened.</summary>
    private void LogDeletion(int database, in Key key)
    {
        if (RunOf(key) is { } run)
        {
            run.RunningUndo?.NoteExpired(database, key);
            WriteDeletion(run.Effects, database, key);
            return;
        }

        var effects = TakeSpare();
        WriteDeletion(effects, database, key);
        Append(effects, database);
    }

    /// <summary>No run deletes fields that nobody names: only active expiry does.</summary>
    private void LogDeletion(int database, in Key key, FieldNames fields)
    {
        var effects = TakeSpare();
        effects.DeleteFields(database, key, fields);
        Append(effects, database);
    }

    private EffectWriter TakeSpare() => Interlocked.Exchange(ref _spare, null) ?? new EffectWriter(services.Databases);

    private void Append(EffectWriter effects, int database)
    {
        services.ChangeLog.Append(database, database, effects.Written, default, effects.Parts);
        effects.Clear();
        if (Interlocked.Exchange(ref _spare, effects) is { } other)
            other.Dispose();
    }

    private static void WriteDeletion(EffectWriter effects, int database, in Key key)
    {
        var command = effects.Begin(database, 2);
        command.Bulk("DEL"u8);
        command.Bulk(key.Bytes);
    }
}

/// <summary>Publishes keyspace notifications to <c>__keyspace@db__</c> and <c>__keyevent@db__</c> channels.</summary>
public interface IKeyspaceEventSink
{
    /// <summary>Called for events of a configured class only; never waits.</summary>
    void Publish(KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database);
}
