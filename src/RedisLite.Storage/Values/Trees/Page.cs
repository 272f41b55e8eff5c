using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>What a counted block holds.</summary>
internal enum BlockForm : byte
{
    Leaf,
    Inner,
    Head,
    Blob,
    IntSet,

    /// <summary>What a stream's pointer leads to (<see cref="StreamHead"/>).</summary>
    Stream,

    /// <summary>A consumer group or a consumer of one (<see cref="StreamMember"/>).</summary>
    StreamMember,

    /// <summary>A large string (<see cref="TextBlock"/>).</summary>
    Text,
}

/// <summary>How an entry's bytes are divided, and so which of them take part in the order.</summary>
internal enum EntryKind : byte
{
    /// <summary>All bytes are the member: sets, lists.</summary>
    Plain,

    /// <summary>Length, perhaps an expiry time, field, value (<see cref="FieldEntry"/>); the field is the
    /// member.</summary>
    Field,

    /// <summary>Eight bytes of score, then the member: a sorted set's index.</summary>
    Scored,

    /// <summary>All bytes are the member, and its blob is accounted by the index: a sorted set in order of
    /// scores.</summary>
    Ordered,

    /// <summary>The key is the whole order and the bytes are its value: streams.</summary>
    Keyed,

    /// <summary>Each entry is a <see cref="StreamMember"/>, whose name is the whole order: groups, consumers.</summary>
    Named,
}

/// <summary>The header of each counted native block of a value: leaf, inner page, head, blob, set of
/// integers.</summary>
/// <remarks>
///
///      0            4       6       8          12     13      14      15     16
///     +------------+-------+-------+----------+------+-------+-------+------+------------------------------------+
///     | references | count | heap  | capacity | form | level | width | kind | content                            |
///     +------------+-------+-------+----------+------+-------+-------+------+------------------------------------+
///                    |       leaf: bytes of its heap; inner page: number of slots
///                    entries or children
///
/// Capacity is the size asked from the allocator, header included. A large string has its length, of 32 bits, in place
/// of count and heap, and its keys (<see cref="TextBlock"/>) in place of width and kind.
///
/// INVARIANT: a block is written only by whoever holds its only reference, reached through pages that are held alone
/// as well. References are taken by <see cref="ValueMemory.Retain"/> and dropped by <see cref="ValueMemory.Release"/>.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = HeaderSize)]
internal struct Page
{
    public const int HeaderSize = 16;

    [FieldOffset(0)] public int References;
    [FieldOffset(4)] public ushort Count;
    [FieldOffset(6)] public ushort Heap;
    [FieldOffset(4)] public int TextLength;
    [FieldOffset(8)] public int Capacity;
    [FieldOffset(12)] public BlockForm Form;
    [FieldOffset(13)] public byte Level;
    [FieldOffset(14)] public byte Width;
    [FieldOffset(15)] public EntryKind Kind;
    [FieldOffset(14)] public ushort TextKeys;

    /// <summary>Whether nobody else holds the block. A stale answer errs towards "shared", which costs a
    /// copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe bool IsOwned(Page* page) => Volatile.Read(ref page->References) == 1;
}
