using System.Runtime.InteropServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>What a stream's pointer leads to. Counted and copied before a write as pages are.</summary>
/// <remarks>
/// <code>
///   head --> entries   by ID: fields and values                        (StreamEntry)
///        --> nodes     by ID: where Redis would have begun a node, which is what trimming with "~" cuts
///        --> groups    by name --> [ group ] --> pending    by ID: when, how often, by whom
///        |                                   --> consumers  by name --> [ consumer ] --> its own pending IDs
///        --> names     lists of field names that entries share         (StreamNames)
/// </code>
/// Unlike other values a stream without elements exists: its pointer is not null.
///
/// INVARIANT: the roots begin where those of a <see cref="ValueHead"/> do.
/// INVARIANT: the nodes are empty when the entries are; each node has an entry at or behind its ID and before the next
/// one's; a group's pending IDs are those of its consumers together, each once.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StreamHead
{
    public Page Header;
    public TreeRoot Entries;
    public TreeRoot Nodes;
    public TreeRoot Groups;
    public Page* Names;
    public StreamId LastId;
    public StreamId MaxDeletedId;
    public ulong EntriesAdded;

    /// <summary>Bytes of the trees below the groups.</summary>
    public long GroupBytes;

    /// <summary>Bytes that the last node would have in Redis.</summary>
    public int NodeBytes;

    /// <summary>Entries that were ever put into the last node.</summary>
    public int NodeEntries;

    /// <summary>The list of names of the last node's first entry; below 0 if it has its own.</summary>
    public int NodeNames;

    /// <summary>The list of names that was used last.</summary>
    public int LatestNames;

    public static StreamHead* Make(ValueMemory memory)
    {
        var head = (StreamHead*)memory.Allocate(BlockForm.Stream, sizeof(StreamHead));
        new Span<byte>((byte*)head + Page.HeaderSize, sizeof(StreamHead) - Page.HeaderSize).Clear();
        head->NodeNames = StreamNames.None;
        return head;
    }

    /// <summary>The head of a slot, made if there is none and copied if it is shared. Changes no elements.</summary>
    public static StreamHead* Own(ValueMemory memory, ref nint slot)
    {
        if (slot == 0)
            slot = (nint)Make(memory);
        var head = (Page*)slot;
        if (Page.IsOwned(head))
            return (StreamHead*)head;
        var copy = (StreamHead*)memory.Clone(head);
        ForEachBlock(copy, memory, static (_, page) => ValueMemory.Retain((Page*)page));
        slot = (nint)copy;
        memory.Release(head);
        return copy;
    }

    public static long BytesOf(StreamHead* head)
    {
        var bytes = ValueMemory.SizeOf(&head->Header) + head->Entries.Bytes + head->Nodes.Bytes + head->Groups.Bytes;
        return bytes + head->GroupBytes + (head->Names == null ? 0 : ValueMemory.SizeOf(head->Names));
    }

    /// <summary>Visits what the head has references to.</summary>
    public static void ForEachBlock(StreamHead* head, ValueMemory memory, Action<ValueMemory, nint> visit)
    {
        ReadOnlySpan<nint> blocks =
            [(nint)head->Entries.Page, (nint)head->Nodes.Page, (nint)head->Groups.Page, (nint)head->Names];
        foreach (var block in blocks)
        {
            if (block != 0)
                visit(memory, block);
        }
    }
}
