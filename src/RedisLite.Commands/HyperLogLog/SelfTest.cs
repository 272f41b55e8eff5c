using System.Buffers.Binary;
using System.Globalization;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>
/// What PFSELFTEST tests: that registers keep what is put in, and that estimates are as good as they should be.
/// </summary>
internal static class SelfTest
{
    private const int RegisterCycles = 100;
    private const long Elements = 1_000_000;
    private const long SparseElements = 1_000;

    /// <summary>The standard error of an estimate: 1.04 / sqrt(registers).</summary>
    private const double StandardError = 1.04 / 128;

    /// <summary>An estimate may be off by so many standard errors.</summary>
    private const int MostErrors = 6;

    /// <returns>What failed, or null.</returns>
    public static string? Run(Random random) => CheckRegisters(random) ?? CheckEstimates(random);

    private static string? CheckRegisters(Random random)
    {
        Span<byte> dense = new byte[HyperLogLogValue.DenseLength];
        Span<byte> expected = new byte[HyperLogLogValue.RegisterCount];
        Span<byte> found = new byte[HyperLogLogValue.RegisterCount];
        for (var cycle = 0; cycle < RegisterCycles; cycle++)
        {
            dense.Clear();
            found.Clear();
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] = (byte)random.Next(Cardinality.HistogramLength);
                DenseRegisters.Raise(dense, i, expected[i]);
            }

            DenseRegisters.MergeInto(dense, found);
            var at = found.CommonPrefixLength(expected);
            if (at < found.Length)
                return string.Create(
                    CultureInfo.InvariantCulture, $"Register {at} should be {expected[at]} but is {found[at]}");
        }

        return null;
    }

    /// <summary>
    /// Adds different elements to a dense value, and the first ones to a sparse one, and looks at each power of ten.
    /// </summary>
    private static string? CheckEstimates(Random random)
    {
        Span<byte> dense = new byte[HyperLogLogValue.DenseLength];
        HyperLogLogValue.TryMakeDense(HyperLogLogValue.Empty, dense);
        var buffer = new byte[HyperLogLogValue.MostSparseBytes];
        HyperLogLogValue.Empty.CopyTo(buffer);
        var sparse = new SparseEditor(buffer, HyperLogLogValue.Empty.Length, HyperLogLogValue.MostSparseBytes);

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        var seed = random.NextInt64();
        var checkpoint = 1L;
        for (var i = 1L; i <= Elements; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, i ^ seed);
            var element = HashedElement.Of(bytes);
            DenseRegisters.Raise(dense, element.Register, element.Rank);
            if (i <= SparseElements)
                sparse.Raise(element.Register, element.Rank);
            if (i != checkpoint)
                continue;
            checkpoint *= 10;
            if (!HyperLogLogValue.TryCount(dense, out var estimate)
                || Math.Abs(estimate - i) > Math.Ceiling(StandardError * MostErrors * i))
                return string.Create(CultureInfo.InvariantCulture, $"Too big error. card:{i} estimate:{estimate}");
            if (i <= SparseElements && (!HyperLogLogValue.TryCount(sparse.Value, out var other) || other != estimate))
                return "dense/sparse disagree";
        }

        return null;
    }
}
