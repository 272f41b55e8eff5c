using RedisLite.Storage;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Execution;

/// <summary>The queue between MULTI and EXEC.</summary>
public sealed class Transaction : IDisposable
{
    public List<OwnedRequest> Queue { get; } = [];

    /// <summary>A command was refused while queueing: EXEC answers EXECABORT.</summary>
    public bool IsAborted { get; set; }

    /// <summary>Bytes held by the queue.</summary>
    public long Size { get; private set; }

    /// <summary>The same, without large arguments, which count as native memory.</summary>
    public long OwnSize { get; private set; }

    /// <summary>Whether a queued command may change data.</summary>
    public bool HasWrites { get; private set; }

    /// <summary>
    /// Whether a queued command may have an effect that replicas learn of, though it changes no data.
    /// </summary>
    public bool MayReplicate { get; private set; }

    /// <summary>Whether a queued command is one that is refused when memory is short.</summary>
    public bool NeedsMemory { get; private set; }

    /// <summary>Whether a queued command is one that is refused while data is loaded.</summary>
    public bool NeedsData { get; private set; }

    /// <summary>
    /// Whether a queued command may take so long that it must not run on a thread that reads sockets.
    /// </summary>
    public bool NeedsPool { get; private set; }

    public void Add(OwnedRequest request)
    {
        Queue.Add(request);
        Size += request.Size;
        OwnSize += request.OwnSize;
        HasWrites |= request.Command.IsWrite;
        MayReplicate |= request.Command.Has(CommandFlags.MayReplicate);
        NeedsMemory |= request.Command.Has(CommandFlags.DenyOom);
        NeedsData |= !request.Command.Has(CommandFlags.Loading);
        NeedsPool |= request.Command.Has(CommandFlags.Pooled | CommandFlags.PooledByItself | CommandFlags.CallsCommands)
            || (request.Arguments.Count > 2 && request.Command.Has(CommandFlags.PooledWithCount));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var request in Queue)
            request.Dispose();
    }
}

/// <summary>The keys that one client watches, and whether one of them has changed since.</summary>
public sealed class WatchedKeys(KeyWatchTable table, Databases databases) : IKeyWatcher
{
    // Guards the list alone: the owner adds while other threads report changes of keys added before.
    private readonly Lock _gate = new();
    private readonly List<(int Database, byte[] Key, bool WasExpired)> _keys = [];
    private volatile bool _changed;

    public int Count => _keys.Count;

    /// <summary>Whether a change has been reported; expiry shows only in <see cref="AnyChanged"/>.</summary>
    public bool AnyKnownChange => _changed;

    /// <summary>Watches a key. LOCK: the key's stripe is held.</summary>
    /// <param name="database">The client's database.</param>
    /// <param name="key">Copied.</param>
    /// <param name="isExpired">Whether it is there but expired: its deletion is then no change.</param>
    public void Add(int database, in Key key, bool isExpired)
    {
        if (!table.Add(database, key, this))
            return;
        lock (_gate)
            _keys.Add((database, key.Bytes.ToArray(), isExpired));
    }

    /// <summary>
    /// Adds all watched keys to the plan of EXEC, so that none can change between the check and the run.
    /// </summary>
    public void PlanLocks(LockPlan plan)
    {
        foreach (var (_, key, _) in _keys)
            plan.Add(databases.MakeKey(key).Hash, exclusive: false);
    }

    /// <summary>Whether EXEC must refuse. LOCK: <see cref="PlanLocks"/>.</summary>
    public bool AnyChanged(long nowMs)
    {
        if (_changed)
            return true;
        foreach (var (database, bytes, wasExpired) in _keys)
        {
            var key = databases.MakeKey(bytes);
            if (!wasExpired && databases[database].TryGetStale(key, out _)
                && !databases[database].TryGet(key, nowMs, out _))
                return true;
        }

        return false;
    }

    /// <summary>Forgets all keys. Any thread; holds no stripe.</summary>
    public void Clear()
    {
        foreach (var (database, key, _) in _keys)
            table.Remove(database, databases.MakeKey(key), this);
        _keys.Clear();
    }

    bool IKeyWatcher.KeyChanged(int database, ReadOnlySpan<byte> key, ClientSession? by)
    {
        lock (_gate)
            foreach (var (watchedDatabase, watched, wasExpired) in _keys)
                if (wasExpired && watchedDatabase == database && key.SequenceEqual(watched)
                    && !databases[database].TryGetStale(databases.MakeKey(key), out _))
                    return true;
        _changed = true;
        return true;
    }
}
