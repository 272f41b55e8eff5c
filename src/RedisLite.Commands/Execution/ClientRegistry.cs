using System.Collections.Concurrent;

namespace RedisLite.Commands.Execution;

/// <summary>All connected clients by id. Any thread.</summary>
public sealed class ClientRegistry
{
    private readonly ConcurrentDictionary<long, ClientSession> _sessions = new();
    private long _lastId;

    public int Count => _sessions.Count;

    /// <summary>Sessions in no order.</summary>
    public IEnumerable<ClientSession> All => _sessions.Select(item => item.Value);

    /// <summary>Sessions in the order in which they connected.</summary>
    public IEnumerable<ClientSession> InOrder => _sessions.Values.OrderBy(session => session.Id);

    /// <summary>Ids are given in ascending order and never twice.</summary>
    public long NextId() => Interlocked.Increment(ref _lastId);

    public void Add(ClientSession session) => _sessions[session.Id] = session;

    public void Remove(ClientSession session) => _sessions.TryRemove(session.Id, out _);

    public ClientSession? Find(long id) => _sessions.GetValueOrDefault(id);
}
