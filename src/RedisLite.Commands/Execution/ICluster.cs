using RedisLite.Protocol;

namespace RedisLite.Commands.Execution;

/// <summary>What commands ask of the cluster that this server is a node of.</summary>
/// <remarks>
/// Declared here because commands must not know how nodes agree. Any thread, and calls return at once. LOCK: whatever
/// changes slots is called with all stripes held exclusively, so that no command runs by a map that is not in force
/// any more.
/// Texts of errors are those of a reply, without the leading "-"; null when there was none.
/// </remarks>
public interface ICluster
{
    /// <summary>Where keys are.</summary>
    SlotRouting Routing { get; }

    string NodeId { get; }

    /// <summary>The same for all nodes with the same data.</summary>
    string ShardId { get; }

    /// <summary>CLUSTER NODES.</summary>
    string Nodes();

    /// <summary>CLUSTER INFO.</summary>
    string Info();

    void WriteSlots(ReplyWriter reply);

    void WriteShards(ReplyWriter reply);

    void WriteLinks(ReplyWriter reply);

    /// <summary>The lines of CLUSTER NODES about a primary's replicas.</summary>
    string? Replicas(string node, out IReadOnlyList<string> lines);

    /// <summary>How many nodes have reported lately that a node fails.</summary>
    string? FailureReports(string node, out int count);

    string? AddSlots(IReadOnlyList<int> slots);

    string? RemoveSlots(IReadOnlyList<int> slots);

    string? FlushSlots();

    /// <summary>CLUSTER SETSLOT.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="change">What becomes of it.</param>
    /// <param name="node">With whom; empty for <see cref="SlotChange.Stable"/>.</param>
    string? SetSlot(int slot, SlotChange change, string node);

    /// <returns>The new epoch; null when this node's was the highest already.</returns>
    long? BumpEpoch(out long epoch);

    string? SetConfigEpoch(long epoch);

    string? Save();

    string? Reset(bool isHard);

    string? Meet(string host, int port, int busPort);

    string? Forget(string node);

    string? Replicate(string node);

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
