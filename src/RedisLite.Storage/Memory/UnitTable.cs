using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Memory;

/// <summary>From an address to the slab that it lies in: a table of two levels, beside the chunks.</summary>
/// <remarks>
/// <code>
///     address  | 17 bits | 14 bits | 16 bits |
///                   |         |        in the unit
///                   |         +-- entry of the leaf: the slab of a unit of 64 KiB, or null
///                   +-- entry of the root: the leaf of a gibibyte, or null
/// </code>
/// Root (1 MiB) and leaves (128 KiB) are mapped and touched only where there are chunks: 8 bytes for 64 KiB of data.
///
/// An entry is written before the first block of a slab is handed out and after its last one is freed, so whoever has a
/// block sees its entry without a lock. LOCK: <see cref="Reserve"/> under the chunk heap's mapping lock.
/// </remarks>
internal sealed unsafe class UnitTable
{
    private const int LeafShift = 30;
    private const int UnitShift = 16;
    private const int RootCount = 1 << 17;
    private const int LeafCount = 1 << (LeafShift - UnitShift);
    private const nuint RootSize = RootCount * 8;
    private const nuint LeafSize = LeafCount * 8;

    private readonly PageSource _pages;
    private readonly Slab*** _root;

    /// <exception cref="OutOfMemoryException">There is no memory for the root.</exception>
    public UnitTable(PageSource pages)
    {
        _pages = pages;
        _root = (Slab***)pages.Map(RootSize);
        if (_root == null)
            throw new InsufficientMemoryException();
    }

    public Slab*** Root => _root;

    /// <summary>The slab of a block, or null if the address is of no slab.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Slab* SlabOf(void* block) => Find(_root, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Slab* Find(Slab*** root, void* block)
    {
        var leaf = (nuint)block >> LeafShift < RootCount ? root[(nuint)block >> LeafShift] : null;
        return leaf == null ? null : leaf[((nuint)block >> UnitShift) & (LeafCount - 1)];
    }

    /// <summary>Enters a slab, or null, for its units. The chunk was <see cref="Reserve">reserved</see>.</summary>
    public void Set(byte* start, int units, Slab* slab)
    {
        var entry = &_root[(nuint)start >> LeafShift][((nuint)start >> UnitShift) & (LeafCount - 1)];
        for (var i = 0; i < units; i++)
            entry[i] = slab;
    }

    /// <summary>Makes room for a chunk's entries. A chunk lies in one gibibyte, as it is aligned to its size.</summary>
    /// <returns>False if there is no memory, or the address has more than 47 bits.</returns>
    public bool Reserve(byte* chunk)
    {
        if ((nuint)chunk >> LeafShift >= RootCount)
            return false;
        var leaf = &_root[(nuint)chunk >> LeafShift];
        if (*leaf == null)
            *leaf = (Slab**)_pages.Map(LeafSize);
        return *leaf != null;
    }

    public void Free()
    {
        for (var i = 0; i < RootCount; i++)
        {
            if (_root[i] != null)
                _pages.Unmap(_root[i], LeafSize);
        }

        _pages.Unmap(_root, RootSize);
    }
}
