using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>Slots that move from node to node as one, as commands ask for it. Implemented by the server.</summary>
/// <remarks>
/// Any thread; calls return at once, what they begin goes on by itself. Texts of errors are those of a reply, without
/// the leading "-"; null when there was none.
/// </remarks>
public interface ISlotMoves
{
    /// <summary>Begins to give slots of this node to others; all of them, or none.</summary>
    string? BeginExports(IReadOnlyList<SlotExportWish> wishes);

    /// <summary>Begins to take slots of another node.</summary>
    /// <param name="slots">Which.</param>
    /// <param name="id">The move's, 40 digits.</param>
    string? BeginImport(SlotSet slots, out string id);

    /// <summary>Gives up the moves away from here that are not decided.</summary>
    /// <returns>How many were given up.</returns>
    int CancelExports();

    /// <summary>Gives up moves that are not decided.</summary>
    /// <param name="id">Which; null for all.</param>
    /// <returns>How many were given up.</returns>
    int Cancel(string? id);

    /// <summary>The moves, the latest first.</summary>
    IReadOnlyList<SlotMoveReport> Reports();

    /// <summary>Another node asks this one to take slots of its.</summary>
    string? Pull(SlotMoveRequest request);

    /// <summary>
    /// Whether a link for the slots may be opened; it is answered by who the connection is handed to.
    /// </summary>
    string? CheckLink(SlotMoveRequest request);

    /// <summary>
    /// Another node asks what became of slots that it had got every byte of: a word of <see cref="SlotMoveWords"/>.
    /// </summary>
    string Outcome(SlotMoveRequest request);

    /// <summary>All data of this node was deleted. LOCK: all stripes, exclusively.</summary>
    void NoteFlushed();
}

/// <summary>Slots of this node that are to be another's.</summary>
/// <param name="Slots">Which.</param>
/// <param name="Target">The other node.</param>
public sealed record SlotExportWish(SlotSet Slots, string Target);

/// <summary>What one node says to another about a move.</summary>
/// <param name="Id">The move's.</param>
/// <param name="Source">The node that gives; empty where it is the one that is told.</param>
/// <param name="Target">The node that takes.</param>
/// <param name="Slots">Which slots.</param>
public sealed record SlotMoveRequest(string Id, string Source, string Target, SlotSet Slots);

/// <summary>What nodes say to each other on the link of a move, each as CLUSTER SYNCSLOTS word [text].</summary>
/// <remarks>
/// <code>
///   source                                    target
///     the keys of the slots    ------------>
///     COPIED                   ------------>
///     what is written since    ------------>
///                              &lt;------------  ACK bytes                 executed so far
///     PREPARE                  ------------>                            it has nearly all
///                              &lt;------------  PREPARED                  its file has what came
///     (writers wait) PAUSED    ------------>
///                              &lt;------------  READY                     executed and in its file
///     (decided) COMMITTED      ------------>                            or ABANDONED reason
/// </code>
/// </remarks>
public static class SlotMoveWords
{
    public const string Copied = "COPIED";
    public const string Prepare = "PREPARE";
    public const string Paused = "PAUSED";
    public const string Committed = "COMMITTED";
    public const string Abandoned = "ABANDONED";
    public const string Alive = "ALIVE";
    public const string Pending = "PENDING";
    public const string Ack = "ACK";
    public const string Prepared = "PREPARED";
    public const string Ready = "READY";
    public const string Failed = "FAILED";
}

/// <summary>How far a move is.</summary>
public enum SlotMoveState
{
    /// <summary>The two nodes look for each other.</summary>
    Connecting,

    /// <summary>It waits for another snapshot to end.</summary>
    WaitingForCopy,

    /// <summary>The keys are on their way.</summary>
    Copying,

    /// <summary>What is written meanwhile is on its way.</summary>
    Streaming,

    /// <summary>The target has nearly everything.</summary>
    Preparing,

    /// <summary>Writers wait.</summary>
    Paused,

    /// <summary>The target has everything; the cluster is asked.</summary>
    Deciding,

    /// <summary>It came to nothing, and the keys that had come are deleted.</summary>
    CleaningUp,

    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>One move, as it is shown.</summary>
public sealed record SlotMoveReport
{
    public required string Id { get; init; }

    public required SlotSet Slots { get; init; }

    public required string Source { get; init; }

    public required string Target { get; init; }

    /// <summary>Whether this node is the one that takes.</summary>
    public required bool IsImport { get; init; }

    public SlotMoveState State { get; init; }

    public string Message { get; init; } = "";

    public int Retries { get; init; }

    /// <summary>Times are Unix milliseconds; 0 for not yet.</summary>
    public long CreatedMs { get; init; }

    public long StartedMs { get; init; }

    public long UpdatedMs { get; init; }

    public long AckedMs { get; init; }

    public long EndedMs { get; init; }

    /// <summary>How long writers waited.</summary>
    public long PauseMs { get; init; }

    public bool IsOver => State >= SlotMoveState.Succeeded;
}
