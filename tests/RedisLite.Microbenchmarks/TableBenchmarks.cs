using BenchmarkDotNet.Attributes;
using RedisLite.Storage;
using RedisLite.Storage.Locking;

namespace RedisLite.Microbenchmarks;

/// <summary>
/// The table itself, all stripes held beforehand: hashing, chains and native records. Values of 32 bytes.
/// </summary>
/// <remarks>
/// Keys are visited in an order that no cache foresees, so a million of them shows what memory costs. The keys here are
/// dense numbers, which suits djb2; docs/HASH_TABLE.md shows keys that do not.
/// </remarks>
[MemoryDiagnoser]
public class TableBenchmarks
{
    private readonly byte[] _value = new byte[Requests.ValueLength];
    private Databases _databases = null!;
    private LockPlan _plan = null!;
    private KeySet _keys = null!;
    private KeySet _strangers = null!;

    [Params(10_000, 1_000_000)]
    public int Keys { get; set; }

    [Params(HashFunction.XxHash3, HashFunction.Djb2)]
    public HashFunction Hash { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _keys = new KeySet(Keys);
        _strangers = new KeySet(Keys, firstNumber: Keys);
        _databases = NewDatabases();
        _plan = HoldAll(_databases);
        FillAll(_databases);
    }

    [GlobalCleanup]
    public void Free()
    {
        _plan.Exit();
        _databases.Dispose();
    }

    [Benchmark]
    public ulong HashOfKey() => _databases.MakeKey(_keys.Next()).Hash;

    [Benchmark]
    public int Get() =>
        _databases[0].TryGet(_databases.MakeKey(_keys.Next()), 0, out var entry) ? entry.Value.Length : 0;

    [Benchmark]
    public bool GetMissing() => _databases[0].TryGet(_databases.MakeKey(_strangers.Next()), 0, out _);

    [Benchmark]
    public void Overwrite() => _databases[0].SetString(_databases.MakeKey(_keys.Next()), _value);

    /// <summary>Two operations: a record is freed, and one is allocated.</summary>
    [Benchmark]
    public bool DeleteAndSet()
    {
        var key = _databases.MakeKey(_keys.Next());
        var removed = _databases[0].Remove(key);
        _databases[0].SetString(key, _value);
        return removed;
    }

    /// <summary>An empty table that grows to all its keys, and its end.</summary>
    [Benchmark]
    public long GrowAndDispose()
    {
        using var databases = NewDatabases();
        var plan = HoldAll(databases);
        FillAll(databases);
        plan.Exit();
        return databases.UsedMemory;
    }

    private Databases NewDatabases() => new(new StorageOptions { Hash = Hash, Seed = 42 });

    private static LockPlan HoldAll(Databases databases)
    {
        var plan = databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        return plan;
    }

    private void FillAll(Databases databases)
    {
        for (var i = 0; i < _keys.Count; i++)
            databases[0].SetString(databases.MakeKey(_keys[i]), _value);
    }
}
