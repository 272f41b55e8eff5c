namespace RedisLite.Storage.Values;

/// <summary>What a stream knows beside its entries.</summary>
/// <param name="Length">How many entries it has.</param>
/// <param name="LastId">The highest ID it ever had.</param>
/// <param name="FirstId">The ID of its first entry; zero when it is empty.</param>
/// <param name="MaxDeletedId">The highest ID that was deleted from it.</param>
/// <param name="EntriesAdded">How many entries were ever added.</param>
public readonly record struct StreamTotals(
    ulong Length, StreamId LastId, StreamId FirstId, StreamId MaxDeletedId, ulong EntriesAdded);

/// <summary>How far a consumer group is.</summary>
/// <param name="LastId">The last ID that was delivered.</param>
/// <param name="EntriesRead">How many entries were read up to there, or -1 if nobody knows.</param>
public readonly record struct StreamGroupState(StreamId LastId, long EntriesRead);

/// <summary>When a consumer was last there.</summary>
/// <param name="SeenAtMs">When it last asked.</param>
/// <param name="ActiveAtMs">When it last got something, or -1 for never.</param>
public readonly record struct StreamConsumerState(long SeenAtMs, long ActiveAtMs);

/// <summary>An entry that was delivered and not acknowledged.</summary>
/// <param name="Id">Its ID.</param>
/// <param name="DeliveredAtMs">When it was last delivered.</param>
/// <param name="Deliveries">How often.</param>
public readonly record struct StreamPendingEntry(StreamId Id, long DeliveredAtMs, ulong Deliveries);
