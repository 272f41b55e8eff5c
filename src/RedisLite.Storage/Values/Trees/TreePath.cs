using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>The way from the root to an entry: a page and a slot at each level, the leaf at level 0.</summary>
/// <remarks>Valid until the tree is written to; a writer keeps its own up to date.</remarks>
internal unsafe struct TreePath
{
    /// <summary>Levels above the leaves. Pages of at least a quarter of 64 children reach 2^40 leaves with
    /// ten.</summary>
    public const int MaxHeight = 15;

    private fixed long _pages[MaxHeight + 1];
    private fixed int _slots[MaxHeight + 1];

    /// <summary>The root's level.</summary>
    public int Height;

    public readonly Page* Leaf => (Page*)_pages[0];

    /// <summary>The entry in the leaf; the leaf's count for a place behind all its entries.</summary>
    public readonly int Slot => _slots[0];

    /// <summary>Whether it leads behind the last element.</summary>
    public readonly bool IsLastPlace
    {
        get
        {
            if (Slot != Leaf->Count)
                return false;
            for (var level = 1; level <= Height; level++)
            {
                if (SlotAt(level) != PageAt(level)->Count - 1)
                    return false;
            }
            return true;
        }
    }

    /// <summary>Whether it leads to the first element.</summary>
    public readonly bool IsFirstPlace
    {
        get
        {
            for (var level = 0; level <= Height; level++)
            {
                if (SlotAt(level) != 0)
                    return false;
            }
            return true;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Page* PageAt(int level) => (Page*)_pages[level];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int SlotAt(int level) => _slots[level];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Set(int level, Page* page, int slot)
    {
        _pages[level] = (long)page;
        _slots[level] = slot;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetPage(int level, Page* page) => _pages[level] = (long)page;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetSlot(int level, int slot) => _slots[level] = slot;
}
