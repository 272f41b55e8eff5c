using System.Diagnostics;
using System.Numerics;

namespace RedisLite.Commands.Execution;

/// <summary>How long the calls of one command took: a count for each of a fixed set of ranges of time.</summary>
/// <remarks>
/// <para>Each power of two of nanoseconds from 128 ns to 1.07 s has eight ranges of equal width, so that a percentile
/// is known to within an eighth. What is shorter or longer counts to the first or the last range.</para>
/// <code>
///   ns      0 .. 127 | 128 .. 143, 144 .. 159, ... 240 .. 255 | 256 .. 287, ...        | ... 2^30 and more
///   index       0    |     1            2              8      |     9        10        |
/// </code>
/// <para>Written by one executor, read by any thread.</para>
/// </remarks>
internal sealed class LatencyHistogram
{
    private const int FirstExponent = 7;
    private const int LastExponent = 29;
    private const int PartBits = 3;
    private const int Parts = 1 << PartBits;

    /// <summary>The ranges that end at a power of two: from 1,024 ns on, those that LATENCY HISTOGRAM shows.</summary>
    private const int FirstShownExponent = 10;

    private readonly long[] _counts = new long[1 + ((LastExponent - FirstExponent + 1) * Parts) + 1];

    /// <summary>Measured calls.</summary>
    public long Count
    {
        get
        {
            long sum = 0;
            foreach (var count in _counts)
                sum += count;
            return sum;
        }
    }

    /// <summary>Counts one call. O(1): a shift and an increment.</summary>
    /// <param name="ticks">Of <see cref="Stopwatch"/>.</param>
    public void Record(long ticks) => _counts[IndexOf(ToNanoseconds(ticks))]++;

    public void Add(LatencyHistogram other, int sign)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += sign * other._counts[i];
    }

    /// <summary>The time, in microseconds, that so many percent of the calls did not exceed; 0 without calls.</summary>
    public double PercentileMicroseconds(double percent)
    {
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * Math.Min(percent, 100) / 100));
        long passed = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            passed += _counts[i];
            if (passed >= wanted)
                return UpperEnd(i) / 1000.0;
        }

        return 0;
    }

    /// <summary>
    /// How many calls took up to each power of two of 1.024 microseconds; steps without calls are left out.
    /// </summary>
    /// <returns>
    /// Pairs of microseconds and count, both ascending. The microseconds are Redis's names for these steps: 1, 2, 4, 8,
    /// 16, 33, 66, 132, ... (its histogram rounds each step up to the end of a range of its own).
    /// </returns>
    public IReadOnlyList<(long Microseconds, long Count)> Cumulative()
    {
        var steps = new List<(long, long)>();
        long passed = 0, shown = 0;
        var index = 0;
        for (var exponent = FirstShownExponent; exponent <= LastExponent + 1; exponent++)
        {
            var end = exponent > LastExponent ? _counts.Length : IndexOf(1L << exponent);
            for (; index < end; index++)
                passed += _counts[index];
            if (passed > shown)
                steps.Add((((1L << exponent) + (1L << (exponent - FirstExponent)) - 1) / 1000, passed));
            shown = passed;
        }

        return steps;
    }

    /// <summary>
    /// The steps of <see cref="UpToSteps"/>, in seconds: each power of two from 1.024 microseconds to 1.07 seconds.
    /// </summary>
    public static IEnumerable<double> StepSeconds { get; } =
        Enumerable.Range(FirstShownExponent, LastExponent - FirstShownExponent + 2).Select(exponent =>
            (1L << exponent) / 1e9);

    /// <summary>
    /// How many calls took less than each of <see cref="StepSeconds"/>, and last how many there were.
    /// </summary>
    public long[] UpToSteps()
    {
        var steps = new long[LastExponent - FirstShownExponent + 3];
        long passed = 0;
        var index = 0;
        for (var exponent = FirstShownExponent; exponent <= LastExponent + 1; exponent++)
        {
            for (var end = IndexOf(1L << exponent); index < end; index++)
                passed += _counts[index];
            steps[exponent - FirstShownExponent] = passed;
        }

        steps[^1] = passed + _counts[index];
        return steps;
    }

    private static int IndexOf(long nanoseconds)
    {
        var exponent = BitOperations.Log2((ulong)Math.Max(1, nanoseconds));
        if (exponent < FirstExponent)
            return 0;
        if (exponent > LastExponent)
            return ((LastExponent - FirstExponent + 1) * Parts) + 1;
        var part = (int)(nanoseconds >> (exponent - PartBits)) & (Parts - 1);
        return 1 + ((exponent - FirstExponent) * Parts) + part;
    }

    /// <summary>The largest number of nanoseconds that counts to a range.</summary>
    private static long UpperEnd(int index)
    {
        if (index == 0)
            return (1L << FirstExponent) - 1;
        var (exponent, part) = Math.DivRem(index - 1, Parts);
        exponent += FirstExponent;
        return (1L << exponent) + ((part + 1L) << (exponent - PartBits)) - 1;
    }

    private static long ToNanoseconds(long ticks) =>
        Stopwatch.Frequency == 1_000_000_000 ? ticks : (long)(ticks * (1_000_000_000.0 / Stopwatch.Frequency));
}
