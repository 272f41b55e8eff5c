using System.Security.Cryptography;

namespace RedisLite.Replication;

/// <summary>
/// Which stream this server's data is the outcome of: what lets a replica go on where it was. Immutable.
/// </summary>
/// <remarks>
/// A stream has an ID, and its bytes have offsets. A server that is promoted begins a new stream that shares the
/// beginning with the old one, so it answers to two IDs; to the old one only for what was before the promotion:
/// <code>
///   previous  aaaa  ...-------------------|               PreviousEnd: the first offset that is not of it
///   current   bbbb  ...-------------------+---------------> log.End
///                                         ^ promoted
/// </code>
/// The log counts its own positions, which never go back; an offset is a position plus <see cref="Shift"/>, which
/// changes when a full copy puts this server into another stream.
/// </remarks>
/// <param name="Id">40 hexadecimal digits.</param>
/// <param name="PreviousId">The ID before the promotion; zeros for none.</param>
/// <param name="PreviousEnd">The first offset that is not the previous stream's, counted from 1; -1 for none.</param>
/// <param name="Shift">What is added to a position of the log to have an offset.</param>
internal sealed record ReplicationHistory(string Id, string PreviousId, long PreviousEnd, long Shift)
{
    private static readonly string NoId = new('0', 40);

    /// <summary>A stream that nobody knows.</summary>
    public static ReplicationHistory New() => new(NewId(), NoId, -1, 0);

    /// <summary>The offset of a position: how many bytes of the stream are before it.</summary>
    public long OffsetOf(long position) => position + Shift;

    /// <summary>The position of an offset.</summary>
    public long PositionOf(long offset) => offset - Shift;

    /// <summary>The same place in a stream that nobody knows: what is before it can be continued by nobody.</summary>
    public ReplicationHistory Renewed() => this with { Id = NewId(), PreviousId = NoId, PreviousEnd = -1 };

    /// <summary>
    /// A stream that nobody knows, and whose offsets go on from one: they stood still, and the log's positions did not.
    /// </summary>
    /// <param name="offset">The offset to go on from.</param>
    /// <param name="position">The log's end.</param>
    public ReplicationHistory RenewedAt(long offset, long position) => Renewed() with { Shift = offset - position };

    /// <summary>
    /// The stream before the promotion again, if nothing was written since: others know that one, and not this.
    /// </summary>
    /// <param name="position">The log's end.</param>
    public ReplicationHistory Unpromoted(long position) =>
        PreviousId != NoId && PreviousEnd == OffsetOf(position) + 1
            ? this with { Id = PreviousId, PreviousId = Id } : this;

    /// <summary>This server's own stream begins here.</summary>
    /// <param name="position">The log's end.</param>
    public ReplicationHistory Promoted(long position) =>
        this with { Id = NewId(), PreviousId = Id, PreviousEnd = OffsetOf(position) + 1 };

    /// <summary>The stream of a full copy.</summary>
    /// <param name="id">Its ID.</param>
    /// <param name="offset">The copy's.</param>
    /// <param name="position">The log's end.</param>
    public static ReplicationHistory Copied(string id, long offset, long position) =>
        new(id, NoId, -1, offset - position);

    /// <summary>The primary goes on with this stream, under an ID that may be new: it was promoted itself.</summary>
    /// <param name="id">The ID.</param>
    /// <param name="position">The log's end.</param>
    public ReplicationHistory Continued(string id, long position) =>
        id == Id ? this : this with { Id = id, PreviousId = Id, PreviousEnd = OffsetOf(position) + 1 };

    /// <summary>Where a replica can go on if the log still has it; null when it followed another stream.</summary>
    /// <param name="id">The stream that the replica knows.</param>
    /// <param name="offset">The first byte that it lacks, counted from 1.</param>
    public long? Find(string id, long offset) =>
        id == Id || (id == PreviousId && offset <= PreviousEnd) ? PositionOf(offset - 1) : null;

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
}
