using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Collections;

/// <summary>
/// Makes a collection of what a decoder gives, beside the keyspace: it is stored when it is complete, or thrown away.
/// </summary>
/// <remarks>
/// No lock is needed until <see cref="Store"/>. An allocation that fails ends in <see cref="OutOfMemoryException"/>,
/// and <see cref="Dispose"/> gives back what was built. One thread at a time; one value after the other.
/// </remarks>
public sealed class CollectionBuilder : IValueSink, IDisposable
{
    private readonly Keyspace _keyspace;
    private EncodingLimits _limits = EncodingLimits.Default;
    private HeldCollection _collection;

    /// <param name="keyspace">Any of the server's databases: they share the memory for collections.</param>
    public CollectionBuilder(Keyspace keyspace) => _keyspace = keyspace;

    /// <summary>Whether collections of this serialized type can be built.</summary>
    public static bool CanBuild(RdbType type) => type.CollectionType() is not (null or EntryType.Stream);

    /// <summary>Begins anew with these limits.</summary>
    public void Clear(EncodingLimits limits)
    {
        _limits = limits;
        _collection.Dispose();
    }

    /// <inheritdoc/>
    public void Begin(EntryType type, ulong count)
    {
        _collection.Dispose();
        _collection = _keyspace.NewCollection(type);
    }

    /// <summary>Stores what was built under a key. LOCK: the key's stripe, exclusive.</summary>
    /// <param name="keyspace">The key's database.</param>
    /// <param name="key">Its former value, whatever it is, goes.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or <see cref="Keyspace.NoExpiry"/>.</param>
    public void Store(Keyspace keyspace, in Key key, long expireAtMs) =>
        keyspace.SetCollection(key, ref _collection, expireAtMs);

    /// <inheritdoc/>
    public void AddElement(ReadOnlySpan<byte> element) => _collection.List.AddLast(element);

    /// <inheritdoc/>
    public bool AddMember(ReadOnlySpan<byte> member) => _collection.Set.Add(member, _limits.IntegersOfSets);

    /// <inheritdoc/>
    public bool AddScored(ReadOnlySpan<byte> member, double score)
    {
        // A member that is there already with the same score is there twice all the same.
        var set = _collection.SortedSet;
        return set.Set(member, score, _limits.OfSortedSets) == ScoreChange.Added;
    }

    /// <inheritdoc/>
    public bool AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) =>
        _collection.Hash.Set(field, value, _limits.OfHashes, expireAtMs);

    /// <inheritdoc/>
    public void BeginEntry(StreamId id, int fields) => throw NoStreams();

    /// <inheritdoc/>
    public void AddEntryField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => throw NoStreams();

    /// <inheritdoc/>
    public void SetTotals(in StreamTotals totals) => throw NoStreams();

    /// <inheritdoc/>
    public bool BeginGroup(ReadOnlySpan<byte> name, in StreamGroupState state) => throw NoStreams();

    /// <inheritdoc/>
    public bool AddConsumer(ReadOnlySpan<byte> name, in StreamConsumerState state) => throw NoStreams();

    /// <inheritdoc/>
    public void AddPending(int consumer, in StreamPendingEntry pending) => throw NoStreams();

    /// <inheritdoc/>
    public void Dispose() => _collection.Dispose();

    private static NotSupportedException NoStreams() => new("Streams cannot be built: ask CanBuild first.");
}
