using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A consumer group of a stream, to read. Valid until the stream is written to.</summary>
public readonly unsafe ref struct StreamGroup
{
    private readonly StreamMember* _group;

    internal StreamGroup(StreamMember* group) => _group = group;

    public ReadOnlySpan<byte> Name => StreamMember.NameOf(&_group->Header);

    public StreamGroupState State => new(_group->LastId, _group->EntriesRead);

    public long PendingCount => _group->Pending.Count;

    public long ConsumerCount => _group->Consumers.Count;

    public bool TryGetConsumer(scoped ReadOnlySpan<byte> name, out StreamConsumer consumer)
    {
        var member = StreamMember.Find(_group->Consumers, name);
        consumer = member == null ? default : new StreamConsumer(member);
        return member != null;
    }

    public bool TryGetPending(StreamId id, out StreamPending pending)
    {
        TreePath path = default;
        var root = _group->Pending.Page;
        if (root == null || !TreeSearch.Find(root, new TreeKey(id.Milliseconds, id.Sequence), default, ref path))
        {
            pending = default;
            return false;
        }
        pending = new StreamPending(id, Leaf.Content(path.Leaf, path.Slot));
        return true;
    }

    /// <summary>Starts at the first pending entry that has this ID or a higher one.</summary>
    public StreamPendingCursor PendingFrom(StreamId id) =>
        new(new TreeCursor(_group->Pending.Page, new TreeKey(id.Milliseconds, id.Sequence), default));

    /// <summary>Starts at a rank; outside, at nothing.</summary>
    public StreamPendingCursor PendingAt(long rank) =>
        new(new TreeCursor(_group->Pending.Page, _group->Pending.Count, rank));

    /// <summary>Starts at a rank in order of names.</summary>
    public StreamConsumerCursor ConsumersAt(long rank) =>
        new(new TreeCursor(_group->Consumers.Page, _group->Consumers.Count, rank));
}

/// <summary>A consumer of a group, to read. Valid until the stream is written to.</summary>
public readonly unsafe ref struct StreamConsumer
{
    private readonly StreamMember* _consumer;

    internal StreamConsumer(StreamMember* consumer) => _consumer = consumer;

    public ReadOnlySpan<byte> Name => StreamMember.NameOf(&_consumer->Header);

    public StreamConsumerState State => new(_consumer->SeenAtMs, _consumer->ActiveAtMs);

    public long PendingCount => _consumer->Pending.Count;

    /// <summary>Starts at its first pending entry that has this ID or a higher one.</summary>
    public StreamPendingCursor PendingFrom(StreamId id) =>
        new(new TreeCursor(_consumer->Pending.Page, new TreeKey(id.Milliseconds, id.Sequence), default));
}

/// <summary>A place among the groups of a stream, in order of their names.</summary>
public unsafe ref struct StreamGroupCursor
{
    private TreeCursor _cursor;

    internal StreamGroupCursor(TreeCursor cursor) => _cursor = cursor;

    public readonly bool IsValid => _cursor.IsValid;

    public readonly StreamGroup Group => new((StreamMember*)_cursor.BlobOrNull);

    public bool MoveNext() => _cursor.MoveNext();
}

/// <summary>A place among the consumers of a group, in order of their names.</summary>
public unsafe ref struct StreamConsumerCursor
{
    private TreeCursor _cursor;

    internal StreamConsumerCursor(TreeCursor cursor) => _cursor = cursor;

    public readonly bool IsValid => _cursor.IsValid;

    public readonly StreamConsumer Consumer => new((StreamMember*)_cursor.BlobOrNull);

    public bool MoveNext() => _cursor.MoveNext();
}
