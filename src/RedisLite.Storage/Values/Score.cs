namespace RedisLite.Storage.Values;

/// <summary>Scores as numbers that order like them.</summary>
/// <remarks>
/// The bits of a double order like it once negative ones are inverted and the sign of the others is set. Neighbours are
/// neighbouring doubles, which turns an exclusive bound into an inclusive one. Minus zero equals zero in the order;
/// what is stored beside the order keeps its sign, one below zero.
/// </remarks>
internal static class Score
{
    private const ulong Sign = 1UL << 63;

    /// <summary>Minus zero as it is stored.</summary>
    public const ulong MinusZero = Sign - 1;

    /// <summary>Zero of either sign in the order.</summary>
    public const ulong Zero = Sign;

    /// <summary>The place of a score in the order.</summary>
    public static ulong ToKey(double score) => OrderOf(ToStored(score));

    /// <summary>A score with the sign of a zero.</summary>
    public static ulong ToStored(double score)
    {
        var bits = BitConverter.DoubleToUInt64Bits(score);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    /// <summary>The place in the order of a score that is stored.</summary>
    public static ulong OrderOf(ulong stored) => stored == MinusZero ? Zero : stored;

    public static double FromKey(ulong key) =>
        BitConverter.UInt64BitsToDouble((key & Sign) != 0 ? key & ~Sign : ~key);
}
