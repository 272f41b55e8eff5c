namespace RedisLite.Protocol;

/// <summary>Replies that have left their writer, in the buffer that they were written to.</summary>
/// <param name="array">The buffer, owned from now on.</param>
/// <param name="length">How many bytes at its start are replies.</param>
/// <param name="parts">Large strings that stand between them, owned as well; in order.</param>
public sealed class ReplyBuffer(byte[] array, int length, List<LargePart> parts)
{
    /// <summary>The buffer: replies first, anything behind them.</summary>
    public byte[] Array { get; } = array;

    /// <summary>Bytes of replies in the buffer.</summary>
    public int Length { get; } = length;

    /// <summary>What stands between them.</summary>
    public IReadOnlyList<LargePart> Parts => parts;

    /// <summary>
    /// Gives the buffer to the next writer. Call it once, when nobody reads the replies any more, or never.
    /// </summary>
    public void Return() => PooledArray.Return(Array);
}
