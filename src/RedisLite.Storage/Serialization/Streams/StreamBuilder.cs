using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Streams;

/// <summary>Puts together what a decoder gives of a stream: an entry once its fields are complete.</summary>
internal sealed class StreamBuilder
{
    private readonly List<(byte[] Name, byte[] Value)> _fields = [];
    private readonly List<byte[]> _consumers = [];
    private byte[] _group = [];
    private StreamId _id;
    private int _wanted;

    public void Clear()
    {
        _fields.Clear();
        _consumers.Clear();
    }

    public void BeginEntry(StreamValue stream, StreamId id, int fields, StreamNodeLimits limits)
    {
        _fields.Clear();
        _id = id;
        _wanted = fields;
        AddIfComplete(stream, limits);
    }

    public void AddField(StreamValue stream, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, StreamNodeLimits limits)
    {
        _fields.Add((name.ToArray(), value.ToArray()));
        AddIfComplete(stream, limits);
    }

    public static void SetTotals(StreamValue stream, in StreamTotals totals)
    {
        if (totals.LastId < stream.LastId)
            throw new MalformedValueException("a stream's last ID is lower than that of an entry");
        stream.SetTotals(totals.LastId, totals.MaxDeletedId, totals.EntriesAdded);
    }

    public bool BeginGroup(StreamValue stream, ReadOnlySpan<byte> name, in StreamGroupState state)
    {
        _group = name.ToArray();
        _consumers.Clear();
        return stream.AddGroup(name, state);
    }

    public bool AddConsumer(StreamValue stream, ReadOnlySpan<byte> name, in StreamConsumerState state)
    {
        _consumers.Add(name.ToArray());
        using var group = stream.ChangeGroup(_group);
        return group.AddConsumer(name, state);
    }

    public void AddPending(StreamValue stream, int consumer, in StreamPendingEntry pending)
    {
        using var group = stream.ChangeGroup(_group);
        group.Deliver(pending, _consumers[consumer]);
    }

    private void AddIfComplete(StreamValue stream, StreamNodeLimits limits)
    {
        if (_fields.Count != _wanted)
            return;
        stream.Add(_id, new Fields(_fields), limits);
    }

    private readonly struct Fields(List<(byte[] Name, byte[] Value)> fields) : IStreamFields
    {
        public int Count => fields.Count;

        public ReadOnlySpan<byte> Name(int index) => fields[index].Name;

        public ReadOnlySpan<byte> Value(int index) => fields[index].Value;
    }
}
