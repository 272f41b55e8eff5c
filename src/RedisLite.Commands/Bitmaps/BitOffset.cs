using RedisLite.Commands.Strings;
using RedisLite.Protocol;

namespace RedisLite.Commands.Bitmaps;

/// <summary>Positions of bits as clients give them.</summary>
internal static class BitOffset
{
    /// <summary>
    /// Reads an offset that lies within the longest string allowed; replies the error when it does not.
    /// </summary>
    /// <param name="ctx">Gets the error.</param>
    /// <param name="argument">The offset's index.</param>
    /// <param name="offset">In bits.</param>
    /// <param name="fieldWidth">For BITFIELD, whose <c>#2</c> means two fields further; 0 where that is not
    /// allowed.</param>
    public static bool TryRead(ref CommandContext ctx, int argument, out long offset, int fieldWidth = 0)
    {
        var text = ctx.Args[argument];
        var inFields = fieldWidth > 0 && text is [(byte)'#', ..];
        if (RedisNumbers.TryParseInt64(inFields ? text[1..] : text, out offset)
            && offset >= 0
            && (!inFields || offset <= long.MaxValue / fieldWidth))
        {
            if (inFields)
                offset *= fieldWidth;
            if (offset / 8 < StringWrites.LongestAllowed(ref ctx))
                return true;
        }

        ctx.Reply.Error(Errors.BitOffsetOutOfRange);
        return false;
    }

    /// <summary>
    /// The bytes that a string needs to hold these bits; replies the error when no string can be that long.
    /// </summary>
    /// <remarks>
    /// An offset within the limit lets a field end a few bytes beyond it, as in Redis; a record's own limit does not.
    /// </remarks>
    public static bool TryGetLength(ref CommandContext ctx, long lastBit, out int length)
    {
        var bytes = (lastBit / 8) + 1;
        length = (int)Math.Min(bytes, Keyspace.MaxValueLength);
        if (bytes == length)
            return true;
        ctx.Reply.Error(Errors.BitOffsetOutOfRange);
        return false;
    }
}
