namespace RedisLite.Storage.Values.Trees;

/// <summary>The constants of one kind of tree.</summary>
/// <param name="Width">Bytes of the key column: 0, 4, 8 or 16.</param>
/// <param name="Kind">How entries are divided.</param>
/// <param name="PageSize">Largest size of a leaf, header included.</param>
/// <param name="InlineLimit">Largest entry that stands in its leaf; longer ones are blobs behind a pointer.</param>
internal readonly record struct TreeLayout(int Width, EntryKind Kind, int PageSize, int InlineLimit)
{
    // A leaf's ends have 14 bits for the position.
    private const int LoneLeaf = 16_384;
    private const int QuarterPage = 240;

    // From here on one blob for both trees is smaller than the member in each of them.
    private const int SharedMember = 48;

    /// <summary>Fields by hash.</summary>
    public static TreeLayout Fields => new(4, EntryKind.Field, 1024, QuarterPage);

    /// <summary>Fields that expire, by time.</summary>
    public static TreeLayout Times => new(8, EntryKind.Plain, 1024, QuarterPage);

    /// <summary>Members of a set by hash.</summary>
    public static TreeLayout Members => new(4, EntryKind.Plain, 1024, QuarterPage);

    /// <summary>Members of a sorted set by hash, with their scores.</summary>
    public static TreeLayout Scored => new(4, EntryKind.Scored, 1024, SharedMember);

    /// <summary>Members of a sorted set by score.</summary>
    public static TreeLayout Ordered => new(8, EntryKind.Ordered, 1024, SharedMember);

    /// <summary>A list: by position only.</summary>
    public static TreeLayout Positions => new(0, EntryKind.Plain, 4096, 1000);

    /// <summary>A stream: by an identifier of 16 bytes.</summary>
    public static TreeLayout Identified => new(16, EntryKind.Keyed, 4096, 1000);

    /// <summary>What is known of a stream's entries beside them: by the same identifier.</summary>
    public static TreeLayout Pending => new(16, EntryKind.Keyed, 1024, QuarterPage);

    /// <summary>Groups and consumers by name: blocks of their own, all of them.</summary>
    public static TreeLayout Named => new(0, EntryKind.Named, 1024, -1);

    /// <summary>
    /// A small hash: one leaf in the order of insertion, with a column of hashes once it has more than a few.
    /// </summary>
    public static TreeLayout SmallFields => new(0, EntryKind.Field, LoneLeaf, QuarterPage);

    /// <summary>A small sorted set: one leaf in order of scores, which is not an index's second half.</summary>
    public static TreeLayout SmallOrdered => new(8, EntryKind.Plain, LoneLeaf, QuarterPage);

    /// <summary>Whether blobs count into the bytes of the tree.</summary>
    public bool CountsBlobs => Kind != EntryKind.Ordered;

    public bool KeepsInline(scoped in Element entry) =>
        (Kind == EntryKind.Scored ? entry.Member.Length : entry.Length) <= InlineLimit;
}
