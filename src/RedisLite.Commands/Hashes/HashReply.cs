using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// All live fields of a hash, their values or both: at once, or as a long reply of a hash that is held.
/// </summary>
internal sealed class HashReply : ILongReply
{
    private readonly HashParts _parts;
    private readonly long _nowMs;
    private readonly long _count;
    private readonly bool _inPairs;
    private HeldCollection _held;
    private bool _isBegun;
    private long _rank;

    private HashReply(HeldCollection held, HashParts parts, bool inPairs, long nowMs, long count)
    {
        _held = held;
        _parts = parts;
        _inPairs = inPairs;
        _nowMs = nowMs;
        _count = count;
    }

    /// <summary>Replies with a map for both parts, else an array.</summary>
    public static void Send(ref CommandContext ctx, scoped in Entry entry, HashParts parts) =>
        Send(ref ctx, entry, parts, inPairs: false);

    /// <summary>Replies with an array, as HRANDFIELD has it: of arrays of two in RESP3 for both parts.</summary>
    public static void SendAsArray(ref CommandContext ctx, scoped in Entry entry, HashParts parts) =>
        Send(ref ctx, entry, parts, inPairs: true);

    public bool WriteMore(ReplyWriter reply)
    {
        if (!_isBegun)
            Begin(reply, _parts, _inPairs, _count);
        _isBegun = true;
        return WritePiece(_held.Hash, reply, reply.Length + Collections.ReplyPiece);
    }

    public void Dispose() => _held.Dispose();

    /// <summary>Writes the header of an array of fields.</summary>
    public static void BeginArray(ReplyWriter reply, HashParts parts, long count) =>
        reply.Array((int)(parts == HashParts.Both && reply.Format != ReplyFormat.Resp3 ? 2 * count : count));

    /// <summary>Writes one field of <see cref="BeginArray"/>.</summary>
    public static void WriteItem(ReplyWriter reply, HashParts parts, in HashCursor cursor)
    {
        if (parts == HashParts.Both && reply.Format == ReplyFormat.Resp3)
            reply.Array(2);
        Write(reply, parts, cursor);
    }

    private static void Send(ref CommandContext ctx, scoped in Entry entry, HashParts parts, bool inPairs)
    {
        var hash = ctx.Keyspace.HashOf(entry);
        var nowMs = LiveHash.ClockOf(ctx);
        var count = new LiveHash(hash, nowMs).Count;
        if (Collections.IsLongReply(count, hash.Bytes))
        {
            ctx.ReplyFrom(new HashReply(ctx.Keyspace.Hold(entry), parts, inPairs, nowMs, count));
            return;
        }

        Begin(ctx.Reply, parts, inPairs, count);
        for (var cursor = hash.At(0); cursor.IsValid; cursor.MoveNext())
        {
            if (LiveHash.IsExpired(cursor.ExpireAtMs, nowMs))
                continue;
            if (inPairs)
                WriteItem(ctx.Reply, parts, cursor);
            else
                Write(ctx.Reply, parts, cursor);
        }
    }

    private static void Begin(ReplyWriter reply, HashParts parts, bool inPairs, long count)
    {
        if (inPairs)
            BeginArray(reply, parts, count);
        else if (parts == HashParts.Both)
            reply.Map((int)count);
        else
            reply.Array((int)count);
    }

    private static void Write(ReplyWriter reply, HashParts parts, in HashCursor cursor)
    {
        if (parts.HasFlag(HashParts.Fields))
            reply.Bulk(cursor.Field);
        if (parts.HasFlag(HashParts.Values))
            reply.Bulk(cursor.Value);
    }

    private bool WritePiece(HashValue hash, ReplyWriter reply, int end)
    {
        var cursor = hash.At(_rank);
        for (; cursor.IsValid && reply.Length < end; cursor.MoveNext(), _rank++)
        {
            if (LiveHash.IsExpired(cursor.ExpireAtMs, _nowMs))
                continue;
            if (_inPairs)
                WriteItem(reply, _parts, cursor);
            else
                Write(reply, _parts, cursor);
        }

        return cursor.IsValid;
    }
}
