using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>A consumer group of a stream, or a consumer of a group: a counted block with its name at the end.</summary>
/// <remarks>
/// <code>
///   | header | pending | consumers | last ID, entries read, bytes of consumers | seen, active | name .. |
///                         \________________ of a group ___________________/      of a consumer
/// </code>
/// Stands in a tree of <see cref="TreeLayout.Named"/> as a blob does, and is copied before a write when it is shared.
///
/// INVARIANT: the roots begin where those of a <see cref="ValueHead"/> do.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct StreamMember
{
    public Page Header;

    /// <summary>By ID: of a group what <see cref="StreamPending"/> reads, of a consumer nothing more.</summary>
    public TreeRoot Pending;

    public TreeRoot Consumers;
    public StreamId LastId;
    public long EntriesRead;

    /// <summary>Bytes of what is pending at the consumers.</summary>
    public long ConsumerBytes;

    public long SeenAtMs;
    public long ActiveAtMs;

    /// <summary>Bytes of the trees below a group.</summary>
    public static long BytesBelow(StreamMember* group) =>
        group->Pending.Bytes + group->Consumers.Bytes + group->ConsumerBytes;

    public static ReadOnlySpan<byte> NameOf(Page* member) =>
        new((byte*)member + sizeof(StreamMember), member->Capacity - sizeof(StreamMember));

    /// <summary>A member with one reference and nothing in it.</summary>
    public static StreamMember* Make(ValueMemory memory, scoped ReadOnlySpan<byte> name)
    {
        var member = (StreamMember*)memory.Allocate(
            BlockForm.StreamMember, checked(sizeof(StreamMember) + name.Length));
        new Span<byte>((byte*)member + Page.HeaderSize, sizeof(StreamMember) - Page.HeaderSize).Clear();
        name.CopyTo(new Span<byte>((byte*)member + sizeof(StreamMember), name.Length));
        return member;
    }

    public static StreamMember* Find(in TreeRoot root, scoped ReadOnlySpan<byte> name)
    {
        TreePath path = default;
        if (root.Page == null || !TreeSearch.Find(root.Page, default, name, ref path))
            return null;
        return (StreamMember*)Leaf.Blob(path.Leaf, path.Slot);
    }

    /// <summary>Puts a new member into its tree; false if there is one of that name.</summary>
    public static bool TryAdd(ValueMemory memory, TreeRoot* root, scoped ReadOnlySpan<byte> name, StreamMember* member)
    {
        var added = false;
        try
        {
            added = new Tree(memory, root, TreeLayout.Named).TryAdd(default, Element.Of(name), &member->Header);
        }
        finally
        {
            // The tree has taken a reference of its own.
            memory.Release(&member->Header);
        }
        return added;
    }

    /// <summary>The member of a name, to be written to: copied before if it is shared; null if there is none.</summary>
    /// <remarks>Stays where it is until the tree is shared again, whatever is added and removed beside it.</remarks>
    public static StreamMember* Own(ValueMemory memory, TreeRoot* root, scoped ReadOnlySpan<byte> name)
    {
        if (root->Page == null)
            return null;
        var tree = new Tree(memory, root, TreeLayout.Named);
        if (!tree.Find(default, name, out var path))
            return null;
        tree.Own(ref path);
        var member = Leaf.Blob(path.Leaf, path.Slot);
        if (Page.IsOwned(member))
            return (StreamMember*)member;
        var copy = (StreamMember*)memory.Clone(member);
        if (copy->Pending.Page != null)
            ValueMemory.Retain(copy->Pending.Page);
        if (copy->Consumers.Page != null)
            ValueMemory.Retain(copy->Consumers.Page);
        Unsafe.WriteUnaligned(Leaf.Heap(path.Leaf) + Leaf.Start(path.Leaf, path.Slot), (nint)copy);
        memory.Release(member);
        return copy;
    }
}
