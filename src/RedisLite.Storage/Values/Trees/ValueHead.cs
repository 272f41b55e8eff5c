using System.Runtime.InteropServices;

namespace RedisLite.Storage.Values.Trees;

/// <summary>A tree as its owner knows it: the root page (null: empty), its elements, and the bytes of its pages and
/// blobs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TreeRoot
{
    public Page* Page;
    public long Count;
    public long Bytes;
}

/// <summary>What a large value's pointer leads to. Counted and copied before a write as pages are.</summary>
/// <remarks>
///
///      0         16      24      32      40      48      56      64
///     +---------+-------+-------+-------+-------+-------+-------+
///     | header  | root  | count | bytes | root  | count | bytes |
///     +---------+-------+-------+-------+-------+-------+-------+
///                \____ first _________/  \____ second: a sorted set's order of scores, a hash's of the times of fields
///
/// The header's count is 1 while the value still passes for its small form (<see cref="IsCompact"/>).
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct ValueHead
{
    public Page Header;
    public TreeRoot First;
    public TreeRoot Second;

    /// <summary>Whether the thresholds of the small form were never passed, though a lone leaf was too small.</summary>
    public bool IsCompact
    {
        readonly get => Header.Count != 0;
        set => Header.Count = value ? (ushort)1 : (ushort)0;
    }
}
