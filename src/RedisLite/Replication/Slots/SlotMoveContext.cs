using RedisLite.Configuration;
using RedisLite.Log;

namespace RedisLite.Replication.Slots;

/// <summary>What moving slots needs of the server; immutable.</summary>
internal sealed record SlotMoveContext
{
    /// <summary>What all links need.</summary>
    public required ReplicationContext Replication { get; init; }

    public required ChangeLog Log { get; init; }

    public required ISlotOwnership Node { get; init; }

    /// <summary>How long writers are held for what the other node lacks.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);
}
