using System.Buffers;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A stream behind the pointer of its record: entries by ID, and the consumer groups that read them.</summary>
/// <remarks>
/// A stream without entries exists, and its key stays; <see cref="StreamHead"/> shows what the pointer leads to.
///
/// Spans and cursors that are returned are valid until the stream is written to. Arguments must not lie in it.
/// LOCK: the key's, exclusive to write and shared to read; a retained slot can be read without it.
/// </remarks>
public readonly unsafe ref struct StreamValue
{
    private const int StackEntry = 512;

    private readonly ValueMemory _memory;
    private readonly ref nint _slot;

    internal StreamValue(ValueMemory memory, ref nint slot)
    {
        _memory = memory;
        _slot = ref slot;
    }

    public long Count => _slot == 0 ? 0 : Head->Entries.Count;

    /// <summary>Bytes that its blocks take, O(1).</summary>
    public long Bytes => ValueSlots.Bytes(_slot);

    /// <summary>The highest ID it ever had.</summary>
    public StreamId LastId => _slot == 0 ? default : Head->LastId;

    /// <summary>The ID of its first entry; zero when it has none.</summary>
    public StreamId FirstId
    {
        get
        {
            var cursor = At(0);
            return cursor.IsValid ? cursor.Id : default;
        }
    }

    public StreamTotals Totals => _slot == 0
        ? default
        : new StreamTotals((ulong)Count, Head->LastId, FirstId, Head->MaxDeletedId, Head->EntriesAdded);

    /// <summary>How many nodes Redis would have for the entries.</summary>
    public long NodeCount => _slot == 0 ? 0 : Head->Nodes.Count;

    public long GroupCount => _slot == 0 ? 0 : Head->Groups.Count;

    private StreamHead* Head => (StreamHead*)_slot;

    private Page* Names => _slot == 0 ? null : Head->Names;

    private TreeRoot Entries => _slot == 0 ? default : Head->Entries;

    /// <summary>Makes an empty stream where there is none yet.</summary>
    public void Create() => StreamHead.Own(_memory, ref _slot);

    /// <summary>Adds an entry; its ID is higher than <see cref="LastId"/>.</summary>
    public void Add<TFields>(StreamId id, scoped in TFields fields, StreamNodeLimits limits)
        where TFields : IStreamFields, allows ref struct
    {
        var isNew = _slot == 0;
        byte[]? rented = null;
        try
        {
            var head = StreamHead.Own(_memory, ref _slot);
            var list = StreamNames.Choose(_memory, head, fields);
            var size = StreamEntry.SizeOf(fields, list);
            var buffer = size <= StackEntry ? stackalloc byte[StackEntry] : (
                rented = ArrayPool<byte>.Shared.Rent(size));
            buffer = buffer[..size];
            StreamEntry.Write(buffer, fields, list);
            Append(head, id, Element.Of(buffer), fields, list, limits);
            if (list >= 0)
                StreamNames.Touch(head, list, id);
            head->LastId = id;
            head->EntriesAdded++;
        }
        catch (OutOfMemoryException) when (isNew)
        {
            ValueSlots.Exchange(_memory, ref _slot, 0);
            throw;
        }
        finally
        {
            if (rented != null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <returns>Whether there was such an entry.</returns>
    public bool Remove(StreamId id)
    {
        if (_slot == 0 || Head->Entries.Page == null)
            return false;
        var head = Head;
        var entries = new Tree(_memory, &head->Entries, TreeLayout.Identified);
        if (!entries.Find(Key(id), default, out var path))
            return false;
        head = StreamHead.Own(_memory, ref _slot);
        entries = new Tree(_memory, &head->Entries, TreeLayout.Identified);
        var nodes = new Tree(_memory, &head->Nodes, TreeLayout.Pending);
        var isLastOfNode = IsAloneInNode(entries, nodes, id, out var node);
        if (isLastOfNode)
        {
            nodes.PrepareRemoval(ref node);
            entries.Find(Key(id), default, out path);
        }
        entries.PrepareRemoval(ref path);
        // Nothing below asks for memory.
        entries.RemoveOwned(ref path);
        if (isLastOfNode)
            RemoveNode(head, ref node);
        if (id > head->MaxDeletedId)
            head->MaxDeletedId = id;
        return true;
    }

    /// <summary>Removes entries from the beginning.</summary>
    /// <returns>How many.</returns>
    public long Trim(in StreamTrim trim)
    {
        var removed = trim.IsApproximate ? trim.WholeNodes(this) : trim.Entries(this);
        if (removed == 0)
            return 0;
        var head = StreamHead.Own(_memory, ref _slot);
        var entries = new Tree(_memory, &head->Entries, TreeLayout.Identified);
        var nodes = new Tree(_memory, &head->Nodes, TreeLayout.Pending);
        var left = head->Nodes.Count;
        if (removed < head->Entries.Count)
        {
            // The node that the first entry is in stays.
            var first = new TreeCursor(head->Entries.Page, head->Entries.Count, removed).Key;
            left -= nodes.Find(first, default, out var path)
                ? TreeSearch.RankOf(ref path) : TreeSearch.RankOf(ref path) - 1;
        }
        else
        {
            left = 0;
        }
        var gone = head->Nodes.Count - left;
        entries.PrepareRange(0, removed);
        nodes.PrepareRange(0, gone);
        // Nothing below asks for memory.
        entries.RemoveOwnedRange(0, removed);
        nodes.RemoveOwnedRange(0, gone);
        return removed;
    }

    /// <summary>Says what the highest ID was, and what was deleted and added.</summary>
    public void SetTotals(StreamId lastId, StreamId maxDeletedId, ulong entriesAdded)
    {
        var head = StreamHead.Own(_memory, ref _slot);
        head->LastId = lastId;
        head->MaxDeletedId = maxDeletedId;
        head->EntriesAdded = entriesAdded;
    }

    /// <summary>Starts at a rank; outside the stream, at no entry.</summary>
    public StreamCursor At(long rank) => new(new TreeCursor(Entries.Page, Entries.Count, rank), Names);

    /// <summary>Starts at the first entry that has this ID or a higher one.</summary>
    public StreamCursor From(StreamId id) => new(new TreeCursor(Entries.Page, Key(id), default), Names);

    /// <summary>How many entries have lower IDs.</summary>
    public long RankOf(StreamId id)
    {
        TreePath path = default;
        if (Entries.Page == null)
            return 0;
        TreeSearch.Find(Entries.Page, Key(id), default, ref path);
        return TreeSearch.RankOf(ref path);
    }

    /// <summary>Starts at the last entry that has this ID or a lower one.</summary>
    public StreamCursor Before(StreamId id)
    {
        var rank = RankOf(id);
        var cursor = At(rank);
        return cursor.IsValid && cursor.Id == id ? cursor : At(rank - 1);
    }

    /// <summary>The ID at which a node begins, by its place among them.</summary>
    internal StreamId NodeAt(long index)
    {
        var key = new TreeCursor(Head->Nodes.Page, Head->Nodes.Count, index).Key;
        return new StreamId(key.High, key.Low);
    }

    /// <summary>Starts at a rank in order of names.</summary>
    public StreamGroupCursor GroupsAt(long rank) =>
        _slot == 0 ? default : new(new TreeCursor(Head->Groups.Page, Head->Groups.Count, rank));

    public bool TryGetGroup(scoped ReadOnlySpan<byte> name, out StreamGroup group)
    {
        var member = _slot == 0 ? null : StreamMember.Find(Head->Groups, name);
        group = member == null ? default : new StreamGroup(member);
        return member != null;
    }

    /// <returns>False if there is one of that name.</returns>
    public bool AddGroup(scoped ReadOnlySpan<byte> name, StreamGroupState state)
    {
        if (TryGetGroup(name, out _))
            return false;
        var isNew = _slot == 0;
        try
        {
            var head = StreamHead.Own(_memory, ref _slot);
            var member = StreamMember.Make(_memory, name);
            member->LastId = state.LastId;
            member->EntriesRead = state.EntriesRead;
            return StreamMember.TryAdd(_memory, &head->Groups, name, member);
        }
        catch (OutOfMemoryException) when (isNew)
        {
            ValueSlots.Exchange(_memory, ref _slot, 0);
            throw;
        }
    }

    /// <returns>Whether there was one.</returns>
    public bool RemoveGroup(scoped ReadOnlySpan<byte> name)
    {
        if (!TryGetGroup(name, out _))
            return false;
        var head = StreamHead.Own(_memory, ref _slot);
        var groups = new Tree(_memory, &head->Groups, TreeLayout.Named);
        groups.Find(default, name, out var path);
        groups.PrepareRemoval(ref path);
        head->GroupBytes -= StreamMember.BytesBelow((StreamMember*)Leaf.Blob(path.Leaf, path.Slot));
        groups.RemoveOwned(ref path);
        return true;
    }

    /// <summary>Begins to write to a group that is there.</summary>
    public StreamGroupChange ChangeGroup(scoped ReadOnlySpan<byte> name)
    {
        var head = StreamHead.Own(_memory, ref _slot);
        return new StreamGroupChange(_memory, head, StreamMember.Own(_memory, &head->Groups, name));
    }

    private static TreeKey Key(StreamId id) => new(id.Milliseconds, id.Sequence);

    /// <summary>Puts an entry behind the others, and into a new node if the last one is full.</summary>
    private void Append<TFields>(
        StreamHead* head, StreamId id, scoped in Element entry, scoped in TFields fields, int list,
        StreamNodeLimits limits)
        where TFields : IStreamFields, allows ref struct
    {
        var entries = new Tree(_memory, &head->Entries, TreeLayout.Identified);
        var nodes = new Tree(_memory, &head->Nodes, TreeLayout.Pending);
        var startsNode = head->Nodes.Count == 0
            || head->NodeBytes + StreamNodeSize.OfContent(fields) >= limits.Bytes
            || (limits.MaxEntries != 0 && head->NodeEntries >= limits.MaxEntries);
        TreePath path = default;
        if (startsNode)
        {
            if (nodes.Root != null)
                nodes.SeekEnd(out path);
            nodes.Insert(ref path, Key(id), default);
        }
        try
        {
            if (entries.Root != null)
                entries.SeekEnd(out path);
            entries.Insert(ref path, Key(id), entry);
        }
        catch (OutOfMemoryException) when (startsNode)
        {
            nodes.Find(Key(id), default, out path);
            nodes.RemoveOwned(ref path);
            throw;
        }
        if (startsNode)
        {
            head->NodeBytes = (int)Math.Min(int.MaxValue, StreamNodeSize.OfEmpty(fields));
            head->NodeEntries = 0;
            head->NodeNames = list;
        }
        var node = NodeAt(head->Nodes.Count - 1);
        var hasNames = !startsNode && (list < 0 || list != head->NodeNames);
        var size = StreamNodeSize.OfEntry(
            fields, hasNames, (long)(id.Milliseconds - node.Milliseconds), (long)(id.Sequence - node.Sequence));
        head->NodeBytes = (int)Math.Min(int.MaxValue, head->NodeBytes + size);
        head->NodeEntries++;
    }

    /// <summary>Whether an entry is the last one of its node, and where that is.</summary>
    private static bool IsAloneInNode(Tree entries, Tree nodes, StreamId id, out TreePath path)
    {
        if (!nodes.Find(Key(id), default, out path))
            TreeSearch.Previous(ref path);
        var node = Leaf.Key(path.Leaf, path.Slot);
        var next = path;
        var end = TreeSearch.Next(ref next) ? entries.RankOf(Leaf.Key(next.Leaf, next.Slot), default) : entries.Count;
        return end - entries.RankOf(node, default) == 1;
    }

    private void RemoveNode(StreamHead* head, ref TreePath path)
    {
        var nodes = new Tree(_memory, &head->Nodes, TreeLayout.Pending);
        var isLatest = TreeSearch.RankOf(ref path) == head->Nodes.Count - 1;
        nodes.RemoveOwned(ref path);
        // The one before it was full, or there would have been none behind it.
        if (isLatest)
            head->NodeEntries = head->NodeBytes = int.MaxValue;
    }
}
