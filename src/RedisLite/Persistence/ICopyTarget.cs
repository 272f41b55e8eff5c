using RedisLite.Storage;

namespace RedisLite.Persistence;

/// <summary>Where a copy of the data goes; called in this order, by the thread that writes snapshots.</summary>
internal interface ICopyTarget
{
    /// <summary>Takes the copy, between <see cref="Begin"/> and <see cref="End"/>; may wait for who reads it.</summary>
    Stream Output { get; }

    /// <summary>The only slots that are wanted: their keys come as commands. Null for all, and then as RDB.</summary>
    SlotSet? Slots => null;

    /// <summary>Whether the keys are wanted, and not only what else there is.</summary>
    bool HasKeys { get; }

    /// <summary>Facts for the copy's beginning; asked after the cut.</summary>
    IReadOnlyList<KeyValuePair<string, string>> Facts { get; }

    /// <summary>Everything stands still. LOCK: all stripes exclusively.</summary>
    void AtCut();

    void Begin();

    void End();
}
