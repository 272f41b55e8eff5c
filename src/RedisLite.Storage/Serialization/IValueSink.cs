using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization;

/// <summary>Takes a collection element by element as it is decoded.</summary>
/// <remarks>
/// Begin first, then elements of that one type. A value that turns out to be malformed ends in an exception after any
/// number of elements: what was taken is to be thrown away then. Spans are valid during the call only.
/// </remarks>
public interface IValueSink
{
    /// <summary>The elements that follow make a collection of this type.</summary>
    /// <param name="type">List, set, sorted set, hash or stream.</param>
    /// <param name="count">How many elements the serialized form claims to have: a hint, not to be trusted.</param>
    void Begin(EntryType type, ulong count);

    /// <summary>The next element of a list.</summary>
    void AddElement(ReadOnlySpan<byte> element);

    /// <summary>A member of a set.</summary>
    /// <returns>False if it is there already.</returns>
    bool AddMember(ReadOnlySpan<byte> member);

    /// <summary>A member of a sorted set; the score is a number.</summary>
    /// <returns>False if the member is there already.</returns>
    bool AddScored(ReadOnlySpan<byte> member, double score);

    /// <summary>A field of a hash.</summary>
    /// <param name="field">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or <see cref="Keyspace.NoExpiry"/>.</param>
    /// <returns>False if the field is there already.</returns>
    bool AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs);

    /// <summary>An entry of a stream, with a higher ID than those before. Its fields follow.</summary>
    void BeginEntry(StreamId id, int fields);

    /// <summary>The next field of the entry that was begun.</summary>
    void AddEntryField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>What a stream knows beside its entries, all of which were given.</summary>
    void SetTotals(in StreamTotals totals);

    /// <summary>A consumer group. Its consumers follow, then what is pending.</summary>
    /// <returns>False if there is one of that name already.</returns>
    bool BeginGroup(ReadOnlySpan<byte> name, in StreamGroupState state);

    /// <summary>A consumer of the group that was begun; they are numbered from 0.</summary>
    /// <returns>False if there is one of that name already.</returns>
    bool AddConsumer(ReadOnlySpan<byte> name, in StreamConsumerState state);

    /// <summary>
    /// An entry that a consumer of the group got and has not acknowledged. Each ID comes once in a group.
    /// </summary>
    void AddPending(int consumer, in StreamPendingEntry pending);
}
