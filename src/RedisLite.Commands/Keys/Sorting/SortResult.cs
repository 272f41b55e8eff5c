using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>What a SORT returns, in its order: elements, or what GET found for them.</summary>
/// <param name="strings">All of them.</param>
/// <param name="order">Which, in which order; null for all, as they stand.</param>
internal sealed class SortResult(ByteStrings strings, int[]? order)
{
    public int Count => order?.Length ?? strings.Count;

    /// <summary>Nothing where GET found nothing.</summary>
    public ReadOnlySpan<byte> this[int index] => strings[order?[index] ?? index];

    public bool IsMissing(int index) => strings.IsMissing(order?[index] ?? index);
}

/// <summary>A SORT's reply, some KiB at a time.</summary>
internal sealed class SortReply(SortResult result) : ILongReply
{
    private const int PieceSize = 16 * 1024;

    private int _done;

    public bool WriteMore(ReplyWriter reply)
    {
        if (_done == 0)
            reply.Array(result.Count);
        for (var stop = reply.Length + PieceSize; _done < result.Count && reply.Length < stop; _done++)
        {
            if (result.IsMissing(_done))
                reply.Null();
            else
                reply.Bulk(result[_done]);
        }

        return _done < result.Count;
    }

    public void Dispose()
    {
    }
}
