namespace RedisLite.Core.Tests.Commands;

/// <summary>MULTI, EXEC, DISCARD, WATCH, UNWATCH.</summary>
public sealed class TransactionCommandTests
{
    private const string Aborted = "-EXECABORT Transaction discarded because of previous errors.";

    [Theory]
    [InlineData("", "MULTI", "+OK")]
    [InlineData("MULTI", "MULTI", "-ERR MULTI calls can not be nested")]
    [InlineData("MULTI", "SET k v", "+QUEUED")]
    [InlineData("MULTI", "EXEC", "*0")]
    [InlineData("MULTI ; SET k 1 ; INCR k ; GET k", "EXEC", "*3 +OK :2 $1 2")]
    [InlineData("SET k v ; MULTI ; INCR k ; SET l 1", "EXEC", "*2 -ERR value is not an integer or out of range +OK")]
    [InlineData("MULTI ; SELECT 3 ; SET k v", "EXEC", "*2 +OK +OK")]
    [InlineData("", "EXEC", "-ERR EXEC without MULTI")]
    [InlineData("", "DISCARD", "-ERR DISCARD without MULTI")]
    [InlineData("MULTI ; SET k v", "DISCARD", "+OK")]
    [InlineData("MULTI", "WATCH k", "-ERR WATCH inside MULTI is not allowed")]
    [InlineData("", "WATCH k l", "+OK")]
    [InlineData("WATCH k", "UNWATCH", "+OK")]
    [InlineData("MULTI", "EXEC x",
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("NOSUCH")]
    [InlineData("GET")]
    [InlineData("SHUTDOWN")]
    public void A_refused_command_aborts_the_transaction(string command)
    {
        using var harness = new CommandHarness();
        harness.Given("MULTI ; SET k v");
        Assert.StartsWith("-ERR ", harness.Run(command), StringComparison.Ordinal);
        Assert.Equal(Aborted, harness.Run("EXEC"));
        Assert.Equal("$-1", harness.Run("GET k"));
        Assert.Equal("-ERR EXEC without MULTI", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("SET k v", "SET k v")]
    [InlineData("SET k v", "DEL k")]
    [InlineData("SET k v", "EXPIRE k 100")]
    [InlineData("SET k v", "APPEND k x")]
    [InlineData("SET k v", "RENAME k l")]
    [InlineData("SET k v ; SET l w", "RENAME l k")]
    [InlineData("SET k v", "MOVE k 3")]
    [InlineData("SET k v", "FLUSHDB")]
    [InlineData("SET k v", "FLUSHALL")]
    [InlineData("SET k v", "SWAPDB 0 1")]
    [InlineData("", "SET k v")]
    [InlineData("", "SETBIT k 1 1")]
    public void A_change_of_a_watched_key_fails_exec(string given, string change)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.Given("WATCH other k");
        Assert.DoesNotContain("-ERR", harness.NewClient().Run(change), StringComparison.Ordinal);
        harness.Given("MULTI ; SET done 1");
        Assert.Equal("*-1", harness.Run("EXEC"));
        harness.Given("MULTI ; SET done 1");
        Assert.Equal("*1 +OK", harness.Run("EXEC"));
    }

    [Theory]
    [InlineData("SET k v", "GET k")]
    [InlineData("SET k v", "SET l w")]
    [InlineData("SET k v", "DEL nosuch")]
    [InlineData("", "DEL k")]
    [InlineData("", "FLUSHDB")]
    [InlineData("SET k v", "SET k w NX")]
    [InlineData("SET k v", "EXPIRE k 100 XX")]
    public void What_changes_nothing_does_not_fail_exec(string given, string command)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.Given("WATCH k");
        harness.NewClient().Run(command);
        harness.Given("MULTI ; GET k");
        Assert.StartsWith("*1 ", harness.Run("EXEC"), StringComparison.Ordinal);
    }

    [Fact]
    public void Expiry_of_a_watched_key_fails_exec()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v PX 100 ; WATCH k");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(200));
        harness.Given("MULTI ; GET k");
        Assert.Equal("*-1", harness.Run("EXEC"));
    }

    [Fact]
    public void A_key_that_was_expired_when_watched_may_go()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v PX 100");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(200));
        harness.Given("WATCH k");
        harness.NewClient().Run("DEL k");
        harness.Given("MULTI ; PING");
        Assert.Equal("*1 +PONG", harness.Run("EXEC"));
    }

    [Fact]
    public void Discard_and_unwatch_forget_the_watched_keys()
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        foreach (var forget in new[] { "UNWATCH", "MULTI ; DISCARD" })
        {
            harness.Given("WATCH k ; " + forget);
            other.Run("SET k v");
            harness.Given("MULTI ; PING");
            Assert.Equal("*1 +PONG", harness.Run("EXEC"));
        }
    }

    [Fact]
    public void The_log_frames_the_effects_of_a_transaction()
    {
        using var harness = new CommandHarness();
        harness.Given("MULTI ; GET k ; SET k v ; SELECT 2 ; SET l w");
        harness.Run("EXEC");
        Assert.Equal("MULTI ; SET k v ; SELECT 2 ; SET l w ; EXEC", harness.TakeLog());
        harness.Given("SELECT 0 ; MULTI ; GET k");
        harness.Run("EXEC");
        Assert.Equal("", harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Short_memory_refuses_queueing_but_not_discarding()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; MULTI");
        harness.Options.MaxMemory = 1;
        Assert.StartsWith("-OOM ", harness.Run("GET k"), StringComparison.Ordinal);
        Assert.Equal("+OK", harness.Run("DISCARD"));
    }

    [Fact]
    public void Exec_of_writes_is_refused_with_the_log_s_reason()
    {
        using var harness = new CommandHarness();
        harness.Given("MULTI ; SET k v");
        harness.Services.Persistence = new RefusingPersistence("MISCONF no disk");
        Assert.Equal("-EXECABORT Transaction discarded because of: MISCONF no disk", harness.Run("EXEC"));
        harness.Given("MULTI ; GET k");
        Assert.Equal("*1 $-1", harness.Run("EXEC"));
    }
}
