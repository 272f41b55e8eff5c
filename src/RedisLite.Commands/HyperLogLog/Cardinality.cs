namespace RedisLite.Commands.HyperLogLog;

/// <summary>Estimates how many elements were added, from how many registers have which value.</summary>
/// <remarks>
/// The estimator of Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), which needs no
/// correction for small or large sets. The order of the floating-point operations is part of the result: a value
/// counted here and in Redis must give the same number.
/// </remarks>
internal static class Cardinality
{
    /// <summary>Register values are 0 to 63.</summary>
    public const int HistogramLength = 64;

    /// <summary>1 / (2 ln 2).</summary>
    private const double Alpha = 0.721347520444481703680;

    /// <summary>
    /// What C makes of a number that no 64-bit integer can hold, which only a value made by hand can give.
    /// </summary>
    private const long Unrepresentable = long.MinValue;

    /// <param name="registers">One byte each, all of them; 0 to 63.</param>
    public static long OfRegisters(ReadOnlySpan<byte> registers)
    {
        Span<int> histogram = stackalloc int[HistogramLength];
        histogram.Clear();
        foreach (var register in registers)
            histogram[register]++;
        return Estimate(histogram);
    }

    /// <param name="histogram">By register value; 16384 registers in all.</param>
    public static long Estimate(ReadOnlySpan<int> histogram)
    {
        const double Registers = HyperLogLogValue.RegisterCount;
        var sum = Registers * Tau((Registers - histogram[HyperLogLogValue.RankBits + 1]) / Registers);
        for (var value = HyperLogLogValue.RankBits; value >= 1; value--)
            sum = (sum + histogram[value]) * 0.5;
        sum += Registers * Sigma(histogram[0] / Registers);
        var estimate = Math.Round(Alpha * Registers * Registers / sum, MidpointRounding.AwayFromZero);
        return estimate < long.MaxValue ? (long)estimate : Unrepresentable;
    }

    /// <summary>
    /// x + sum of x^(2^k) * 2^(k-1) over all k from 1 on: what the registers that are zero still say.
    /// </summary>
    private static double Sigma(double x)
    {
        if (x == 1.0)
            return double.PositiveInfinity;
        var weight = 1.0;
        var sum = x;
        double before;
        do
        {
            x *= x;
            before = sum;
            sum += x * weight;
            weight += weight;
        }
        while (before != sum);
        return sum;
    }

    /// <summary>
    /// (1 - x - sum of (1 - x^(2^-k))^2 * 2^-k over all k from 1 on) / 3: what the highest registers hide.
    /// </summary>
    private static double Tau(double x)
    {
        if (x is 0.0 or 1.0)
            return 0.0;
        var weight = 1.0;
        var sum = 1 - x;
        double before;
        do
        {
            x = Math.Sqrt(x);
            before = sum;
            weight *= 0.5;
            sum -= Math.Pow(1 - x, 2) * weight;
        }
        while (before != sum);
        return sum / 3;
    }
}
