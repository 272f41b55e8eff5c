using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;

namespace RedisLite.Microbenchmarks;

/// <summary>
/// Two threads that want the same lock all the time. The time is that of one section, of either thread.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class ContendedLockBenchmarks
{
    // So many that starting the threads does not count.
    private const int SectionsOfEach = 100_000;

    private readonly StripeLockBenchmarks _locks = new();

    [GlobalCleanup]
    public void Free() => _locks.Free();

    [BenchmarkCategory("two readers"), Benchmark(Baseline = true, OperationsPerInvoke = 2 * SectionsOfEach)]
    public void SlimReadRead() => RunBoth(_locks.SlimRead, _locks.SlimRead);

    [BenchmarkCategory("two readers"), Benchmark(OperationsPerInvoke = 2 * SectionsOfEach)]
    public void StripeReadRead() => RunBoth(_locks.StripeRead, _locks.StripeRead);

    [BenchmarkCategory("reader and writer"), Benchmark(Baseline = true, OperationsPerInvoke = 2 * SectionsOfEach)]
    public void SlimReadWrite() => RunBoth(_locks.SlimRead, _locks.SlimWrite);

    [BenchmarkCategory("reader and writer"), Benchmark(OperationsPerInvoke = 2 * SectionsOfEach)]
    public void StripeReadWrite() => RunBoth(_locks.StripeRead, _locks.StripeWrite);

    [BenchmarkCategory("two writers"), Benchmark(Baseline = true, OperationsPerInvoke = 2 * SectionsOfEach)]
    public void SlimWriteWrite() => RunBoth(_locks.SlimWrite, _locks.SlimWrite);

    [BenchmarkCategory("two writers"), Benchmark(OperationsPerInvoke = 2 * SectionsOfEach)]
    public void StripeWriteWrite() => RunBoth(_locks.StripeWrite, _locks.StripeWrite);

    private static void RunBoth(Func<long> first, Func<long> second)
    {
        var other = new Thread(() => Repeat(second));
        other.Start();
        Repeat(first);
        other.Join();
    }

    private static void Repeat(Func<long> section)
    {
        for (var i = 0; i < SectionsOfEach; i++)
            section();
    }
}
