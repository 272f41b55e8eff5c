using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Serialization.Streams;
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
    private SmallLimits _limitsOfScored;
    private readonly StreamBuilder _stream = new();
    private HeldCollection _collection;

    /// <param name="keyspace">Any of the server's databases: they share the memory for collections.</param>
    public CollectionBuilder(Keyspace keyspace) => _keyspace = keyspace;

    /// <summary>Whether collections of this serialized type can be built.</summary>
    public static bool CanBuild(RdbType type) => type.CollectionType() is not null;

    /// <summary>Begins anew with these limits.</summary>
    public void Clear(EncodingLimits limits)
    {
        _limits = limits;
        _stream.Clear();
        _collection.Dispose();
    }

    /// <inheritdoc/>
    public void Begin(EntryType type, ulong count)
    {
        _collection.Dispose();
        _collection = _keyspace.NewCollection(type);

        // What is known to become large is so from the start: a small sorted set would lose the sign of a zero.
        _limitsOfScored = _limits.OfSortedSets;
        if (type == EntryType.SortedSet && count > (ulong)_limitsOfScored.MaxEntries)
            _limitsOfScored = _limitsOfScored with { MaxEntries = 0 };
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
        return set.Set(member, score, _limitsOfScored) == ScoreChange.Added;
    }

    /// <inheritdoc/>
    public bool AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) =>
        _collection.Hash.Set(field, value, _limits.OfHashes, expireAtMs);

    /// <inheritdoc/>
    public void BeginEntry(StreamId id, int fields) =>
        _stream.BeginEntry(_collection.Stream, id, fields, _limits.OfStreams);

    /// <inheritdoc/>
    public void AddEntryField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _stream.AddField(_collection.Stream, name, value, _limits.OfStreams);

    /// <inheritdoc/>
    public void SetTotals(in StreamTotals totals) => StreamBuilder.SetTotals(_collection.Stream, totals);

    /// <inheritdoc/>
    public bool BeginGroup(ReadOnlySpan<byte> name, in StreamGroupState state) =>
        _stream.BeginGroup(_collection.Stream, name, state);

    /// <inheritdoc/>
    public bool AddConsumer(ReadOnlySpan<byte> name, in StreamConsumerState state) =>
        _stream.AddConsumer(_collection.Stream, name, state);

    /// <inheritdoc/>
    public void AddPending(int consumer, in StreamPendingEntry pending) =>
        _stream.AddPending(_collection.Stream, consumer, pending);

    /// <inheritdoc/>
    public void Dispose() => _collection.Dispose();
}
