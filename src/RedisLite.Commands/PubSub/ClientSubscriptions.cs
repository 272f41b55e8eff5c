using RedisLite.Commands.Execution;

namespace RedisLite.Commands.PubSub;

/// <summary>What one client listens to. Changed by the client's own commands only; disposed with its session.</summary>
public sealed class ClientSubscriptions(ClientSession session, PubSubRegistry registry) : IDisposable
{
    private readonly HashSet<byte[]>[] _names =
        [.. Enum.GetValues<SubscriptionKind>().Select(_ => new HashSet<byte[]>(ByteArrayComparer.Instance))];

    public ClientSession Session { get; } = session;

    /// <summary>Channels and patterns together, which is what replies to SUBSCRIBE and PSUBSCRIBE count.</summary>
    public int ChannelAndPatternCount => Count(SubscriptionKind.Channel) + Count(SubscriptionKind.Pattern);

    public int Count(SubscriptionKind kind) => _names[(int)kind].Count;

    /// <summary>A copy, because the caller unsubscribes while it walks.</summary>
    public byte[][] Names(SubscriptionKind kind) => [.. _names[(int)kind]];

    /// <returns>Whether it is new.</returns>
    public bool Add(SubscriptionKind kind, ReadOnlySpan<byte> name)
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

    /// <returns>Whether it was there.</returns>
    public bool Remove(SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        var lookup = _names[(int)kind].GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!lookup.TryGetValue(name, out var owned))
            return false;
        _names[(int)kind].Remove(owned);
        registry.Remove(kind, owned, this);
        UpdateSession();
        return true;
    }

    public void Dispose()
    {
        foreach (var kind in Enum.GetValues<SubscriptionKind>())
            foreach (var name in Names(kind))
                Remove(kind, name);
    }

    private void UpdateSession() => Session.IsSubscribed = ChannelAndPatternCount + Count(SubscriptionKind.Shard) > 0;
}
