using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Deciding;

/// <summary>What a <see cref="Leader"/> does to the world.</summary>
internal interface ILeaderOutput
{
    /// <summary>What this node's own voter has promised.</summary>
    Ballot Promised { get; }

    /// <summary>The map that this node knows to be in force.</summary>
    SlotMap InForce { get; }

    /// <summary>So many replicas stay with a primary when others lack some.</summary>
    int MigrationBarrier { get; }

    /// <summary>Sends to a member, this node included.</summary>
    void Send(ClusterNode to, object message);

    /// <summary>Answers who asked for a change.</summary>
    void Answer(Requested request, Answered answer);

    void Log(string line);
}
