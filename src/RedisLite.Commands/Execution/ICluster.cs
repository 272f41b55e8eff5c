using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>What commands ask of the cluster that this server is a node of.</summary>
/// <remarks>
/// Declared here because commands must not know how nodes agree. Any thread, and calls return at once. LOCK: whatever
/// changes slots is called with all stripes held exclusively, so that no command runs by a map that is not in force
/// any more.
/// What other nodes have to agree on is begun, and answered later (<see cref="ClusterAnswer"/>). Texts of errors are
/// those of a reply, without the leading "-"; null when there was none.
/// </remarks>
public interface ICluster
{
    /// <summary>Where keys are.</summary>
    SlotRouting Routing { get; }

    /// <summary>Asked when the replies to a write are about to go out, long after it ran perhaps.</summary>
    /// <param name="slot">Which slot was written; or <see cref="CommandBatch.SeveralSlots"/>.</param>
    /// <param name="position">Of the log after the write; 0 when it is not logged.</param>
    /// <param name="waitedMs">For how long the replies have been held back already.</param>
    ReleaseVerdict JudgeRelease(int slot, long position, long waitedMs);

    string NodeId { get; }

    /// <summary>The slots that move as one; null where they cannot.</summary>
    ISlotMoves? Moves { get; }

    /// <summary>The same for all nodes with the same data.</summary>
    string ShardId { get; }

    /// <summary>CLUSTER NODES.</summary>
    string Nodes();

    /// <summary>CLUSTER INFO.</summary>
    string Info();

    /// <summary>What the meter tells of it.</summary>
    ClusterFigures Figures { get; }

    void WriteSlots(ReplyWriter reply);

    void WriteShards(ReplyWriter reply);

    void WriteLinks(ReplyWriter reply);

    /// <summary>The lines of CLUSTER NODES about a primary's replicas.</summary>
    string? Replicas(string node, out IReadOnlyList<string> lines);

    /// <summary>How many nodes have reported lately that a node fails.</summary>
    string? FailureReports(string node, out int count);

    ClusterAnswer AddSlots(IReadOnlyList<int> slots);

    ClusterAnswer RemoveSlots(IReadOnlyList<int> slots);

    ClusterAnswer FlushSlots();

    /// <summary>CLUSTER SETSLOT.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="change">What becomes of it.</param>
    /// <param name="node">With whom; empty for <see cref="SlotChange.Stable"/>.</param>
    ClusterAnswer SetSlot(int slot, SlotChange change, string node);

    ClusterAnswer BumpEpoch();

    string? SetConfigEpoch(long epoch);

    string? Save();

    ClusterAnswer Reset(bool isHard);

    string? Meet(string host, int port, int busPort);

    ClusterAnswer Forget(string node);

    ClusterAnswer Replicate(string node);

    /// <summary>
    /// A message that was published here: clients of other nodes get it as well; a shard channel's, those of the nodes
    /// with the same data. Returns at once, and promises nothing, as Redis does.
    /// </summary>
    void Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded);

    /// <param name="option">FORCE, TAKEOVER, or empty.</param>
    string? Failover(string option);
}

/// <summary>What CLUSTER SETSLOT makes of a slot.</summary>
public enum SlotChange
{
    Migrating,
    Importing,
    Stable,
    Node,
}
