using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>How members stand in a reply.</summary>
internal enum MemberShape
{
    /// <summary>Without scores.</summary>
    Names,

    /// <summary>member, score, member, score, ..</summary>
    Flat,

    /// <summary>An array of two for each.</summary>
    Pairs,
}

/// <summary>Replies members in the order of a walk, with their scores if they are wanted.</summary>
/// <remarks>
/// Short replies are written at once. Longer ones hold the sorted set as it is now and are written as the client takes
/// them.
/// </remarks>
internal sealed class MemberReply : ILongReply
{
    // Beyond either a reply is a long one.
    private const int MostMembers = 1000;
    private const int MostBytes = 64 * 1024;

    private const int PieceBytes = 16 * 1024;

    private readonly MemberShape _shape;
    private HeldCollection _set;
    private MemberWalk _left;
    private bool _hasBegun;

    private MemberReply(HeldCollection set, MemberWalk walk, MemberShape shape)
    {
        _set = set;
        _left = walk;
        _shape = shape;
    }

    /// <summary>Pairs where the protocol has nested arrays for members with scores.</summary>
    public static MemberShape ShapeOf(ReplyWriter reply, bool withScores) =>
        !withScores ? MemberShape.Names : reply.Format == ReplyFormat.Resp3 ? MemberShape.Pairs : MemberShape.Flat;

    /// <summary>Replies an array of members of an entry.</summary>
    public static void Write(scoped ref CommandContext ctx, scoped in Entry entry, MemberWalk walk, MemberShape shape)
    {
        if (!TryWrite(ctx.Reply, ctx.Keyspace.SortedSetOf(entry), walk, shape))
            ctx.ReplyFrom(new MemberReply(ctx.Keyspace.Hold(entry), walk, shape));
    }

    /// <summary>Replies an array of members of a sorted set of no key.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="set">Handed over; empty afterwards.</param>
    /// <param name="walk">Ranks that exist.</param>
    /// <param name="shape">Of the reply.</param>
    public static void Write(scoped ref CommandContext ctx, ref HeldCollection set, MemberWalk walk, MemberShape shape)
    {
        if (walk.Count == 0 || TryWrite(ctx.Reply, set.SortedSet, walk, shape))
        {
            if (walk.Count == 0)
                ctx.Reply.Array(0);
            set.Dispose();
            return;
        }

        var handedOver = set;
        set = default;
        ctx.ReplyFrom(new MemberReply(handedOver, walk, shape));
    }

    /// <inheritdoc/>
    public bool WriteMore(ReplyWriter reply)
    {
        if (!_hasBegun)
            WriteHeader(reply, _left.Count, _shape);
        _hasBegun = true;
        _left = WriteMembers(reply, _set.SortedSet, _left, _shape, reply.Length + PieceBytes);
        return _left.Count != 0;
    }

    public void Dispose() => _set.Dispose();

    /// <summary>Starts the array of a number of members.</summary>
    public static void WriteHeader(ReplyWriter reply, long count, MemberShape shape) =>
        reply.Array(checked((int)(shape == MemberShape.Flat ? count * 2 : count)));

    /// <summary>One member within the array.</summary>
    public static void WriteMember(ReplyWriter reply, ReadOnlySpan<byte> member, double score, MemberShape shape)
    {
        if (shape == MemberShape.Pairs)
            reply.Array(2);
        reply.Bulk(member);
        if (shape != MemberShape.Names)
            reply.Double(score);
    }

    /// <summary>Writes members until all are written or the reply is so long.</summary>
    /// <returns>What is left.</returns>
    public static MemberWalk WriteMembers(
        ReplyWriter reply, SortedSetValue set, MemberWalk walk, MemberShape shape, int mostLength = int.MaxValue)
    {
        if (walk.Count == 0)
            return walk;
        var left = walk.Count;
        for (var cursor = set.At(walk.Start); left > 0 && reply.Length < mostLength; left--)
        {
            WriteMember(reply, cursor.Member, cursor.Score, shape);
            if (walk.IsReversed)
                cursor.MovePrevious();
            else
                cursor.MoveNext();
        }

        var written = walk.Count - left;
        return walk with { Start = walk.IsReversed ? walk.Start - written : walk.Start + written, Count = left };
    }

    private static bool TryWrite(ReplyWriter reply, SortedSetValue set, MemberWalk walk, MemberShape shape)
    {
        if (walk.Count > MostMembers)
            return false;
        var start = reply.Length;
        WriteHeader(reply, walk.Count, shape);
        if (WriteMembers(reply, set, walk, shape, start + MostBytes).Count == 0)
            return true;
        reply.Truncate(start);
        return false;
    }
}
