using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Tracking;

/// <summary>The clients that use client-side caching. Any thread.</summary>
/// <remarks>
/// Broadcasting clients hear of changes once in a turn, as in Redis, where a turn is one of its event loop:
/// <code>
///   BeginTurn   SET b, MSET a c, DEL x     the keys that anybody listens to are gathered, beside the stripes' locks
///   its end     ->  invalidate [a b c]     no stripe is held, and no reply of the turn has left yet
/// </code>
/// What a thread changes outside of a turn is told at once.
/// </remarks>
public sealed class TrackingRegistry
{
    [ThreadStatic]
    private static Turn? _turn;

    private readonly Lock _gate = new();
    private ClientTracking[] _clients = [];
    private ClientTracking[] _broadcasting = [];
    private long _keyCount;

    public int ClientCount => Volatile.Read(ref _clients).Length;

    /// <summary>Keys remembered, summed over clients.</summary>
    public long KeyCount => Volatile.Read(ref _keyCount);

    internal bool IsBroadcasting => Volatile.Read(ref _broadcasting).Length > 0;

    /// <summary>Distinct prefixes that somebody listens to.</summary>
    public int PrefixCount =>
        Volatile.Read(ref _broadcasting).SelectMany(client => client.Options.Prefixes).Distinct(
            ByteArrayComparer.Instance).Count();

    /// <summary>
    /// From now on this thread's changes are gathered until the turn is disposed. Turns of one thread do not nest. None
    /// begins when nobody listens.
    /// </summary>
    public TrackingTurn BeginTurn()
    {
        if (!IsBroadcasting)
            return default;
        _turn = new Turn(this);
        return new TrackingTurn(this);
    }

    /// <summary>Tells the clients what has changed in the turn.</summary>
    internal void EndTurn()
    {
        if (_turn is not { } turn)
            return;
        _turn = null;
        if (turn.Changes.Count > 0)
            Broadcast([.. turn.Changes.Select(change => new KeyChange(change.Key, change.Value))]);
    }

    internal long CountKeys(int change) => Interlocked.Add(ref _keyCount, change);

    internal void Add(ClientTracking client)
    {
        lock (_gate)
        {
            _clients = [.. _clients, client];
            Volatile.Write(ref _broadcasting, [.. _clients.Where(other => other.IsBroadcast)]);
        }
    }

    internal void Remove(ClientTracking client)
    {
        lock (_gate)
        {
            _clients = [.. _clients.Where(other => other != client)];
            Volatile.Write(ref _broadcasting, [.. _clients.Where(other => other.IsBroadcast)]);
        }
    }

    /// <summary>LOCK: the key's stripe is held exclusively.</summary>
    /// <param name="key">The key.</param>
    /// <param name="by">Whose command has changed it; null for the server itself.</param>
    internal void Changed(ReadOnlySpan<byte> key, ClientSession? by)
    {
        // The first of several changes of a key is whose change it is, as in Redis.
        if (_turn is { } turn && turn.Owner == this)
            turn.Changes.TryAdd(key.ToArray(), by);
        else
            Broadcast([new KeyChange(key.ToArray(), by)]);
    }

    public void Flushed()
    {
        foreach (var client in Volatile.Read(ref _clients))
            client.Flushed();
    }

    private void Broadcast(IReadOnlyList<KeyChange> changes)
    {
        foreach (var client in Volatile.Read(ref _broadcasting))
            client.Broadcast(changes);
    }

    private sealed class Turn(TrackingRegistry owner)
    {
        public TrackingRegistry Owner { get; } = owner;

        public SortedDictionary<byte[], ClientSession?> Changes { get; } =
            new(Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)));
    }
}

/// <summary>
/// A turn of <see cref="TrackingRegistry.BeginTurn"/>; its end tells the clients. LOCK: no stripe is held then.
/// </summary>
public readonly struct TrackingTurn : IDisposable
{
    private readonly TrackingRegistry? _registry;

    internal TrackingTurn(TrackingRegistry registry) => _registry = registry;

    /// <inheritdoc/>
    public void Dispose() => _registry?.EndTurn();
}

/// <summary>A key that has changed, and the client whose command did it; null for the server itself.</summary>
internal readonly record struct KeyChange(byte[] Key, ClientSession? By);
