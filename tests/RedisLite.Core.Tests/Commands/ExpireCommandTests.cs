using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT, PERSIST, TTL, PTTL, EXPIRETIME, PEXPIRETIME. The clock shows 1700000000000.
/// </summary>
public sealed class ExpireCommandTests
{
    private const KeyspaceEvents Events = KeyspaceEvents.Generic | KeyspaceEvents.Expired;
    private const string Volatile = "SET k v ; PEXPIRE k 100000";

    [Theory]
    [InlineData("", "EXPIRE k 10", ":0")]
    [InlineData("SET k v", "EXPIRE k 10", ":1")]
    [InlineData("SET k v", "PEXPIRE k 10", ":1")]
    [InlineData("SET k v", "EXPIREAT k 1700000001", ":1")]
    [InlineData("SET k v", "PEXPIREAT k 1700000000001", ":1")]
    [InlineData("SET k v", "EXPIRE k", "-ERR wrong number of arguments for 'expire' command")]
    [InlineData("SET k v", "EXPIRE k x", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "EXPIRE k 1.5", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "EXPIRE k 9223372036854775808", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command")]
    [InlineData("SET k v", "EXPIRE k 9223372036854775", "-ERR invalid expire time in 'expire' command")]
    [InlineData("SET k v", "EXPIREAT k 9223372036854776", "-ERR invalid expire time in 'expireat' command")]
    [InlineData("SET k v", "EXPIREAT k 9223372036854775", ":1")]
    [InlineData("SET k v", "PEXPIRE k 9223372036854775807", "-ERR invalid expire time in 'pexpire' command")]
    [InlineData("SET k v", "PEXPIREAT k 9223372036854775807", ":1")]
    [InlineData("", "EXPIRE k 9223372036854775807", "-ERR invalid expire time in 'expire' command")]
    [InlineData("", "EXPIRE k x", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "EXPIRE k 10 FOO", "-ERR Unsupported option FOO")]
    [InlineData("SET k v", "EXPIRE k 10 \"a\\x00b\"", "-ERR Unsupported option a")]
    [InlineData("SET k v", "EXPIRE k x NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 GT NX", "-ERR NX and XX, GT or LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 NX LT", "-ERR NX and XX, GT or LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 NX GT LT",
        "-ERR NX and XX, GT or LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 LT GT", "-ERR GT and LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 XX GT LT", "-ERR GT and LT options at the same time are not compatible")]
    [InlineData("SET k v", "EXPIRE k 10 nx nx", ":1")]
    [InlineData("SET k v", "EXPIRE k 10 NX", ":1")]
    [InlineData(Volatile, "EXPIRE k 10 NX", ":0")]
    [InlineData("SET k v", "EXPIRE k 10 XX", ":0")]
    [InlineData(Volatile, "EXPIRE k 10 XX", ":1")]
    [InlineData("SET k v", "EXPIRE k 10 GT", ":0")]
    [InlineData(Volatile, "PEXPIRE k 100000 GT", ":0")]
    [InlineData(Volatile, "PEXPIRE k 100001 GT", ":1")]
    [InlineData("SET k v", "EXPIRE k 10 LT", ":1")]
    [InlineData(Volatile, "PEXPIRE k 100000 LT", ":0")]
    [InlineData(Volatile, "PEXPIRE k 99999 LT", ":1")]
    [InlineData("SET k v", "EXPIRE k 10 XX LT", ":0")]
    [InlineData(Volatile, "PEXPIRE k 99999 XX LT", ":1")]
    [InlineData(Volatile, "PEXPIRE k 100001 XX GT", ":1")]
    [InlineData("SET k v", "EXPIRE k 0", ":1")]
    [InlineData("SET k v", "EXPIRE k -1", ":1")]
    [InlineData("SET k v", "EXPIREAT k 0", ":1")]
    [InlineData("SET k v", "PEXPIREAT k -1", ":1")]
    [InlineData("SET k v", "PEXPIRE k -9223372036854775808", ":1")]
    [InlineData("SET k v", "EXPIRE k -9223372036854776", "-ERR invalid expire time in 'expire' command")]
    [InlineData("SET k v", "EXPIRE k -1 XX", ":0")]
    [InlineData("SET k v", "PERSIST k", ":0")]
    [InlineData(Volatile, "PERSIST k", ":1")]
    [InlineData("", "PERSIST k", ":0")]
    public void Replies_of_setting(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "TTL k", ":-2")]
    [InlineData("", "PTTL k", ":-2")]
    [InlineData("", "EXPIRETIME k", ":-2")]
    [InlineData("", "PEXPIRETIME k", ":-2")]
    [InlineData("SET k v", "TTL k", ":-1")]
    [InlineData("SET k v", "PTTL k", ":-1")]
    [InlineData("SET k v", "EXPIRETIME k", ":-1")]
    [InlineData("SET k v", "PEXPIRETIME k", ":-1")]
    [InlineData("SET k v ; PEXPIRE k 1499", "TTL k", ":1")]
    [InlineData("SET k v ; PEXPIRE k 1500", "TTL k", ":2")]
    [InlineData("SET k v ; PEXPIRE k 499", "TTL k", ":0")]
    [InlineData("SET k v ; PEXPIRE k 1499", "PTTL k", ":1499")]
    [InlineData("SET k v ; PEXPIRE k 1499", "EXPIRETIME k", ":1700000001")]
    [InlineData("SET k v ; PEXPIRE k 1500", "EXPIRETIME k", ":1700000002")]
    [InlineData("SET k v ; PEXPIRE k 1499", "PEXPIRETIME k", ":1700000001499")]
    [InlineData("SET k v ; PEXPIREAT k 9223372036854775807", "PEXPIRETIME k", ":9223372036854775807")]
    [InlineData("SET k v ; PEXPIREAT k 9223372036854775807", "EXPIRETIME k", ":9223372036854776")]
    public void Replies_of_asking(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("EXPIRE k 10", "PEXPIREAT k 1700000010000", "expire k")]
    [InlineData("PEXPIRE k 10", "PEXPIREAT k 1700000000010", "expire k")]
    [InlineData("EXPIREAT k 1700000001", "PEXPIREAT k 1700000001000", "expire k")]
    [InlineData("PEXPIREAT k 1700000000001", "PEXPIREAT k 1700000000001", "expire k")]
    [InlineData("PEXPIRE k 200000 XX GT", "PEXPIREAT k 1700000200000", "expire k")]
    [InlineData("EXPIRE k 0", "DEL k", "del k")]
    [InlineData("PEXPIREAT k 1700000000000", "DEL k", "del k")]
    [InlineData("EXPIRE k 10 NX", "", "")]
    [InlineData("PERSIST k", "PERSIST k", "persist k")]
    public void Logs_points_in_time_and_publishes(string command, string log, string events) =>
        CommandHarness.CheckEffects(Volatile, command, log, events, Events);

    [Fact]
    public void A_key_is_gone_at_its_time_and_not_before()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; PEXPIRE k 100");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal("$1 v", harness.Run("GET k"));
        Assert.Equal(":1", harness.Run("PTTL k"));
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("$-1", harness.Run("GET k"));
        Assert.Equal(":-2", harness.Run("PTTL k"));
        Assert.Equal("", harness.Dump());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_persisted_key_outlives_its_time()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; PEXPIRE k 100 ; PERSIST k");
        harness.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("$1 v", harness.Run("GET k"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void An_expiry_during_exec_s_wait_is_logged_as_a_deletion()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; PEXPIRE k 100 ; MULTI ; PERSIST k ; SET l w ; PEXPIRE l 50 ; EXPIRE l -1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("*4 :0 +OK :1 :1", harness.Run("EXEC"));
        Assert.Equal("", harness.Dump());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void An_expiry_between_two_commands_of_a_transaction_is_logged_between_them()
    {
        using var harness = new CommandHarness();
        harness.Given("SELECT 2 ; MULTI ; SET k old PXAT 1 ; APPEND k new ; SELECT 0 ; SET l w ; EXEC");
        Assert.Equal("00 l String w -1\n02 k String new -1", harness.Dump());
        Assert.Equal("MULTI ; SET k old PXAT 1 ; DEL k ; APPEND k new ; SELECT 0 ; SET l w ; EXEC", harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Time_stands_still_within_a_transaction()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; MULTI ; PEXPIRE k 1 ; PTTL k ; EXISTS k");
        Assert.Equal("*3 :1 :1 :1", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("EXPIRE k 100", true)]
    [InlineData("EXPIRE k 100 GT", false)]
    [InlineData("EXPIRE k -1", true)]
    [InlineData("PERSIST k", false)]
    [InlineData("TTL k", false)]
    public void A_watched_key_has_changed_when_its_time_has(string command, bool changes)
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given("SET k v ; WATCH k");
        other.Run(command);
        harness.Given("MULTI ; PING");
        Assert.Equal(changes ? "*-1" : "*1 +PONG", harness.Run("EXEC"));
    }

    [Fact]
    public void A_watched_key_that_expires_makes_exec_fail_even_if_nobody_touched_it()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; PEXPIRE k 100 ; WATCH k ; MULTI ; PING");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("*-1", harness.Run("EXEC"));
    }

    [Fact]
    public void A_key_watched_after_its_time_has_not_changed_when_it_is_deleted()
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given("SET k v ; PEXPIRE k 100");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
        harness.Given("WATCH k");
        other.Run("GET k");
        Assert.Equal("", harness.Dump());
        harness.Given("MULTI ; PING");
        Assert.Equal("*1 +PONG", harness.Run("EXEC"));
    }
}
