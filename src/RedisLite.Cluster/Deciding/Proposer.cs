using System.Collections.Immutable;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>
/// Proposes maps, one after the other: Akka's singleton is one, and a deposed or thawed one beside it does no harm.
/// </summary>
/// <remarks>
/// <code>
///     Idle -> Begin -> Reading   a majority answered: adopts the accepted map with the highest ballot
///                      Committing   a majority accepted it again, by this ballot
///                      Leading -> TryPropose -> Committing ...
///     any -> Idle      somebody has a higher ballot
/// </code>
/// Without transport and clock: the caller sends <see cref="Outstanding"/> to all members, again and again until it
/// is null. One thread.
/// </remarks>
internal sealed class Proposer(NodeId self)
{
    private readonly Dictionary<NodeId, Promise> _promises = [];
    private readonly HashSet<NodeId> _accepted = [];
    private Ballot _ballot;

    public ProposerState State { get; private set; }

    /// <summary>The map in force, as far as this proposer decided it.</summary>
    public SlotMap Map { get; private set; } = SlotMap.Unformed;

    /// <summary>
    /// What all members are to be asked, a <see cref="Prepare"/> or an <see cref="Accept"/>; null when nothing is
    /// open.
    /// </summary>
    public object? Outstanding { get; private set; }

    /// <summary>The last decision of this proposer, for those who have not heard of it.</summary>
    public Committed? Decision { get; private set; }

    /// <summary>The highest round that it knows of.</summary>
    public long HighestRound { get; private set; }

    /// <summary>Begins anew with a ballot above all that it knows of.</summary>
    /// <param name="promised">What the node's own voter has promised.</param>
    public void Begin(Ballot promised)
    {
        HighestRound = Math.Max(HighestRound, promised.Round) + 1;
        _ballot = new Ballot(HighestRound, self);
        _promises.Clear();
        State = ProposerState.Reading;
        Outstanding = new Prepare(_ballot);
        Decision = null;
    }

    public void Stop()
    {
        State = ProposerState.Idle;
        Outstanding = null;
        Decision = null;
    }

    public void Handle(Promise message)
    {
        if (State != ProposerState.Reading || message.Ballot != _ballot)
            return;
        _promises[message.From] = message;
        var best = message;
        foreach (var promise in _promises.Values)
            if (promise.Accepted > best.Accepted || (promise.Accepted == best.Accepted
                && promise.Map.Version > best.Map.Version))
                best = promise;
        if (_promises.Keys.Count(best.Map.Voters.Contains) >= best.Map.Majority)
            Ask(best.Map, ImmutableDictionary<NodeId, long>.Empty);
    }

    /// <returns>Whether that decided: <see cref="Decision"/> is to be told to all.</returns>
    public bool Handle(Accepted message)
    {
        if (State != ProposerState.Committing || Outstanding is not Accept open)
            return false;
        if (message.Ballot != _ballot || message.Version != open.Map.Version)
            return false;
        _accepted.Add(message.From);
        if (_accepted.Count(open.Map.Voters.Contains) < open.Map.Majority)
            return false;
        Map = open.Map;
        Decision = new Committed(_ballot, Map);
        Outstanding = null;
        State = ProposerState.Leading;
        return true;
    }

    public void Handle(Refused message)
    {
        HighestRound = Math.Max(HighestRound, message.Promised.Round);
        if (State != ProposerState.Idle && message.Ballot == _ballot && message.Promised > _ballot)
            Stop();
    }

    /// <summary>
    /// Asks for the next version; false while another is open, or when it does not follow the one in force.
    /// </summary>
    /// <param name="next">Made from <see cref="Map"/>.</param>
    /// <param name="consenting">See <see cref="Accept"/>.</param>
    public bool TryPropose(SlotMap next, ImmutableDictionary<NodeId, long> consenting)
    {
        if (State != ProposerState.Leading || next.Version != Map.Version + 1)
            return false;
        Ask(next, consenting);
        return true;
    }

    private void Ask(SlotMap map, ImmutableDictionary<NodeId, long> consenting)
    {
        _accepted.Clear();
        State = ProposerState.Committing;
        Outstanding = new Accept(_ballot, map, consenting);
    }
}

/// <summary>How far a <see cref="Proposer"/> is.</summary>
internal enum ProposerState
{
    Idle,
    Reading,
    Committing,
    Leading,
}
