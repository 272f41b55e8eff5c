using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>A page above the leaves: separators, the numbers of elements below, the children.</summary>
/// <remarks>
///
///     | header 16 | separator 0 .. slots-1 | count 0 .. slots-1 | child 0 .. slots-1 |
///                   W bytes each             8 bytes each         8 bytes each          slots: 8, 16, 32 or 64
///
/// INVARIANT: last key of child i-1 &lt;= separator i &lt;= first key of child i. Separator 0 says nothing. Removals
/// leave separators alone. Where a separator equals the key looked for, the first elements of children decide.
/// INVARIANT: count i is the number of elements below child i; no child is empty.
/// </remarks>
internal static unsafe class InnerPage
{
    public const int MaxSlots = 64;
    public const int FewestSlots = 8;

    public static byte* Separators(Page* page) => (byte*)page + Page.HeaderSize;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long* Counts(Page* page) => (long*)((byte*)page + Page.HeaderSize + (page->Width * page->Heap));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Page** Children(Page* page) => (Page**)(Counts(page) + page->Heap);

    public static int Slots(Page* page) => page->Heap;

    public static TreeKey Separator(Page* page, int index) => TreeKey.Read(Separators(page), index, page->Width);

    public static int SlotsFor(int children)
    {
        var slots = FewestSlots;
        while (slots < children)
            slots *= 2;
        return slots;
    }

    public static Page* Make(ValueMemory memory, TreeLayout layout, int level, int slots)
    {
        var page = memory.Allocate(BlockForm.Inner, Page.HeaderSize + ((layout.Width + 16) * slots));
        page->Heap = (ushort)slots;
        page->Level = (byte)level;
        page->Width = (byte)layout.Width;
        page->Kind = layout.Kind;
        return page;
    }

    /// <summary>Elements below the page.</summary>
    public static long Total(Page* page)
    {
        long total = 0;
        var counts = Counts(page);
        for (var i = 0; i < page->Count; i++)
            total += counts[i];
        return total;
    }

    /// <summary>Puts a child before an index. The page has a free slot.</summary>
    public static void Insert(Page* page, int index, TreeKey separator, Page* child, long count)
    {
        int moved = page->Count - index, width = page->Width;
        var separators = Separators(page);
        Shift(separators + (width * index), separators + (width * (index + 1)), width * moved);
        Shift(Counts(page) + index, Counts(page) + index + 1, sizeof(long) * moved);
        Shift(Children(page) + index, Children(page) + index + 1, sizeof(long) * moved);
        page->Count++;
        Put(page, index, separator, child, count);
    }

    public static void Put(Page* page, int index, TreeKey separator, Page* child, long count)
    {
        separator.Write(Separators(page), index, page->Width);
        Counts(page)[index] = count;
        Children(page)[index] = child;
    }

    public static void Remove(Page* page, int index)
    {
        int moved = page->Count - index - 1, width = page->Width;
        var separators = Separators(page);
        Shift(separators + (width * (index + 1)), separators + (width * index), width * moved);
        Shift(Counts(page) + index + 1, Counts(page) + index, sizeof(long) * moved);
        Shift(Children(page) + index + 1, Children(page) + index, sizeof(long) * moved);
        page->Count--;
    }

    /// <summary>Adds a range of another page's children at the end. No reference is counted.</summary>
    public static void Append(Page* page, Page* source, int from, int to)
    {
        int at = page->Count, width = page->Width, added = to - from;
        Shift(Separators(source) + (width * from), Separators(page) + (width * at), width * added);
        Shift(Counts(source) + from, Counts(page) + at, sizeof(long) * added);
        Shift(Children(source) + from, Children(page) + at, sizeof(long) * added);
        page->Count += (ushort)added;
    }

    private static void Shift(void* from, void* to, int bytes) => Buffer.MemoryCopy(from, to, bytes, bytes);
}
