using RedisLite.Commands.Execution;

namespace RedisLite.Commands.PubSub;

/// <summary>What one client listens to; disposed with its session.</summary>
/// <remarks>
/// Changed by the client's own commands, and when a slot of a cluster goes away with its shard channels.
/// </remarks>
public sealed class ClientSubscriptions(ClientSession session, PubSubRegistry registry) : IDisposable
{
    private readonly HashSet<byte[]>[] _names =
        [.. Enum.GetValues<SubscriptionKind>().Select(_ => new HashSet<byte[]>(ByteArrayComparer.Instance))];

    private readonly Lock _gate = new();

    public ClientSession Session { get; } = session;

    /// <summary>Channels and patterns together, which is what replies to SUBSCRIBE and PSUBSCRIBE count.</summary>
    public int ChannelAndPatternCount => Count(SubscriptionKind.Channel) + Count(SubscriptionKind.Pattern);

    public int Count(SubscriptionKind kind)
    {
        lock (_gate)
            return _names[(int)kind].Count;
    }

    /// <summary>A copy, because the caller unsubscribes while it walks.</summary>
    public byte[][] Names(SubscriptionKind kind)
    {
        lock (_gate)
            return [.. _names[(int)kind]];
    }

    /// <returns>Whether it is new.</returns>
    public bool Add(SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            var names = _names[(int)kind];
            if (names.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(name))
                return false;
            var owned = name.ToArray();
            names.Add(owned);
            registry.Add(kind, owned, this);
            UpdateSession();
            return true;
        }
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        lock (_gate)
        {
            var lookup = _names[(int)kind].GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!lookup.TryGetValue(name, out var owned))
                return false;
            _names[(int)kind].Remove(owned);
            registry.Remove(kind, owned, this);
            UpdateSession();
            return true;
        }
    }

    public void Dispose()
    {
        foreach (var kind in Enum.GetValues<SubscriptionKind>())
            foreach (var name in Names(kind))
                Remove(kind, name);
    }

    private void UpdateSession() => Session.IsSubscribed = ChannelAndPatternCount + Count(SubscriptionKind.Shard) > 0;
}
