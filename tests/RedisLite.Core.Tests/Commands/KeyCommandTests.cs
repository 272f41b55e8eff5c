using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>DEL, UNLINK, EXISTS, TOUCH, TYPE, RANDOMKEY, DBSIZE.</summary>
public sealed class KeyCommandTests
{
    [Theory]
    [InlineData("", "DEL k", ":0")]
    [InlineData("SET k v", "DEL k", ":1")]
    [InlineData("SET k v", "DEL k k", ":1")]
    [InlineData("SET k v ; SET l w", "del k missing l", ":2")]
    [InlineData("SET k v ; SET l w", "UNLINK k missing l k", ":2")]
    [InlineData("", "DEL", "-ERR wrong number of arguments for 'del' command")]
    [InlineData("", "UNLINK", "-ERR wrong number of arguments for 'unlink' command")]
    [InlineData("", "EXISTS k", ":0")]
    [InlineData("SET k v", "EXISTS k", ":1")]
    [InlineData("SET k v ; SET l w", "EXISTS k l k missing", ":3")]
    [InlineData("", "EXISTS", "-ERR wrong number of arguments for 'exists' command")]
    [InlineData("SET k v ; SET l w", "TOUCH k l k missing", ":3")]
    [InlineData("", "TOUCH k", ":0")]
    [InlineData("", "TOUCH", "-ERR wrong number of arguments for 'touch' command")]
    [InlineData("SET k v", "TYPE k", "+string")]
    [InlineData("", "TYPE k", "+none")]
    [InlineData("", "TYPE", "-ERR wrong number of arguments for 'type' command")]
    [InlineData("", "DBSIZE", ":0")]
    [InlineData("SET k v ; SET l w ; SELECT 1 ; SET m x ; SELECT 0", "DBSIZE", ":2")]
    [InlineData("", "DBSIZE 1", "-ERR wrong number of arguments for 'dbsize' command")]
    [InlineData("", "RANDOMKEY", "$-1")]
    [InlineData("SET k v", "RANDOMKEY", "$1 k")]
    [InlineData("SET k v ; SELECT 1", "RANDOMKEY", "$-1")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Fact]
    public void Del_logs_the_request_only_when_it_deleted_something()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v");
        harness.TakeLog();
        harness.Run("DEL missing");
        harness.Run("DEL k missing");
        Assert.Equal("DEL k missing", harness.TakeLog());
    }

    [Fact]
    public void Del_and_unlink_publish_del_for_each_key_that_was_there()
    {
        using var harness = new CommandHarness(KeyspaceEvents.Generic);
        harness.Given("SET a 1 ; SET b 2 ; SET c 3");
        harness.Run("DEL b missing a");
        harness.Run("UNLINK c");
        Assert.Equal("del b, del a, del c", harness.TakeEvents());
    }

    [Fact]
    public void Del_of_an_expired_key_counts_nothing_and_logs_the_expiry()
    {
        using var harness = new CommandHarness(KeyspaceEvents.Generic | KeyspaceEvents.Expired);
        harness.Given("SET k v ; PEXPIRE k 10");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(10));
        harness.TakeLog();
        harness.TakeEvents();
        Assert.Equal(":0", harness.Run("DEL k"));
        Assert.Equal("DEL k", harness.TakeLog());
        Assert.Equal("expired k", harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_reader_that_finds_an_expired_key_has_it_deleted_and_logged()
    {
        using var harness = new CommandHarness(KeyspaceEvents.Expired);
        harness.Given("SET k v ; PEXPIRE k 10");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(10));
        harness.TakeLog();
        Assert.Equal(":0", harness.Run("EXISTS k"));
        Assert.Equal("DEL k", harness.TakeLog());
        Assert.Equal("expired k", harness.TakeEvents());
        Assert.Equal("", harness.Dump());
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("EXISTS missing", 0, 1, "keymiss missing")]
    [InlineData("EXISTS k", 1, 0, "")]
    [InlineData("TYPE missing", 0, 1, "keymiss missing")]
    [InlineData("TOUCH k missing", 1, 1, "keymiss missing")]
    [InlineData("TTL missing", 0, 1, "keymiss missing")]
    [InlineData("DUMP missing", 0, 1, "keymiss missing")]
    [InlineData("OBJECT ENCODING missing", 0, 1, "")]
    [InlineData("COPY missing l", 0, 1, "keymiss missing")]
    [InlineData("COPY k l", 1, 0, "")]
    [InlineData("DEL missing", 0, 0, "")]
    [InlineData("RENAME missing l", 0, 0, "")]
    [InlineData("EXPIRE missing 1", 0, 0, "")]
    public void Reads_count_hits_and_misses_and_publish_misses(string command, long hits, long misses, string events)
    {
        using var harness = new CommandHarness(KeyspaceEvents.KeyMiss);
        harness.Given("SET k v");
        harness.Services.Statistics.Reset();
        harness.Run(command);
        var statistics = harness.Services.Statistics.Collect();
        Assert.Equal((hits, misses), (statistics.KeyspaceHits, statistics.KeyspaceMisses));
        Assert.Equal(events, harness.TakeEvents());
    }

    [Fact]
    public void Randomkey_finds_the_one_key_among_many_expired_ones()
    {
        using var harness = new CommandHarness();
        harness.Given("SET live v");
        for (var i = 0; i < 2000; i++)
            harness.Given($"SET dead:{i} v ; PEXPIRE dead:{i} 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        for (var i = 0; i < 10; i++)
            Assert.Equal("$4 live", harness.Run("RANDOMKEY"));
        Assert.True(harness.Databases[0].Count < 2001, "drawing an expired key deletes it");
        harness.Given("DEL live");
        Assert.Equal("$-1", harness.Run("RANDOMKEY"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Randomkey_reaches_every_key()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 20; i++)
            harness.Given($"SET k{i} v");
        var seen = new HashSet<string>();
        for (var i = 0; i < 100_000 && seen.Count < 20; i++)
            seen.Add(harness.Run("RANDOMKEY"));
        Assert.Equal(20, seen.Count);
    }
}
