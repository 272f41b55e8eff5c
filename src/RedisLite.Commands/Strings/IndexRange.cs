namespace RedisLite.Commands.Strings;

/// <summary>
/// The ranges of GETRANGE, BITCOUNT and BITPOS: both ends included, negative ones counted from the end.
/// </summary>
internal static class IndexRange
{
    /// <summary>Brings a range within a length. False when it is empty.</summary>
    /// <remarks>Redis's rule: an end before the first element becomes the first element.</remarks>
    /// <param name="start">As the client gave it.</param>
    /// <param name="end">As the client gave it.</param>
    /// <param name="length">Elements that there are: bytes or bits.</param>
    /// <param name="first">From 0 to <paramref name="last"/>.</param>
    /// <param name="last">Less than <paramref name="length"/>.</param>
    public static bool TryResolve(long start, long end, long length, out long first, out long last)
    {
        first = FromStart(start, length);
        last = Math.Min(FromStart(end, length), length - 1);
        return first <= last;
    }

    /// <summary>
    /// Whether both ends are negative and the wrong way round: empty for GETRANGE and BITCOUNT even where the rule
    /// above would make both the first element. BITPOS does not ask.
    /// </summary>
    public static bool IsReversed(long start, long end) => start < 0 && end < 0 && start > end;

    private static long FromStart(long index, long length) => index >= 0 ? index : Math.Max(0, length + index);
}
