using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using RedisLite.Storage.Locking;

namespace RedisLite.Microbenchmarks;

/// <summary>The stripes' lock beside the framework's reader-writer lock: taken, a few instructions, released.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class StripeLockBenchmarks
{
    private readonly StripeLock[] _stripe = new StripeLock[1];
    private readonly ReaderWriterLockSlim _slim = new(LockRecursionPolicy.NoRecursion);
    private long _guarded;

    [GlobalCleanup]
    public void Free() => _slim.Dispose();

    [BenchmarkCategory("read"), Benchmark(Baseline = true)]
    public long SlimRead()
    {
        _slim.EnterReadLock();
        var value = _guarded;
        _slim.ExitReadLock();
        return value;
    }

    [BenchmarkCategory("read"), Benchmark]
    public long StripeRead()
    {
        _stripe[0].Enter(exclusive: false);
        var value = _guarded;
        _stripe[0].Exit(exclusive: false);
        return value;
    }

    [BenchmarkCategory("write"), Benchmark(Baseline = true)]
    public long SlimWrite()
    {
        _slim.EnterWriteLock();
        var value = ++_guarded;
        _slim.ExitWriteLock();
        return value;
    }

    [BenchmarkCategory("write"), Benchmark]
    public long StripeWrite()
    {
        _stripe[0].Enter(exclusive: true);
        var value = ++_guarded;
        _stripe[0].Exit(exclusive: true);
        return value;
    }
}
