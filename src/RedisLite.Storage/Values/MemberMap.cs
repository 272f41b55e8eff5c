using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>What hashes and sets share: elements found by hash, in a lone leaf in order of insertion or in a
/// tree.</summary>
/// <remarks>
///
///     lone leaf   [ ends ][ entry 0, entry 1, .. ]      of a small hash with few fields, whose names are compared
///                 [ hash 0, hash 1, .. ][ ends ][ entry 0, entry 1, .. ]     hashes searched from the left by SIMD
///     tree        in order of (hash, member)
///
/// Paths lead into either. LOCK: as <see cref="Tree"/>.
/// </remarks>
internal readonly unsafe ref struct MemberMap
{
    // Entries up to which comparing them costs no more than their column of hashes is worth.
    private const int FewEntries = 16;
    private const int HashWidth = sizeof(uint);

    private readonly ValueMemory _memory;
    private readonly ref nint _slot;
    private readonly TreeLayout _small;
    private readonly TreeLayout _large;

    public MemberMap(ValueMemory memory, ref nint slot, TreeLayout small, TreeLayout large)
    {
        _memory = memory;
        _slot = ref slot;
        _small = small;
        _large = large;
    }

    public bool IsLone => !ValueSlots.IsHead(_slot);

    /// <summary>The layout of the lone leaf that is there, or that is about to be made.</summary>
    private TreeLayout Lone => _slot == 0 ? _small : _small with { Width = ((Page*)_slot)->Width };

    /// <summary>Finds an element, or where it belongs.</summary>
    public bool TryFind(uint hash, ReadOnlySpan<byte> member, out TreePath path)
    {
        // A head is empty between the conversion of nothing and the first insertion.
        if (_slot == 0 || (ValueSlots.IsHead(_slot) && ((ValueHead*)_slot)->First.Page == null))
        {
            path = default;
            return false;
        }
        if (ValueSlots.IsHead(_slot))
            return new Tree(_memory, &((ValueHead*)_slot)->First, _large).Find(new TreeKey(hash), member, out path);
        return FindInLeaf((Page*)_slot, hash, member, out path);
    }

    /// <summary>The element at a rank, which exists.</summary>
    public void Seek(long rank, out TreePath path)
    {
        var root = ValueSlots.Root(_slot);
        path = default;
        TreeSearch.Seek(root.Page, rank, ref path);
    }

    /// <summary>Whether a lone leaf is too small for so many bytes more, in one entry more or in one that is
    /// replaced.</summary>
    public bool IsFull(int more) =>
        _slot != 0 && Leaf.Used((Page*)_slot) + HashWidth + Leaf.EndSize
        + Math.Min(more, _small.InlineLimit) > _small.PageSize;

    /// <summary>Inserts what <see cref="TryFind"/> has not found. A lone leaf is not full.</summary>
    public void Insert(ref TreePath path, uint hash, scoped in Element entry)
    {
        if (ValueSlots.IsHead(_slot))
        {
            try
            {
                new Tree(_memory, OwnRoot(), _large).Insert(ref path, new TreeKey(hash), entry);
            }
            finally
            {
                ValueSlots.ClearIfEmpty(_memory, ref _slot);
            }
            return;
        }
        if (_slot != 0 && Lone.Width == 0 && ((Page*)_slot)->Count == FewEntries)
            AddHashes(ref path);
        var root = ValueSlots.Root(_slot);
        try
        {
            new Tree(_memory, &root, Lone).Insert(ref path, new TreeKey(hash), entry);
        }
        finally
        {
            _slot = (nint)root.Page;
        }
    }

    /// <summary>Gives a found element other bytes. A lone leaf is not full.</summary>
    public void Replace(ref TreePath path, scoped in Element entry)
    {
        if (ValueSlots.IsHead(_slot))
        {
            new Tree(_memory, OwnRoot(), _large).Replace(ref path, entry);
            return;
        }
        var root = ValueSlots.Root(_slot);
        try
        {
            new Tree(_memory, &root, Lone).Replace(ref path, entry);
        }
        finally
        {
            _slot = (nint)root.Page;
        }
    }

    public void Remove(ref TreePath path)
    {
        if (ValueSlots.IsHead(_slot))
        {
            new Tree(_memory, OwnRoot(), _large).Remove(ref path);
            ValueSlots.ClearIfEmpty(_memory, ref _slot);
            return;
        }
        var root = ValueSlots.Root(_slot);
        try
        {
            new Tree(_memory, &root, Lone).Remove(ref path);
        }
        finally
        {
            _slot = (nint)root.Page;
        }
    }

    /// <summary>Makes a tree of a lone leaf.</summary>
    /// <param name="isCompact">Whether it goes on passing for the small form.</param>
    public void Convert(bool isCompact)
    {
        var head = ValueSlots.NewHead(_memory);
        head->IsCompact = isCompact;
        try
        {
            var tree = new Tree(_memory, &head->First, _large);
            var leaf = (Page*)_slot;
            for (var i = 0; leaf != null && i < leaf->Count; i++)
                tree.TryAdd(HashAt(leaf, i), EntryAt(leaf, i), Leaf.BlobOrNull(leaf, i));
            if (leaf != null && Leaf.AnyMarked(leaf))
                HashTrees.AddTimes(_memory, head, leaf);
        }
        catch (OutOfMemoryException)
        {
            _memory.Release((Page*)head);
            throw;
        }
        ValueSlots.Exchange(_memory, ref _slot, (nint)head);
    }

    /// <summary>Has a tree no longer pass for the small form.</summary>
    public void EndCompact()
    {
        if (((ValueHead*)_slot)->IsCompact)
            ValueSlots.OwnHead(_memory, ref _slot)->IsCompact = false;
    }

    private static bool FindInLeaf(Page* leaf, uint hash, ReadOnlySpan<byte> member, out TreePath path)
    {
        path = default;
        if (leaf->Width == 0)
            return FindByName(leaf, member, ref path);
        var hashes = new ReadOnlySpan<uint>(Leaf.Keys(leaf), leaf->Count);
        for (var from = 0; ; from++)
        {
            var next = hashes[from..].IndexOf(hash);
            if (next < 0)
                break;
            from += next;
            if (!Leaf.Member(leaf, from).SequenceEqual(member))
                continue;
            path.Set(0, leaf, from);
            return true;
        }
        path.Set(0, leaf, leaf->Count);
        return false;
    }

    private static bool FindByName(Page* leaf, ReadOnlySpan<byte> member, ref TreePath path)
    {
        var at = 0;
        while (at < leaf->Count && !Leaf.Member(leaf, at).SequenceEqual(member))
            at++;
        path.Set(0, leaf, at);
        return at < leaf->Count;
    }

    private TreeKey HashAt(Page* leaf, int slot) =>
        leaf->Width == 0 ? new TreeKey(_memory.Hasher.Hash(Leaf.Member(leaf, slot))) : Leaf.Key(leaf, slot);

    /// <summary>Gives a lone leaf its column of hashes. Changes no elements.</summary>
    private void AddHashes(ref TreePath path)
    {
        var leaf = (Page*)_slot;
        var layout = _small with { Width = HashWidth };
        var capacity = LeafBuilder.CapacityFor(
            Leaf.Used(leaf) + (HashWidth * leaf->Count), layout.PageSize, isEdge: false);
        var builder = LeafBuilder.Start(_memory, layout, leaf->Count, capacity);
        for (var i = 0; i < leaf->Count; i++)
            builder.Append(HashAt(leaf, i), new Element(default, Leaf.Raw(leaf, i), flags: Leaf.Flags(leaf, i)));
        _slot = (nint)builder.Build();
        TreeRestructuring.Retire(_memory, leaf);
        path.Set(0, (Page*)_slot, path.Slot);
    }

    private static Element EntryAt(Page* leaf, int slot)
    {
        var content = Leaf.Content(leaf, slot);
        if (leaf->Kind != EntryKind.Field)
            return Element.Of(content);
        var field = FieldEntry.Parse(content);
        var flags = Leaf.IsMarked(leaf, slot) ? Leaf.Mark : (ushort)0;
        return new Element(content[..^(field.Name.Length + field.Value.Length)], field.Name, field.Value, flags);
    }

    /// <summary>The root to write to; a path from before stays valid, as the copy of a head has the same
    /// root.</summary>
    private TreeRoot* OwnRoot()
    {
        return &ValueSlots.OwnHead(_memory, ref _slot)->First;
    }
}
