using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>The writes to one consumer group of a stream: its state, its consumers, what is pending.</summary>
/// <remarks>
/// From <see cref="StreamValue.ChangeGroup"/>; to be disposed, which keeps the stream's account of bytes. Meanwhile the
/// stream is not written to otherwise. Each call takes effect as a whole or, when memory is out, not at all.
///
/// LOCK: the key's, exclusive.
/// </remarks>
public readonly unsafe ref struct StreamGroupChange
{
    private readonly ValueMemory _memory;
    private readonly StreamHead* _head;
    private readonly StreamMember* _group;
    private readonly long _before;

    internal StreamGroupChange(ValueMemory memory, StreamHead* head, StreamMember* group)
    {
        _memory = memory;
        _head = head;
        _group = group;
        _before = StreamMember.BytesBelow(group);
    }

    /// <summary>The group as it is now.</summary>
    public StreamGroup Group => new(_group);

    public StreamGroupState State
    {
        get => new(_group->LastId, _group->EntriesRead);
        set
        {
            _group->LastId = value.LastId;
            _group->EntriesRead = value.EntriesRead;
        }
    }

    /// <returns>False if there is one of that name.</returns>
    public bool AddConsumer(scoped ReadOnlySpan<byte> name, StreamConsumerState state)
    {
        if (StreamMember.Find(_group->Consumers, name) != null)
            return false;
        var member = StreamMember.Make(_memory, name);
        member->SeenAtMs = state.SeenAtMs;
        member->ActiveAtMs = state.ActiveAtMs;
        return StreamMember.TryAdd(_memory, &_group->Consumers, name, member);
    }

    /// <summary>Says when a consumer that is there was seen.</summary>
    public void SetConsumer(scoped ReadOnlySpan<byte> name, StreamConsumerState state)
    {
        var consumer = StreamMember.Own(_memory, &_group->Consumers, name);
        consumer->SeenAtMs = state.SeenAtMs;
        consumer->ActiveAtMs = state.ActiveAtMs;
    }

    /// <summary>Removes a consumer, and what is pending at it one by one.</summary>
    /// <returns>Whether there was one.</returns>
    public bool RemoveConsumer(scoped ReadOnlySpan<byte> name)
    {
        var consumer = StreamMember.Own(_memory, &_group->Consumers, name);
        if (consumer == null)
            return false;
        while (consumer->Pending.Count > 0)
        {
            var cursor = new TreeCursor(consumer->Pending.Page, consumer->Pending.Count, 0);
            Acknowledge(new StreamId(cursor.Key.High, cursor.Key.Low));
        }
        var consumers = new Tree(_memory, &_group->Consumers, TreeLayout.Named);
        consumers.Find(default, name, out var path);
        consumers.Remove(ref path);
        return true;
    }

    /// <summary>An entry is pending from now on at a consumer that is there, wherever it was before.</summary>
    public void Deliver(StreamPendingEntry entry, scoped ReadOnlySpan<byte> consumer)
    {
        var key = Key(entry.Id);
        var pending = new Tree(_memory, &_group->Pending, TreeLayout.Pending);
        Span<byte> prefix = stackalloc byte[StreamPending.MaxPrefix];
        var content = new Element(
            prefix[..StreamPending.WritePrefix(prefix, entry.DeliveredAtMs, entry.Deliveries)], consumer);
        TreePath path = default;
        if (pending.Root == null || !pending.Find(key, default, out path))
        {
            var added = StreamMember.Own(_memory, &_group->Consumers, consumer);
            Take(pending, added, ref path, key, content, isNew: true);
            return;
        }
        var former = new StreamPending(entry.Id, Leaf.Content(path.Leaf, path.Slot)).Consumer;
        if (former.SequenceEqual(consumer))
        {
            pending.Replace(ref path, content);
            return;
        }

        var giver = StreamMember.Own(_memory, &_group->Consumers, former);
        var taker = StreamMember.Own(_memory, &_group->Consumers, consumer);
        var given = Prepare(giver, key);
        Take(pending, taker, ref path, key, content, isNew: false);
        // Nothing below asks for memory.
        Drop(giver, ref given);
    }

    /// <summary>An entry is pending no more.</summary>
    /// <returns>Whether it was.</returns>
    public bool Acknowledge(StreamId id)
    {
        var key = Key(id);
        var pending = new Tree(_memory, &_group->Pending, TreeLayout.Pending);
        if (pending.Root == null || !pending.Find(key, default, out var path))
            return false;
        var name = new StreamPending(id, Leaf.Content(path.Leaf, path.Slot)).Consumer;
        var consumer = StreamMember.Own(_memory, &_group->Consumers, name);
        var place = Prepare(consumer, key);
        pending.PrepareRemoval(ref path);
        // Nothing below asks for memory.
        pending.RemoveOwned(ref path);
        Drop(consumer, ref place);
        return true;
    }

    /// <summary>Ends the writes. Once.</summary>
    public void Dispose() => _head->GroupBytes += StreamMember.BytesBelow(_group) - _before;

    private static TreeKey Key(StreamId id) => new(id.Milliseconds, id.Sequence);

    /// <summary>Adds an ID to a consumer's own, and to the group's or gives it another content there.</summary>
    private void Take(
        Tree pending, StreamMember* consumer, ref TreePath path, TreeKey key, scoped in Element content, bool isNew)
    {
        var own = new Tree(_memory, &consumer->Pending, TreeLayout.Pending);
        var before = consumer->Pending.Bytes;
        try
        {
            own.TryAdd(key, default);
            try
            {
                if (isNew)
                    pending.Insert(ref path, key, content);
                else
                    pending.Replace(ref path, content);
            }
            catch (OutOfMemoryException)
            {
                // Its way was owned by the insertion, so taking it out again asks for nothing.
                own.Find(key, default, out var added);
                own.RemoveOwned(ref added);
                throw;
            }
        }
        finally
        {
            _group->ConsumerBytes += consumer->Pending.Bytes - before;
        }
    }

    private TreePath Prepare(StreamMember* consumer, TreeKey key)
    {
        var before = consumer->Pending.Bytes;
        try
        {
            var own = new Tree(_memory, &consumer->Pending, TreeLayout.Pending);
            own.Find(key, default, out var path);
            own.PrepareRemoval(ref path);
            return path;
        }
        finally
        {
            _group->ConsumerBytes += consumer->Pending.Bytes - before;
        }
    }

    private void Drop(StreamMember* consumer, ref TreePath path)
    {
        var before = consumer->Pending.Bytes;
        new Tree(_memory, &consumer->Pending, TreeLayout.Pending).RemoveOwned(ref path);
        _group->ConsumerBytes += consumer->Pending.Bytes - before;
    }
}
