using System.Runtime.CompilerServices;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A small set of integers: one block with a rising column of numbers.</summary>
/// <remarks>
///
///     | header 16 | number 0 | number 1 | .. | number n-1 | free |       2, 4 or 8 bytes each, as the widest needs
///
/// LOCK: as <see cref="Tree"/>. A block that is shared is copied with the change.
/// </remarks>
internal static unsafe class IntSet
{
    /// <summary>Numbers above which it is no longer kept, whatever the limit: each insertion moves half of
    /// them.</summary>
    public const int MaxCount = 8192;

    private const int Fewest = 4;

    public static bool Is(nint value) => value != 0 && ((Page*)value)->Form == BlockForm.IntSet;

    public static long At(Page* set, int index)
    {
        var column = (byte*)set + Page.HeaderSize;
        return set->Width switch
        {
            2 => ((short*)column)[index],
            4 => ((int*)column)[index],
            _ => ((long*)column)[index],
        };
    }

    /// <summary>Where a number stands, or where it belongs.</summary>
    public static bool TryFind(Page* set, long number, out int index)
    {
        int low = 0, high = set->Count;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (At(set, middle) < number)
                low = middle + 1;
            else
                high = middle;
        }
        index = low;
        return low < set->Count && At(set, low) == number;
    }

    public static Page* Make(ValueMemory memory, long number)
    {
        var set = New(memory, WidthOf(number), 1);
        Put(set, 0, number);
        return set;
    }

    /// <summary>The set with a number before an index: the same block if it is owned and has the room.</summary>
    public static void Insert(ValueMemory memory, ref nint slot, int index, long number)
    {
        var set = (Page*)slot;
        int count = set->Count, width = Math.Max(set->Width, WidthOf(number));
        if (width == set->Width && Page.HeaderSize + (width * (count + 1)) <= set->Capacity && Page.IsOwned(set))
        {
            var from = (byte*)set + Page.HeaderSize + (width * index);
            Buffer.MemoryCopy(from, from + width, width * (count - index), width * (count - index));
            set->Count++;
            Put(set, index, number);
            return;
        }
        var other = New(memory, width, count + 1);
        for (var i = 0; i < index; i++)
            Put(other, i, At(set, i));
        Put(other, index, number);
        for (var i = index; i < count; i++)
            Put(other, i + 1, At(set, i));
        ValueSlots.Exchange(memory, ref slot, (nint)other);
    }

    public static void RemoveAt(ValueMemory memory, ref nint slot, int index)
    {
        var set = (Page*)slot;
        if (set->Count == 1)
        {
            ValueSlots.Exchange(memory, ref slot, 0);
            return;
        }
        if (!Page.IsOwned(set))
        {
            var copy = memory.Clone(set);
            ValueSlots.Exchange(memory, ref slot, (nint)copy);
            set = copy;
        }
        var to = (byte*)set + Page.HeaderSize + (set->Width * index);
        var bytes = set->Width * (set->Count - index - 1);
        Buffer.MemoryCopy(to + set->Width, to, bytes, bytes);
        set->Count--;
    }

    private static int WidthOf(long number) =>
        number == (short)number ? sizeof(short) : number == (int)number ? sizeof(int) : sizeof(long);

    private static Page* New(ValueMemory memory, int width, int count)
    {
        var room = Math.Max(Fewest, count + (count / 8));
        var set = memory.Allocate(BlockForm.IntSet, (Page.HeaderSize + (width * room) + 15) & ~15);
        set->Width = (byte)width;
        set->Count = (ushort)count;
        return set;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Page* set, int index, long number)
    {
        var column = (byte*)set + Page.HeaderSize;
        switch (set->Width)
        {
            case 2:
                ((short*)column)[index] = (short)number;
                break;
            case 4:
                ((int*)column)[index] = (int)number;
                break;
            default:
                ((long*)column)[index] = number;
                break;
        }
    }
}
