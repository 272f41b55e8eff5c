using RedisLite.Storage;
using RedisLite.Storage.Serialization;
using RedisLite.Storage.Values;

namespace RedisLite.Core.Tests.Persistence.Serialization;

/// <summary>A stream as simple as can be, which gives its entries and groups.</summary>
internal sealed class ModelStream : IStreamSource
{
    private int _entry = -1;
    private int _field = -1;
    private int _group = -1;
    private int _consumer = -1;
    private int _pending = -1;
    private int _consumerPending = -1;
    private List<StreamPendingEntry> _groupPending = [];

    public List<(StreamId Id, List<(byte[] Name, byte[] Value)> Fields)> Entries { get; } = [];

    public List<ModelGroup> Groups { get; } = [];

    public StreamTotals Totals { get; set; }

    public StreamId EntryId => Entries[_entry].Id;

    public int FieldCount => Entries[_entry].Fields.Count;

    public ReadOnlySpan<byte> FieldName => Entries[_entry].Fields[_field].Name;

    public ReadOnlySpan<byte> FieldValue => Entries[_entry].Fields[_field].Value;

    public long GroupCount => Groups.Count;

    public ReadOnlySpan<byte> GroupName => Groups[_group].Name;

    public StreamGroupState GroupState => Groups[_group].State;

    public long PendingCount => _groupPending.Count;

    public StreamPendingEntry Pending => _groupPending[_pending];

    public long ConsumerCount => Groups[_group].Consumers.Count;

    public ReadOnlySpan<byte> ConsumerName => Consumer.Name;

    public StreamConsumerState ConsumerState => Consumer.State;

    public long ConsumerPendingCount => Consumer.Pending.Count;

    public StreamPendingEntry ConsumerPending => Consumer.Pending[_consumerPending];

    private ModelConsumer Consumer => Groups[_group].Consumers[_consumer];

    public void ResetEntries() => _entry = -1;

    public bool MoveNextEntry()
    {
        _field = -1;
        return ++_entry < Entries.Count;
    }

    public void ResetFields() => _field = -1;

    public bool MoveNextField() => ++_field < FieldCount;

    public void ResetGroups() => _group = -1;

    public bool MoveNextGroup()
    {
        _consumer = _pending = -1;
        if (++_group >= Groups.Count)
            return false;
        _groupPending = [
            .. Groups[_group].Consumers.SelectMany(consumer => consumer.Pending).OrderBy(pending => pending.Id)];
        return true;
    }

    public bool MoveNextPending() => ++_pending < _groupPending.Count;

    public bool MoveNextConsumer()
    {
        _consumerPending = -1;
        return ++_consumer < ConsumerCount;
    }

    public bool MoveNextConsumerPending() => ++_consumerPending < ConsumerPendingCount;

    public override string ToString()
    {
        var entries = Entries.Select(entry => $"{entry.Id}: " + string.Join(
            ' ', entry.Fields.Select(field => $"{ModelValue.Latin1(field.Name)}={ModelValue.Latin1(field.Value)}")));
        return $"{string.Join("\n", entries)}\n{Totals}\n{string.Join("\n", Groups)}";
    }
}

internal sealed record ModelGroup(byte[] Name, StreamGroupState State, List<ModelConsumer> Consumers)
{
    public override string ToString() => $"{ModelValue.Latin1(Name)} {State}\n  {string.Join("\n  ", Consumers)}";
}

internal sealed record ModelConsumer(byte[] Name, StreamConsumerState State, List<StreamPendingEntry> Pending)
{
    public override string ToString() => $"{ModelValue.Latin1(Name)} {State}: {string.Join(' ', Pending)}";
}
