using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Wants to know when a key changes: WATCH and client-side caching are the two that do.</summary>
public interface IKeyWatcher
{
    /// <summary>LOCK: called with the key's stripe held exclusively; must not wait, or call the table back.</summary>
    /// <param name="database">The key's.</param>
    /// <param name="key">Not to be kept.</param>
    /// <param name="by">The client whose command changed it; null when the server did.</param>
    /// <returns>Whether to stay registered for the key.</returns>
    bool KeyChanged(int database, ReadOnlySpan<byte> key, ClientSession? by);
}

/// <summary>Who waits for a change of which key, kept by stripe.</summary>
/// <remarks>
/// A watcher is registered once for a key and stays until it is removed. Registering happens under the key's stripe
/// (shared is enough), so no change can slip between reading a key and watching it. Each stripe's part has its own
/// lock because removal, on disconnect, holds no stripe. A stripe that nobody watches costs a null check per change.
/// </remarks>
public sealed class KeyWatchTable(Databases databases)
{
    private readonly StripeWatches?[] _stripes = new StripeWatches?[databases.StripeCount];

    /// <summary>Registers a watcher; a second registration of the same pair does nothing.</summary>
    /// <returns>Whether it is new.</returns>
    public bool Add(int database, in Key key, IKeyWatcher watcher)
    {
        ref var slot = ref _stripes[databases.StripeOf(key.Hash)];
        var stripe = slot ?? Interlocked.CompareExchange(ref slot, new StripeWatches(), null) ?? slot!;
        return stripe.Add(database, key.Bytes, watcher);
    }

    public void Remove(int database, in Key key, IKeyWatcher watcher) =>
        _stripes[databases.StripeOf(key.Hash)]?.Remove(database, key.Bytes, watcher);

    /// <summary>LOCK: the key's stripe is held exclusively.</summary>
    public void Changed(int database, in Key key)
    {
        if (_stripes[databases.StripeOf(key.Hash)] is { } watches)
            watches.Changed(database, key.Bytes, (databases.HolderOf(key.Hash) as CommandRun)?.Session);
    }

    /// <summary>
    /// Tells the watchers of all keys that a flushed or swapped database held or holds: what was missing before and is
    /// missing now has not changed. LOCK: all stripes are held exclusively.
    /// </summary>
    public void Flushed(int database, FormerKeys former, ClientSession? by)
    {
        foreach (var stripe in _stripes)
            stripe?.Flushed(databases[database], databases, former, by);
    }

    private sealed class StripeWatches
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<byte[], List<(int Database, IKeyWatcher Watcher)>> _watchers = new(
            ByteArrayComparer.Instance);

        public bool Add(int database, ReadOnlySpan<byte> key, IKeyWatcher watcher)
        {
            lock (_gate)
            {
                var lookup = _watchers.GetAlternateLookup<ReadOnlySpan<byte>>();
                if (!lookup.TryGetValue(key, out var list))
                    lookup[key] = list = [];
                if (list.Contains((database, watcher)))
                    return false;
                list.Add((database, watcher));
                return true;
            }
        }

        public void Remove(int database, ReadOnlySpan<byte> key, IKeyWatcher watcher)
        {
            lock (_gate)
            {
                var lookup = _watchers.GetAlternateLookup<ReadOnlySpan<byte>>();
                if (lookup.TryGetValue(key, out var list) && list.Remove((database, watcher)) && list.Count == 0)
                    lookup.Remove(key);
            }
        }

        public void Changed(int database, ReadOnlySpan<byte> key, ClientSession? by)
        {
            lock (_gate)
            {
                if (_watchers.Count == 0)
                    return;
                var lookup = _watchers.GetAlternateLookup<ReadOnlySpan<byte>>();
                if (!lookup.TryGetValue(key, out var list))
                    return;
                for (var i = list.Count - 1; i >= 0; i--)
                    if (list[i].Database == database && !list[i].Watcher.KeyChanged(database, key, by))
                        list.RemoveAt(i);
                if (list.Count == 0)
                    lookup.Remove(key);
            }
        }

        public void Flushed(Keyspace keyspace, Databases databases, FormerKeys former, ClientSession? by)
        {
            var database = keyspace.Index;
            lock (_gate)
            {
                foreach (var (key, list) in _watchers)
                {
                    var hashed = databases.MakeKey(key);
                    if (!former.Contains(hashed) && !keyspace.TryGetStale(hashed, out _))
                        continue;
                    for (var i = list.Count - 1; i >= 0; i--)
                        if (list[i].Database == database && !list[i].Watcher.KeyChanged(database, key, by))
                            list.RemoveAt(i);

                    // Removing the current key is what the framework's dictionary allows during enumeration.
                    if (list.Count == 0)
                        _watchers.Remove(key);
                }
            }
        }
    }
}
