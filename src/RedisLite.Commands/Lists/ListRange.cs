using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>Elements of a list that follow each other, as a command replies them.</summary>
/// <param name="First">Where it begins, counted from 0.</param>
/// <param name="Count">How many elements.</param>
/// <param name="Backwards">Whether they go towards the list's beginning.</param>
internal readonly record struct ListRange(long First, long Count, bool Backwards = false)
{
    // Replies beyond these are written after the stripe is released, as the client takes them.
    private const long MostElements = 1000;
    private const long MostBytes = 64 * 1024;

    /// <summary>
    /// The range between two positions, both included, negative ones counted from the end; empty where Redis's is.
    /// </summary>
    public static ListRange Between(long start, long stop, long length)
    {
        var first = Math.Max(0, start < 0 ? start + length : start);
        var last = Math.Min(stop < 0 ? stop + length : stop, length - 1);
        return first > last ? default : new ListRange(first, last - first + 1);
    }

    /// <summary>Elements at an end, as they would be taken from it one by one.</summary>
    public static ListRange At(ListEnd end, long count, long length) =>
        end == ListEnd.Left ? new ListRange(0, count) : new ListRange(length - 1, count, Backwards: true);

    /// <summary>Whether a reply of it is too long to be written under the stripe.</summary>
    public bool IsLong(ListValue list) =>
        Count > MostElements || (list.Bytes > MostBytes && list.Bytes / list.Count * Count > MostBytes);

    /// <summary>Replies the elements as an array.</summary>
    /// <param name="ctx">The command.</param>
    /// <param name="entry">The list.</param>
    /// <param name="key">Null, or the key that stands before the array, in a pair.</param>
    public void Reply(scoped ref CommandContext ctx, scoped in Entry entry, byte[]? key = null)
    {
        var list = ctx.Keyspace.ListOf(entry);
        if (IsLong(list))
        {
            ctx.ReplyFrom(new ListRangeReply(ctx.Keyspace.Hold(entry), this, key));
            return;
        }

        WriteHeader(ctx.Reply, key);
        Write(ctx.Reply, list, 0, int.MaxValue);
    }

    public void WriteHeader(ReplyWriter reply, byte[]? key)
    {
        if (key is not null)
        {
            reply.Array(2);
            reply.Bulk(key);
        }

        reply.Array((int)Count);
    }

    /// <summary>Writes elements until the reply has a length.</summary>
    /// <param name="reply">Gets them.</param>
    /// <param name="list">The list.</param>
    /// <param name="done">How many have been written already.</param>
    /// <param name="length">Where to stop.</param>
    /// <returns>How many are written now.</returns>
    public long Write(ReplyWriter reply, ListValue list, long done, int length)
    {
        var cursor = list.At(Backwards ? First - done : First + done);
        for (; done < Count && reply.Length < length; done++)
        {
            reply.Bulk(cursor.Element);
            _ = Backwards ? cursor.MovePrevious() : cursor.MoveNext();
        }

        return done;
    }
}

/// <summary>The reply of a long range: reads the list as it was when the command ran, some KiB at a time.</summary>
internal sealed class ListRangeReply(HeldCollection list, ListRange range, byte[]? key) : ILongReply
{
    private const int PieceSize = 16 * 1024;

    private HeldCollection _list = list;
    private long _done;

    public bool WriteMore(ReplyWriter reply)
    {
        if (_done == 0)
            range.WriteHeader(reply, key);
        _done = range.Write(reply, _list.List, _done, reply.Length + PieceSize);
        return _done < range.Count;
    }

    public void Dispose() => _list.Dispose();
}
