using RedisLite.Storage.Values;

namespace RedisLite.Storage.Serialization.Streams;

/// <summary>Gives a stream's entries, groups and what is pending.</summary>
internal ref struct StreamSource(StreamValue stream) : IStreamSource
{
    private readonly StreamValue _stream = stream;
    private StreamCursor _entry = stream.At(0);
    private StreamFields _fields;
    private StreamGroupCursor _group = stream.GroupsAt(0);
    private StreamPendingCursor _pending;
    private StreamConsumerCursor _consumer;
    private StreamPendingCursor _own;
    private Place _entryPlace;
    private Place _groupPlace;
    private Place _pendingPlace;
    private Place _consumerPlace;
    private Place _ownPlace;

    /// <summary>Whether a cursor was moved since it was placed at its first element.</summary>
    private enum Place : byte
    {
        Before,
        Moved,
    }

    public readonly StreamTotals Totals => _stream.Totals;

    public readonly StreamId EntryId => _entry.Id;

    public readonly int FieldCount => _fields.Count;

    public readonly ReadOnlySpan<byte> FieldName => _fields.Name;

    public readonly ReadOnlySpan<byte> FieldValue => _fields.Value;

    public readonly long GroupCount => _stream.GroupCount;

    public readonly ReadOnlySpan<byte> GroupName => _group.Group.Name;

    public readonly StreamGroupState GroupState => _group.Group.State;

    public readonly long PendingCount => _group.Group.PendingCount;

    public readonly StreamPendingEntry Pending => _pending.Pending.State;

    public readonly long ConsumerCount => _group.Group.ConsumerCount;

    public readonly ReadOnlySpan<byte> ConsumerName => _consumer.Consumer.Name;

    public readonly StreamConsumerState ConsumerState => _consumer.Consumer.State;

    public readonly long ConsumerPendingCount => _consumer.Consumer.PendingCount;

    public readonly StreamPendingEntry ConsumerPending =>
        _group.Group.TryGetPending(_own.Id, out var pending) ? pending.State : new StreamPendingEntry(_own.Id, 0, 0);

    public void ResetEntries()
    {
        _entry = _stream.At(0);
        _entryPlace = Place.Before;
    }

    public bool MoveNextEntry()
    {
        if (!(IsFirst(ref _entryPlace) ? _entry.IsValid : _entry.MoveNext()))
            return false;
        _fields = _entry.Fields;
        return true;
    }

    public void ResetFields() => _fields = _entry.Fields;

    public bool MoveNextField() => _fields.MoveNext();

    public void ResetGroups()
    {
        _group = _stream.GroupsAt(0);
        _groupPlace = Place.Before;
    }

    public bool MoveNextGroup()
    {
        if (!(IsFirst(ref _groupPlace) ? _group.IsValid : _group.MoveNext()))
            return false;
        _pending = _group.Group.PendingAt(0);
        _consumer = _group.Group.ConsumersAt(0);
        _pendingPlace = _consumerPlace = Place.Before;
        return true;
    }

    public bool MoveNextPending() => IsFirst(ref _pendingPlace) ? _pending.IsValid : _pending.MoveNext();

    public bool MoveNextConsumer()
    {
        if (!(IsFirst(ref _consumerPlace) ? _consumer.IsValid : _consumer.MoveNext()))
            return false;
        _own = _consumer.Consumer.PendingFrom(default);
        _ownPlace = Place.Before;
        return true;
    }

    public bool MoveNextConsumerPending() => IsFirst(ref _ownPlace) ? _own.IsValid : _own.MoveNext();

    private static bool IsFirst(ref Place place)
    {
        var isFirst = place == Place.Before;
        place = Place.Moved;
        return isFirst;
    }
}
