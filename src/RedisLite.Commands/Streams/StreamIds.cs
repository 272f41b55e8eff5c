using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Streams;

/// <summary>Stream IDs as clients write them, and the IDs beside an ID.</summary>
internal static class StreamIds
{
    private const int LongestText = 127;

    public static StreamId Highest => new(ulong.MaxValue, ulong.MaxValue);

    /// <summary>Reads "ms-seq" or "ms"; replies the error otherwise.</summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="argument">Index of the argument.</param>
    /// <param name="missing">The sequence that "ms" alone means.</param>
    /// <param name="id">What was read.</param>
    public static bool TryRead(scoped ref CommandContext ctx, int argument, ulong missing, out StreamId id)
    {
        if (TryParse(ctx.Args[argument], missing, out id))
            return true;
        ctx.Reply.Error(StreamErrors.InvalidId);
        return false;
    }

    /// <summary>Reads the start of a range: "-", "+", an ID, or one behind "(" for the next one.</summary>
    public static bool TryReadStart(scoped ref CommandContext ctx, int argument, out StreamId id)
    {
        if (!TryReadEdge(ref ctx, argument, 0, out id, out var isExclusive))
            return false;
        if (!isExclusive || TryNext(id, out id))
            return true;
        ctx.Reply.Error(StreamErrors.InvalidStart);
        return false;
    }

    /// <summary>Reads the end of a range: "-", "+", an ID, or one behind "(" for the one before.</summary>
    public static bool TryReadEnd(scoped ref CommandContext ctx, int argument, out StreamId id)
    {
        if (!TryReadEdge(ref ctx, argument, ulong.MaxValue, out id, out var isExclusive))
            return false;
        if (!isExclusive || TryPrevious(id, out id))
            return true;
        ctx.Reply.Error(StreamErrors.InvalidEnd);
        return false;
    }

    public static bool TryParse(ReadOnlySpan<byte> text, ulong missing, out StreamId id)
    {
        id = default;
        if (text.Length > LongestText)
            return false;
        var dash = text.IndexOf((byte)'-');
        var sequence = missing;
        if (dash >= 0 && !TryParseNumber(text[(dash + 1)..], out sequence))
            return false;
        if (!TryParseNumber(dash < 0 ? text : text[..dash], out var milliseconds))
            return false;
        id = new StreamId(milliseconds, sequence);
        return true;
    }

    /// <summary>
    /// Reads an unsigned number as C's <c>strtoull</c> does, leading blanks, sign and zeros included.
    /// </summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> text, out ulong value)
    {
        if (RedisNumbers.TryParseInt64(text, out var signed))
        {
            value = (ulong)signed;
            return signed >= 0;
        }
        value = 0;
        text = text.TrimStart(" \t\n\v\f\r"u8);
        var isNegative = text is [(byte)'-', ..];
        if (text is [(byte)'-' or (byte)'+', ..])
            text = text[1..];
        if (text.IsEmpty)
            return false;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit) || value > (ulong.MaxValue - (uint)(digit - '0')) / 10)
                return false;
            value = (value * 10) + (uint)(digit - '0');
        }
        value = isNegative ? 0 - value : value;
        return true;
    }

    /// <summary>The next higher ID; 0-0 and false behind the highest.</summary>
    public static bool TryNext(StreamId id, out StreamId next)
    {
        next = id.Sequence != ulong.MaxValue
            ? id with { Sequence = id.Sequence + 1 }
            : new StreamId(unchecked(id.Milliseconds + 1), 0);
        return next != default;
    }

    public static bool TryPrevious(StreamId id, out StreamId previous)
    {
        previous = id.Sequence != 0
            ? id with { Sequence = id.Sequence - 1 }
            : new StreamId(unchecked(id.Milliseconds - 1), ulong.MaxValue);
        return id != default;
    }

    public static void Bulk(ReplyWriter writer, StreamId id)
    {
        Span<byte> text = stackalloc byte[StreamId.MaxTextLength];
        writer.Bulk(text[..id.Format(text)]);
    }

    private static bool TryReadEdge(
        scoped ref CommandContext ctx, int argument, ulong missing, out StreamId id, out bool isExclusive)
    {
        var text = ctx.Args[argument];
        isExclusive = text.Length > 1 && text[0] == '(';
        id = default;
        if (text is [(byte)'-'])
            return true;
        id = Highest;
        if (text is [(byte)'+'] || TryParse(isExclusive ? text[1..] : text, missing, out id))
            return true;
        ctx.Reply.Error(StreamErrors.InvalidId);
        return false;
    }
}
