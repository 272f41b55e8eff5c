using System.Text;
using RedisLite.Storage;
using RedisLite.Storage.Locking;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Databases on a checking allocator; verified, and searched for leaks, at the end of each test.</summary>
internal sealed class TestStore : IDisposable
{
    private readonly LockPlan _plan;

    public TestStore(int stripes = 4, int databases = 4, HashFunction hash = HashFunction.XxHash3, ulong seed = 42,
        NativeAllocator? inner = null, bool bySlot = false)
    {
        Allocator = inner is null ? new CheckingAllocator() : new CheckingAllocator(inner);
        Databases = new Databases(new StorageOptions
        {
            StripeCount = stripes,
            DatabaseCount = databases,
            Hash = hash,
            Seed = seed,
            BySlot = bySlot,
            Allocator = Allocator,
        });
        _plan = Databases.CreatePlan();
    }

    public CheckingAllocator Allocator { get; }

    public Databases Databases { get; }

    public Keyspace this[int database] => Databases[database];

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    public Key Key(string text) => Databases.MakeKey(Bytes(text));

    /// <summary>Holds every stripe exclusively for a scope; single-threaded tests need no finer plan.</summary>
    public Scope HoldAll()
    {
        _plan.Clear();
        _plan.AddAll(exclusive: true);
        _plan.Enter();
        return new Scope(this);
    }

    /// <summary>The value as text, or null.</summary>
    public string? Get(string key, int database = 0, long nowMs = 0) =>
        this[database].TryGet(Key(key), nowMs, out var entry) ? Text(entry.Value) : null;

    public void Set(string key, string value, int database = 0, long expireAtMs = Keyspace.NoExpiry) =>
        this[database].SetString(Key(key), Bytes(value), expireAtMs);

    /// <summary>
    /// Throws unless tables, accounts and allocator agree. A scope that holds all stripes lets go meanwhile.
    /// </summary>
    public void Verify()
    {
        var held = Release();
        Databases.Verify();
        Assert.Equal(Allocator.LiveBytes, Databases.UsedMemory);
        if (held)
            HoldAll();
    }

    public void Dispose()
    {
        Release();
        Verify();
        Databases.Dispose();
        Allocator.Dispose();
    }

    private bool Release()
    {
        var held = _plan.IsEntered;
        _plan.Exit();
        return held;
    }

    internal readonly struct Scope(TestStore store) : IDisposable
    {
        public void Dispose() => store.Release();
    }
}
