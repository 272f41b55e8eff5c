using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>A place in a tree that nobody writes to meanwhile: one under its key's lock, or a retained one.</summary>
/// <remarks>In a retained tree ranks stay, so a reader that is interrupted goes on at the rank where it was.</remarks>
internal unsafe struct TreeCursor
{
    private TreePath _path;

    /// <summary>Starts at a rank; outside the tree, at no element.</summary>
    public TreeCursor(Page* root, long count, long rank)
    {
        IsValid = rank >= 0 && rank < count;
        if (root == null)
            return;
        TreeSearch.Seek(root, Math.Clamp(rank, 0, count), ref _path);
    }

    /// <summary>Starts at the first element that is not less than a key and member.</summary>
    public TreeCursor(Page* root, TreeKey key, ReadOnlySpan<byte> member)
    {
        if (root == null)
            return;
        TreeSearch.Find(root, key, member, ref _path);
        // At the end of a leaf the next element begins the next one.
        if (_path.Slot < _path.Leaf->Count)
        {
            IsValid = true;
        }
        else
        {
            _path.SetSlot(0, _path.Leaf->Count - 1);
            IsValid = TreeSearch.Next(ref _path);
        }
    }

    /// <summary>Whether it stands at an element.</summary>
    public bool IsValid { get; private set; }

    public readonly TreeKey Key => Leaf.Key(_path.Leaf, _path.Slot);

    /// <summary>The bytes that take part in the order.</summary>
    public readonly ReadOnlySpan<byte> Member => Leaf.Member(_path.Leaf, _path.Slot);

    /// <summary>All bytes, but for a score.</summary>
    public readonly ReadOnlySpan<byte> Content => Leaf.Content(_path.Leaf, _path.Slot);

    /// <summary>Whether the entry has <see cref="Leaf.Mark"/>.</summary>
    public readonly bool IsMarked => Leaf.IsMarked(_path.Leaf, _path.Slot);

    public readonly ulong Score => Leaf.Score(_path.Leaf, _path.Slot);

    public readonly Page* BlobOrNull => Leaf.BlobOrNull(_path.Leaf, _path.Slot);

    public long Rank => TreeSearch.RankOf(ref _path);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext() => IsValid = IsValid && TreeSearch.Next(ref _path);

    public bool MovePrevious() => IsValid = IsValid && TreeSearch.Previous(ref _path);
}
