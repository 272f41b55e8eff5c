using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage.Keyspaces;
using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization;

/// <summary>Gives the elements of a list, set, sorted set or hash one after another.</summary>
/// <remarks>
/// Stands before the first element at the beginning and after <see cref="Reset"/>. Lists come in order, sorted sets by
/// score and then member, ascending; the others in any order that is the same each time. Spans are valid until the next
/// move.
/// </remarks>
public interface IElementSource
{
    /// <summary>How many elements there are.</summary>
    long Count { get; }

    /// <summary>The element, member or field.</summary>
    [UnscopedRef]
    ReadOnlySpan<byte> Member { get; }

    /// <summary>The value of a hash's field.</summary>
    ReadOnlySpan<byte> Value { get; }

    /// <summary>The score of a sorted set's member.</summary>
    double Score { get; }

    /// <summary>When a hash's field expires, or <see cref="Keyspace.NoExpiry"/>.</summary>
    long ExpireAtMs { get; }

    /// <summary>Whether any field of a hash may have a time to live; false spares a look at all of them.</summary>
    bool HasExpiringFields { get; }

    bool MoveNext();

    void Reset();
}

/// <summary>Gives a stream: its entries, then its consumer groups with what is pending.</summary>
/// <remarks>Everything ascends by ID. Spans are valid until the next move of what they belong to.</remarks>
public interface IStreamSource
{
    StreamTotals Totals { get; }

    StreamId EntryId { get; }

    /// <summary>How many fields the current entry has.</summary>
    int FieldCount { get; }

    ReadOnlySpan<byte> FieldName { get; }

    ReadOnlySpan<byte> FieldValue { get; }

    long GroupCount { get; }

    ReadOnlySpan<byte> GroupName { get; }

    StreamGroupState GroupState { get; }

    /// <summary>How many entries are pending in the current group.</summary>
    long PendingCount { get; }

    StreamPendingEntry Pending { get; }

    long ConsumerCount { get; }

    ReadOnlySpan<byte> ConsumerName { get; }

    StreamConsumerState ConsumerState { get; }

    /// <summary>How many entries are pending at the current consumer.</summary>
    long ConsumerPendingCount { get; }

    StreamPendingEntry ConsumerPending { get; }

    void ResetEntries();

    bool MoveNextEntry();

    /// <summary>Back to before the first field of the current entry.</summary>
    void ResetFields();

    bool MoveNextField();

    void ResetGroups();

    bool MoveNextGroup();

    bool MoveNextPending();

    bool MoveNextConsumer();

    bool MoveNextConsumerPending();
}
