using RedisLite.Storage;
using RedisLite.Storage.Memory;

namespace RedisLite.Core.Tests.Storage.Memory;

/// <summary>Tables over the allocators as a server has them.</summary>
public sealed class AllocatorWiringTests
{
    [SkippableFact]
    public void Used_memory_is_what_the_allocator_says()
    {
        using var slabs = new SlabAllocator(new TestPages(), tendsItself: false);
        using (var databases = new Databases(new StorageOptions { StripeCount = 8, Allocator = slabs }))
        {
            var plan = databases.CreatePlan();
            plan.AddAll(exclusive: true);
            plan.Enter();
            var random = new Random(1);
            for (var i = 0; i < 20_000; i++)
            {
                var key = databases.MakeKey(TestStore.Bytes($"key:{random.Next(4000)}"));
                switch (random.Next(6))
                {
                    case 0:
                        databases[0].Remove(key);
                        break;
                    case 1:
                        databases[0].ResizeString(key, random.Next(3000));
                        break;
                    default:
                        var length = random.Next(200) == 0 ? random.Next(1_000_000) : random.Next(100);
                        var expireAtMs = random.Next(2) == 0 ? i : Keyspace.NoExpiry;
                        databases[0].SetString(key, new byte[length], expireAtMs);
                        break;
                }
            }

            plan.Exit();
            databases.Verify();
            Assert.Equal(databases.UsedMemory, databases.AllocatorStatistics!.Allocated);
            Assert.True(databases.AllocatorStatistics.Asked <= databases.UsedMemory);
        }

        Assert.Equal(0, slabs.Statistics.Allocated);
    }

    [SkippableFact]
    public void Servers_share_the_slabs_of_the_process()
    {
        Skip.If(SystemPages.Instance is null, "Slabs need Linux with 64 bits.");
        var slabs = ProcessAllocator.Of(AllocatorKind.Slabs, HugePages.Auto);
        Assert.Same(slabs, new StorageOptions().Allocator);
        Assert.Same(slabs, ProcessAllocator.SlabsInUse);
        Assert.StartsWith("slabs-", slabs.Statistics!.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Malloc_is_there_by_setting_and_has_no_figures()
    {
        using var databases = new Databases(
            new StorageOptions { StripeCount = 1, AllocatorKind = AllocatorKind.Malloc });
        Assert.Same(MallocAllocator.Instance, databases.Context.Allocator);
        Assert.Null(databases.AllocatorStatistics);
    }
}
