using RedisLite.Storage.Locking;

namespace RedisLite.Core.Tests.Storage;

public sealed class ConcurrencyTests
{
    private const int Databases = 3;
    private const int Keys = 300;

    /// <summary>
    /// Writers, readers, walks, sweeps, swaps and flushes together; the end of the test checks tables and blocks.
    /// </summary>
    [Fact]
    public async Task Everything_at_once_leaves_the_tables_whole()
    {
        using var store = new TestStore(stripes: 4, databases: Databases);
        var threads = Enumerable.Range(0, 4).Select(seed => Task.Factory.StartNew(
            () => Work(store, new Random(seed), operations: 4000),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await Task.WhenAll(threads).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static void Work(TestStore store, Random random, int operations)
    {
        var databases = store.Databases;
        var plan = databases.CreatePlan();
        for (var nowMs = 0; nowMs < operations; nowMs++)
        {
            var keyspace = databases[random.Next(Databases)];
            switch (random.Next(40))
            {
                case 0:
                    WholeKeyspace(databases, plan, keyspace, random);
                    break;
                case < 4:
                    Walk(keyspace, random);
                    break;
                case < 8:
                    Prefetch(databases, keyspace, random);
                    break;
                case < 10:
                    keyspace.ExpireDue(random.Next(databases.StripeCount), nowMs, maxKeys: 5);
                    break;
                default:
                    OneOrTwoKeys(databases, plan, keyspace, random, nowMs);
                    break;
            }
        }
    }

    private static void WholeKeyspace(Databases databases, LockPlan plan, Keyspace keyspace, Random random)
    {
        plan.Clear();
        plan.AddAll(exclusive: true);
        plan.Enter();
        DetachedTables? detached = null;
        if (random.Next(2) == 0)
            databases.Swap(keyspace.Index, random.Next(Databases));
        else
            detached = keyspace.Detach();
        plan.Exit();
        detached?.Dispose(); // without a lock, beside the others
    }

    private static void Prefetch(Databases databases, Keyspace keyspace, Random random)
    {
        var hashes = new ulong[random.Next(40)];
        foreach (ref var hash in hashes.AsSpan())
        {
            hash = databases.MakeKey(TestStore.Bytes($"key {random.Next(Keys)}")).Hash;
            keyspace.PrefetchBucket(hash);
        }

        keyspace.PrefetchRecords(hashes, StripeAccess.TakeEach);
    }

    private static void Walk(Keyspace keyspace, Random random)
    {
        long bytes = 0;
        ulong cursor = 0;
        do
        {
            cursor = keyspace.Scan(cursor, 20, StripeAccess.TakeEach, ref bytes, Add);
        }
        while (cursor != 0);
        keyspace.ForEach(StripeAccess.TakeEach, ref bytes, Add);
        keyspace.TryGetRandom(random, StripeAccess.TakeEach, ref bytes, Add);
        keyspace.GetStatistics(StripeAccess.TakeEach);
        Assert.InRange(keyspace.Count, 0, Keys + 8);
        Assert.True(bytes >= 0);

        // Touches every byte: one of a freed record would be poison, and a value is all of its first byte.
        static void Add(in Entry entry, ref long bytes)
        {
            Assert.True(entry.Value.IsEmpty || !entry.Value.ContainsAnyExcept(entry.Value[0]));
            Assert.Equal((byte)'k', entry.Key[0]);
            bytes += entry.Value.Length;
        }
    }

    private static void OneOrTwoKeys(Databases databases, LockPlan plan, Keyspace keyspace, Random random, long nowMs)
    {
        var key = databases.MakeKey(TestStore.Bytes($"key {random.Next(Keys)}"));
        var other = databases.MakeKey(TestStore.Bytes($"key {random.Next(Keys)}"));
        var operation = random.Next(8);
        var read = operation < 2;
        plan.Clear();
        plan.Add(key.Hash, exclusive: !read);
        plan.Add(other.Hash, exclusive: !read);
        if (!plan.TryEnter())
            plan.Enter();
        try
        {
            switch (operation)
            {
                case 0 or 1:
                    if (keyspace.TryGet(key, nowMs, out var entry))
                        entry.TouchAccess((uint)nowMs);
                    break;
                case 2 or 3:
                    var value = new byte[random.Next(200)];
                    Array.Fill(value, (byte)random.Next(256));
                    keyspace.SetString(key, value, random.Next(2) == 0 ? nowMs + random.Next(500) : Keyspace.NoExpiry);
                    break;
                case 4:
                    keyspace.ResizeString(key, random.Next(300)).Fill((byte)random.Next(256));
                    break;
                case 5:
                    keyspace.SetExpiry(key, nowMs + random.Next(500));
                    keyspace.RemoveIfExpired(other, nowMs);
                    break;
                case 6:
                    keyspace.Rename(key, databases[random.Next(Databases)], other);
                    break;
                default:
                    keyspace.Remove(key);
                    break;
            }
        }
        finally
        {
            plan.Exit();
        }
    }
}
