using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>A proposer's right to propose. No two proposers have the same, and of two the higher wins.</summary>
internal readonly record struct Ballot(long Round, NodeId Node) : IComparable<Ballot>
{
    public int CompareTo(Ballot other)
    {
        var byRound = Round.CompareTo(other.Round);
        return byRound != 0 ? byRound : Node.CompareTo(other.Node);
    }

    public static bool operator <(Ballot a, Ballot b) => a.CompareTo(b) < 0;

    public static bool operator >(Ballot a, Ballot b) => a.CompareTo(b) > 0;

    public static bool operator <=(Ballot a, Ballot b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Ballot a, Ballot b) => a.CompareTo(b) >= 0;
}

/// <summary>
/// What a voter keeps on its disk: it is written there before any answer that follows from it leaves.
/// </summary>
/// <param name="Promised">It answers no lower ballot.</param>
/// <param name="Ballot">By which it accepted its map.</param>
/// <param name="Map">The map that it accepted last.</param>
internal sealed record Register(Ballot Promised, Ballot Ballot, SlotMap Map)
{
    public static Register Empty { get; } = new(default, default, SlotMap.Unformed);
}
