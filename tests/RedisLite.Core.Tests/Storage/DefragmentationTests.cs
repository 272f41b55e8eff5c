using RedisLite.Core.Tests.Storage.Memory;
using RedisLite.Storage;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage;

/// <summary>Records move out of slabs that are hardly used, and nobody can tell.</summary>
public sealed class DefragmentationTests
{
    private const int Keys = 60_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_left_of_many_keys_lies_together_afterwards_and_reads_as_before(bool expires)
    {
        using var slabs = new SlabAllocator(new TestPages(), HugePages.Off, tendsItself: false);
        using var databases = new Databases(
            new StorageOptions { StripeCount = 16, DatabaseCount = 2, Allocator = slabs });
        var plan = databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        for (var i = 0; i < Keys; i++)
            databases[i & 1].SetString(Key(databases, i), Value(i), expires ? 1_000_000 + i : Keyspace.NoExpiry);
        for (var i = 0; i < Keys; i++)
        {
            if (Gone(i))
                databases[i & 1].Remove(Key(databases, i));
        }

        plan.Exit();
        databases.Verify();
        var before = databases.AllocatorStatistics!.Active;

        Assert.True(databases.PlanDefragmentation() > 0);
        var moved = 0L;
        for (var database = 0; database < 2; database++)
            for (var stripe = 0; stripe < databases.StripeCount; stripe++)
                for (uint position = 0; (
                    position = databases[database].Defragment(stripe, position, 3, ref moved)) != 0;)
                {
                }

        databases.Verify();
        var after = databases.AllocatorStatistics!.Active;
        Assert.True(moved > 0);
        Assert.True(after < before * 0.7, $"{before} bytes before, {after} after {moved} moves");
        plan.Enter();
        for (var i = 0; i < Keys; i++)
        {
            var found = databases[i & 1].TryGet(Key(databases, i), nowMs: 0, out var entry);
            Assert.Equal(!Gone(i), found);
            if (found)
            {
                Assert.True(entry.Value.SequenceEqual(Value(i)));
                Assert.Equal(expires ? 1_000_000 + i : Keyspace.NoExpiry, entry.ExpireAtMs);
            }
        }

        plan.Exit();
    }

    [Fact]
    public void Without_slabs_there_is_nothing_to_move()
    {
        using var databases = new Databases(new StorageOptions { Allocator = MallocAllocator.Instance });
        Assert.Equal(0, databases.PlanDefragmentation());
        var moved = 0L;
        Assert.Equal(0u, databases[0].Defragment(0, 0, 10, ref moved));
    }

    // All but every eighth, in no order that has to do with addresses.
    private static bool Gone(int i) => (i * 2654435761 >> 7) % 8 != 0;

    private static Key Key(Databases databases, int i) => databases.MakeKey(BitConverter.GetBytes(i));

    private static byte[] Value(int i)
    {
        var value = new byte[20 + (i % 3 * 40)];
        value.AsSpan().Fill((byte)i);
        return value;
    }
}
