using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary><c>maxmemory</c> with its policies, on so many samples that every key is among them.</summary>
public sealed class EvictionTests
{
    [Theory]
    [InlineData(MaxMemoryPolicy.AllKeysLru)]
    [InlineData(MaxMemoryPolicy.AllKeysLfu)]
    [InlineData(MaxMemoryPolicy.AllKeysRandom)]
    [InlineData(MaxMemoryPolicy.VolatileLru)]
    [InlineData(MaxMemoryPolicy.VolatileLfu)]
    [InlineData(MaxMemoryPolicy.VolatileRandom)]
    [InlineData(MaxMemoryPolicy.VolatileTtl)]
    public void Every_policy_makes_room_for_what_is_written(MaxMemoryPolicy policy)
    {
        using var harness = NewHarness(policy);
        for (var i = 0; i < 50; i++)
            harness.Given($"SET k{i} {new string('x', 1000)} EX {1000 + i}");
        Limit(harness, -20_000);
        MakeRoom(harness);
        Assert.True(harness.Databases.UsedMemory <= harness.Options.MaxMemory);
        Assert.InRange(harness.Databases[0].Count, 20, 32);
        Assert.Equal("+OK", harness.Run("SET new v"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData(MaxMemoryPolicy.AllKeysLru)]
    [InlineData(MaxMemoryPolicy.VolatileLru)]
    public void Lru_evicts_what_was_idle_longest(MaxMemoryPolicy policy)
    {
        using var harness = NewHarness(policy);
        harness.Given("SET a 1 EX 5000 ; SET b 2 EX 6000 ; SET c 3 EX 7000");
        harness.Clock.Advance(TimeSpan.FromSeconds(100));
        harness.Given("GET a");
        harness.Clock.Advance(TimeSpan.FromSeconds(100));
        harness.Given("GET c");
        harness.TakeLog();
        EvictOne(harness);
        Assert.Equal("DEL b", harness.TakeLog());
        EvictOne(harness);
        Assert.Equal("DEL a", harness.TakeLog());
    }

    [Fact]
    public void Lfu_evicts_what_was_used_least()
    {
        using var harness = NewHarness(MaxMemoryPolicy.AllKeysLfu);
        harness.Given("SET a 1 ; SET b 2 ; SET c 3");
        for (var i = 0; i < 20; i++)
            harness.Given("GET a ; GET c");
        harness.TakeLog();
        EvictOne(harness);
        Assert.Equal("DEL b", harness.TakeLog());
    }

    [Fact]
    public void Ttl_evicts_what_expires_first_in_whatever_database()
    {
        using var harness = NewHarness(MaxMemoryPolicy.VolatileTtl);
        harness.Given("SET a 1 EX 50 ; SET stays 1 ; SELECT 3 ; SET b 2 EX 20 ; SELECT 0 ; SET c 3 EX 30");
        harness.TakeLog();
        EvictOne(harness);
        EvictOne(harness);
        EvictOne(harness);
        Assert.Equal("evicted b@3, evicted c, evicted a", harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData(MaxMemoryPolicy.VolatileLru)]
    [InlineData(MaxMemoryPolicy.VolatileTtl)]
    [InlineData(MaxMemoryPolicy.VolatileRandom)]
    [InlineData(MaxMemoryPolicy.NoEviction)]
    public void Without_keys_that_may_go_a_write_is_refused(MaxMemoryPolicy policy)
    {
        using var harness = NewHarness(policy);
        harness.Given("SET a 1 ; SET b 2");
        Limit(harness, -1);
        Assert.StartsWith("-OOM", harness.Run("SET c 3"), StringComparison.Ordinal);
        Assert.Equal("$1 1", harness.Run("GET a"));
        Assert.Equal(2, harness.Databases[0].Count);
    }

    [Fact]
    public void What_a_former_sample_found_goes_only_if_it_was_not_used_since()
    {
        using var harness = NewHarness(MaxMemoryPolicy.AllKeysLru);
        harness.Given("SET a 1 ; SET b 2 ; SET c 3 ; SET d 4");
        harness.Clock.Advance(TimeSpan.FromSeconds(100));
        harness.Given("GET d");
        EvictOne(harness);
        harness.Clock.Advance(TimeSpan.FromSeconds(100));
        harness.Given("GET a ; GET b ; GET c");
        harness.TakeLog();
        EvictOne(harness);
        Assert.Equal("DEL d", harness.TakeLog());
    }

    [Fact]
    public void What_no_longer_expires_stays_though_a_former_sample_found_it()
    {
        using var harness = NewHarness(MaxMemoryPolicy.VolatileLru);
        harness.Given("SET a 1 EX 100 ; SET b 2 EX 100 ; SET c 3 EX 100");
        EvictOne(harness);
        harness.Given("PERSIST a ; PERSIST b ; PERSIST c");
        Limit(harness, -1);
        harness.Run("PING");
        Assert.Equal(2, harness.Databases[0].Count);
    }

    [Fact]
    public void Evicted_keys_are_counted_told_and_watched()
    {
        using var harness = NewHarness(MaxMemoryPolicy.AllKeysRandom);
        harness.Given("SET k v ; WATCH k ; MULTI ; PING");
        harness.TakeEvents();
        EvictOne(harness);
        Assert.Equal("evicted k", harness.TakeEvents());
        Assert.Equal("*-1", harness.Run("EXEC"));
        Assert.Contains("evicted_keys:1 ", harness.Run("INFO stats"), StringComparison.Ordinal);
        Assert.Equal(0, harness.Databases[0].Count);
    }

    private static CommandHarness NewHarness(MaxMemoryPolicy policy)
    {
        var harness = new CommandHarness(KeyspaceEvents.Evicted);
        harness.Options.MaxMemoryPolicy = policy;
        harness.Options.MaxMemorySamples = 100;
        harness.Options.LfuDecayMinutes = 1;
        return harness;
    }

    private static void Limit(CommandHarness harness, long more) =>
        harness.Options.MaxMemory = harness.Databases.UsedMemory + more;

    /// <summary>Room is made before each batch, for half a millisecond at most.</summary>
    private static void MakeRoom(CommandHarness harness)
    {
        for (var i = 0; i < 1000 && harness.Databases.UsedMemory > harness.Options.MaxMemory; i++)
            harness.Run("PING");
    }

    private static void EvictOne(CommandHarness harness)
    {
        Limit(harness, -1);
        MakeRoom(harness);
        harness.Options.MaxMemory = 0;
    }
}
