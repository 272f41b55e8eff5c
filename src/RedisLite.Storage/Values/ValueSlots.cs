using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>The pointer that a table's record has to a value: null, a lone block, or a head over trees.</summary>
/// <remarks>
///
///     0                             no elements: the key has to go
///     --> [ leaf ]                  small hash, set, sorted set; short list
///     --> [ integers ]              small set of integers
///     --> [ head ] --> [ tree ] .. [ tree ]
///     --> [ stream ] --> ..         a stream, with or without elements
///     --> [ text ]                  a large string
///
/// A retained pointer (<see cref="Retain"/>) is a snapshot: it can be read from any thread without a lock until it is
/// released, and put into another record's slot as a copy. A slot is written under its key's exclusive lock.
/// </remarks>
internal static unsafe class ValueSlots
{
    public static bool IsHead(nint value) => value != 0 && ((Page*)value)->Form == BlockForm.Head;

    /// <summary>A snapshot of a value, O(1): the caller holds its key's lock (shared will do) or a reference.</summary>
    public static nint Retain(nint value)
    {
        if (value != 0)
            ValueMemory.Retain((Page*)value);
        return value;
    }

    /// <summary>Lets go of a value or snapshot. Large ones are freed in steps: see
    /// <see cref="ValueMemory.FreeDropped"/>.</summary>
    public static void Release(ValueMemory memory, nint value)
    {
        if (value != 0)
            memory.Release((Page*)value);
    }

    /// <summary>Elements of a value.</summary>
    public static long Count(nint value)
    {
        if (value == 0)
            return 0;
        return ((Page*)value)->Form switch
        {
            BlockForm.Head => ((ValueHead*)value)->First.Count,
            BlockForm.Stream => ((StreamHead*)value)->Entries.Count,
            _ => ((Page*)value)->Count,
        };
    }

    /// <summary>Bytes that a value's blocks take, those that others share included.</summary>
    public static long Bytes(nint value)
    {
        if (value == 0)
            return 0;
        var block = (Page*)value;
        return block->Form switch
        {
            BlockForm.Head => ValueMemory.SizeOf(block) + ((ValueHead*)block)->First.Bytes
                + ((ValueHead*)block)->Second.Bytes,
            BlockForm.Stream => StreamHead.BytesOf((StreamHead*)block),
            BlockForm.Leaf => TreeStatistics.Bytes(block, withBlobs: true),
            _ => ValueMemory.SizeOf(block),
        };
    }

    /// <summary>The first tree of a value, or its lone leaf seen as one.</summary>
    public static TreeRoot Root(nint value)
    {
        if (value == 0)
            return default;
        if (IsHead(value))
            return ((ValueHead*)value)->First;
        var leaf = (Page*)value;
        return new TreeRoot { Page = leaf, Count = leaf->Count, Bytes = TreeStatistics.Bytes(leaf, withBlobs: true) };
    }

    public static ValueHead* NewHead(ValueMemory memory)
    {
        var head = (ValueHead*)memory.Allocate(BlockForm.Head, sizeof(ValueHead));
        head->First = default;
        head->Second = default;
        return head;
    }

    /// <summary>The head of a slot, copied before if it is shared. Changes no elements.</summary>
    public static ValueHead* OwnHead(ValueMemory memory, ref nint slot)
    {
        var head = (Page*)slot;
        if (Page.IsOwned(head))
            return (ValueHead*)head;
        var copy = (ValueHead*)memory.Clone(head);
        ValueMemory.Retain(copy->First.Page);
        if (copy->Second.Page != null)
            ValueMemory.Retain(copy->Second.Page);
        slot = (nint)copy;
        memory.Release(head);
        return copy;
    }

    /// <summary>Puts a head above a lone leaf. Changes no elements.</summary>
    public static ValueHead* AddHead(ValueMemory memory, ref nint slot)
    {
        var head = NewHead(memory);
        head->First = Root(slot);
        slot = (nint)head;
        return head;
    }

    /// <summary>Puts another value into a slot and lets the former go.</summary>
    public static void Exchange(ValueMemory memory, ref nint slot, nint value)
    {
        var former = slot;
        slot = value;
        Release(memory, former);
    }

    /// <summary>Empties the slot of a head without elements.</summary>
    public static void ClearIfEmpty(ValueMemory memory, ref nint slot)
    {
        if (IsHead(slot) && ((ValueHead*)slot)->First.Count == 0)
            Exchange(memory, ref slot, 0);
    }
}
