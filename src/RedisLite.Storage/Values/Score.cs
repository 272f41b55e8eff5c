namespace RedisLite.Storage.Values;

/// <summary>Scores as numbers that order like them.</summary>
/// <remarks>
/// The bits of a double order like it once negative ones are inverted and the sign of the others is set. Minus zero
/// equals
/// zero, so it becomes zero. Neighbours are neighbouring doubles, which turns an exclusive bound into an inclusive one.
/// </remarks>
internal static class Score
{
    private const ulong Sign = 1UL << 63;

    public static ulong ToKey(double score)
    {
        var bits = BitConverter.DoubleToUInt64Bits(score == 0 ? 0 : score);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    public static double FromKey(ulong key) =>
        BitConverter.UInt64BitsToDouble((key & Sign) != 0 ? key & ~Sign : ~key);
}
