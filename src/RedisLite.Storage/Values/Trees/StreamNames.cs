namespace RedisLite.Storage.Values.Trees;

/// <summary>The lists of field names that a stream's entries share, numbered from 0.</summary>
/// <remarks>
/// <code>
///   blob    | count | list 0, list 1, .. | names of list 0, names of list 1, .. |
///   list    last ID 16 | offset 4 | length 2 | fields 2            names    length, bytes, length, bytes, ..
/// </code>
/// A list is made when an entry has the names of one shortly before it. It is given up, and its number used again, when
/// there are no entries any more up to the last one that had it. So there is no count to keep, and what is trimmed away
/// need not be looked at.
///
/// Each version of a stream has its own: what a snapshot holds is copied before a write.
/// LOCK: the key's, exclusive, but for reading.
/// </remarks>
internal static unsafe class StreamNames
{
    public const int None = -1;

    private const int MostLists = 32;
    private const int LongestList = 1000;
    private const int MostBytes = 8000;

    // Entries that are looked at for the same names.
    private const int LookBack = 4;

    private struct List
    {
        public StreamId LastId;
        public int Offset;
        public ushort Length;
        public ushort Fields;
    }

    /// <summary>The names of a list, and how many they are.</summary>
    public static ReadOnlySpan<byte> Get(Page* names, int number, out int fields)
    {
        var list = Lists(names) + number;
        fields = list->Fields;
        return new((byte*)names + Page.HeaderSize + list->Offset, list->Length);
    }

    /// <summary>Finds the list of an entry's names, or makes one.</summary>
    /// <returns>Its number, in a block that is owned; or <see cref="None"/>.</returns>
    /// <exception cref="OutOfMemoryException">No entry has changed.</exception>
    public static int Choose<TFields>(ValueMemory memory, StreamHead* head, scoped in TFields fields)
        where TFields : IStreamFields, allows ref struct
    {
        if (head->Names != null)
        {
            Own(memory, head);
            var count = Count(head->Names);
            if (head->LatestNames < count && IsEqual(head->Names, head->LatestNames, fields))
                return head->LatestNames;
            for (var i = 0; i < count; i++)
            {
                if (IsEqual(head->Names, i, fields))
                    return head->LatestNames = i;
            }
        }
        return RepeatsRecent(head, fields, out var isOfNode) ? Make(memory, head, fields, isOfNode) : None;
    }

    /// <summary>An entry with these names is the latest now.</summary>
    public static void Touch(StreamHead* head, int number, StreamId id) => Lists(head->Names)[number].LastId = id;

    private static int Count(Page* names) => *(int*)((byte*)names + Page.HeaderSize);

    private static List* Lists(Page* names) => (List*)((byte*)names + Page.HeaderSize + sizeof(long));

    private static void Own(ValueMemory memory, StreamHead* head)
    {
        if (Page.IsOwned(head->Names))
            return;
        var copy = memory.Clone(head->Names);
        memory.Release(head->Names);
        head->Names = copy;
    }

    private static bool IsEqual<TFields>(Page* names, int number, scoped in TFields fields)
        where TFields : IStreamFields, allows ref struct
    {
        var bytes = Get(names, number, out var count);
        if (count != fields.Count)
            return false;
        for (var i = 0; i < count; i++)
        {
            if (!VarInt.ReadBytes(ref bytes).SequenceEqual(fields.Name(i)))
                return false;
        }
        return true;
    }

    /// <summary>Whether one of the last entries has these names, and has them for itself.</summary>
    private static bool RepeatsRecent<TFields>(StreamHead* head, scoped in TFields fields, out bool isOfNode)
        where TFields : IStreamFields, allows ref struct
    {
        isOfNode = false;
        var cursor = new TreeCursor(head->Entries.Page, head->Entries.Count, head->Entries.Count - 1);
        for (var i = 0; i < LookBack && cursor.IsValid; i++, cursor.MovePrevious())
        {
            var entry = StreamEntry.Read(cursor.Content, head->Names);
            if (entry.NamesNumber != None || entry.Count != fields.Count)
                continue;
            var field = 0;
            while (entry.MoveNext() && entry.Name.SequenceEqual(fields.Name(field)))
                field++;
            if (field != fields.Count)
                continue;
            isOfNode = i + 1 == head->NodeEntries;
            return true;
        }
        return false;
    }

    private static int Make<TFields>(ValueMemory memory, StreamHead* head, scoped in TFields fields, bool isOfNode)
        where TFields : IStreamFields, allows ref struct
    {
        var length = 0L;
        for (var i = 0; i < fields.Count; i++)
            length += VarInt.SizeOf((ulong)fields.Name(i).Length) + fields.Name(i).Length;
        if (length > LongestList)
            return None;

        var former = head->Names;
        var count = former == null ? 0 : Count(former);
        var number = count;
        var kept = 0;
        for (var i = count - 1; i >= 0; i--)
        {
            if (IsDead(head, i))
                number = i;
            else
                kept += Lists(former)[i].Length;
        }
        if (number == MostLists || kept + length > MostBytes)
            return None;

        var total = Math.Max(count, number + 1);
        var names = memory.Allocate(
            BlockForm.Blob, Page.HeaderSize + sizeof(long) + (total * sizeof(List)) + kept + (int)length);
        *(long*)((byte*)names + Page.HeaderSize) = total;
        var at = sizeof(long) + (total * sizeof(List));
        for (var i = 0; i < total; i++)
        {
            var list = Lists(names) + i;
            *list = new List { Offset = at };
            var target = new Span<byte>((byte*)names + Page.HeaderSize + at, names->Capacity - Page.HeaderSize - at);
            if (i == number)
            {
                list->Fields = (ushort)fields.Count;
                list->Length = (ushort)Write(target, fields);
            }
            else if (!IsDead(head, i))
            {
                *list = Lists(former)[i] with { Offset = at };
                Get(former, i, out _).CopyTo(target);
            }
            at += list->Length;
        }
        if (former != null)
            memory.Release(former);
        head->Names = names;
        if (head->NodeNames == number)
            head->NodeNames = None;
        if (isOfNode)
            head->NodeNames = number;
        return head->LatestNames = number;
    }

    private static int Write<TFields>(Span<byte> target, scoped in TFields fields)
        where TFields : IStreamFields, allows ref struct
    {
        var at = 0;
        for (var i = 0; i < fields.Count; i++)
            at += VarInt.WriteBytes(target[at..], fields.Name(i));
        return at;
    }

    private static bool IsDead(StreamHead* head, int number)
    {
        var first = head->Entries.Page;
        if (first == null)
            return true;
        while (first->Level > 0)
            first = *InnerPage.Children(first);
        var key = Leaf.Key(first, 0);
        return Lists(head->Names)[number].LastId < new StreamId(key.High, key.Low);
    }
}
