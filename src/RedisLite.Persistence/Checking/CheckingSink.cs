using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Values;

namespace RedisLite.Persistence.Checking;

/// <summary>Takes elements and keeps none: decoding into it checks their form, not whether one comes twice.</summary>
internal sealed class CheckingSink : IValueSink
{
    public static CheckingSink Instance { get; } = new();

    public void Begin(EntryType type, ulong count)
    {
    }

    public void AddElement(ReadOnlySpan<byte> element)
    {
    }

    public bool AddMember(ReadOnlySpan<byte> member) => true;

    public bool AddScored(ReadOnlySpan<byte> member, double score) => true;

    public bool AddField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, long expireAtMs) => true;

    public void BeginEntry(StreamId id, int fields)
    {
    }

    public void AddEntryField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
    }

    public void SetTotals(in StreamTotals totals)
    {
    }

    public bool BeginGroup(ReadOnlySpan<byte> name, in StreamGroupState state) => true;

    public bool AddConsumer(ReadOnlySpan<byte> name, in StreamConsumerState state) => true;

    public void AddPending(int consumer, in StreamPendingEntry pending)
    {
    }
}
