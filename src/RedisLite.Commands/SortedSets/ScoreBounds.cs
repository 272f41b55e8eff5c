using System.Buffers;
using System.Globalization;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>
/// A range of scores as clients write it: <c>1.5</c>, <c>(1.5</c> without the bound itself, <c>-inf</c>.
/// </summary>
internal readonly record struct ScoreBounds(double Min, bool WithoutMin, double Max, bool WithoutMax)
{
    private const NumberStyles Decimal =
        NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingSign;

    private static readonly SearchValues<byte> DecimalCharacters = SearchValues.Create("0123456789.eE+-"u8);

    public static bool TryParse(ReadOnlySpan<byte> min, ReadOnlySpan<byte> max, out ScoreBounds bounds)
    {
        var isValid = TryParse(min, out var low, out var withoutLow) & TryParse(max, out var high, out var withoutHigh);
        bounds = new ScoreBounds(low, withoutLow, high, withoutHigh);
        return isValid;
    }

    /// <summary>The ranks of the members whose scores lie within.</summary>
    public RankRange In(SortedSetValue set) =>
        RankRange.Between(set.CountBelow(Min, inclusive: WithoutMin), set.CountBelow(Max, inclusive: !WithoutMax));

    /// <summary>
    /// Reads a bound as Redis does, by C's strtod: spaces may stand before it, nothing is zero, too much is infinity.
    /// </summary>
    private static bool TryParse(ReadOnlySpan<byte> text, out double score, out bool isExclusive)
    {
        isExclusive = text is [(byte)'(', ..];
        if (isExclusive)
            text = text[1..];
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        score = 0;
        if (text.IsEmpty)
            return true;
        text = text.TrimStart(" \t\n\v\f\r"u8);
        if (RedisNumbers.TryParseDouble(text, out score))
            return true;

        // What is left are numbers beyond the range of a double, and what is none.
        return !text.ContainsAnyExcept(DecimalCharacters)
            && double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out score);
    }
}
