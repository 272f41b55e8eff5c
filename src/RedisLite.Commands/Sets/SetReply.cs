using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Sets;

/// <summary>All members of a set: at once, or as a long reply of a set that is held.</summary>
internal sealed class SetReply : ILongReply
{
    private readonly bool _asArray;
    private HeldCollection _held;
    private long _rank = -1;

    private SetReply(HeldCollection held, bool asArray)
    {
        _held = held;
        _asArray = asArray;
    }

    /// <summary>Replies with what a key holds.</summary>
    public static void Send(ref CommandContext ctx, scoped in Entry entry, bool asArray = false)
    {
        var set = ctx.Keyspace.SetOf(entry);
        if (Collections.IsLongReply(set.Count, set.Bytes))
            ctx.ReplyFrom(new SetReply(ctx.Keyspace.Hold(entry), asArray));
        else
            WriteAll(ctx.Reply, set, asArray);
    }

    /// <summary>Replies with a set of no key.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="result">Taken over.</param>
    public static void Send(ref CommandContext ctx, ref HeldCollection result)
    {
        var taken = result;
        result = default;
        if (taken.IsEmpty)
            ctx.Reply.Set(0);
        else if (Collections.IsLongReply(taken.Set.Count, taken.Set.Bytes))
            ctx.ReplyFrom(new SetReply(taken, asArray: false));
        else
        {
            WriteAll(ctx.Reply, taken.Set, asArray: false);
            taken.Dispose();
        }
    }

    public bool WriteMore(ReplyWriter reply)
    {
        if (_rank < 0)
        {
            Begin(reply, _held.Set.Count, _asArray);
            _rank = 0;
        }

        var end = reply.Length + Collections.ReplyPiece;
        var cursor = _held.Set.At(_rank);
        for (; cursor.IsValid && reply.Length < end; cursor.MoveNext(), _rank++)
            reply.Bulk(cursor.Member);
        return cursor.IsValid;
    }

    public void Dispose() => _held.Dispose();

    private static void WriteAll(ReplyWriter reply, SetValue set, bool asArray)
    {
        Begin(reply, set.Count, asArray);
        for (var cursor = set.At(0); cursor.IsValid; cursor.MoveNext())
            reply.Bulk(cursor.Member);
    }

    private static void Begin(ReplyWriter reply, long count, bool asArray)
    {
        if (asArray)
            reply.Array((int)count);
        else
            reply.Set((int)count);
    }
}
