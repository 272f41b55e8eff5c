using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Scripts on a thread that reads sockets: short ones run there, others leave without a trace and run on the pool.
/// </summary>
public sealed class ScriptShortRunTests
{
    [Fact]
    public void A_short_script_runs_where_its_request_was_read()
    {
        using var harness = Harness();
        Assert.Equal(":1", harness.Client.RunShort("EVAL \"return redis.call('incr',KEYS[1])\" 1 n"));
        Assert.Equal(BatchOutcome.Completed, harness.Client.Outcome);
        Assert.Equal("MULTI ; incr n ; EXEC", harness.TakeLog());
    }

    [Theory]
    [InlineData("EVAL \"redis.call('incr',KEYS[1]) local s = 0 for i = 1, 3e6 do s = s + i end return "
            + "redis.call('incr',KEYS[1])\" 1 n")]
    [InlineData("EVAL \"redis.call('incr',KEYS[1]) string.find(string.rep('a',300), 'a-a-a-b') return "
            + "redis.call('incr',KEYS[1])\" 1 n")]
    [InlineData("EVAL \"for i = 1, 50000 do redis.call('exists',KEYS[1]) end redis.call('incr',KEYS[1]) return "
            + "redis.call('incr',KEYS[1])\" 1 n")]
    [InlineData("EVAL \"redis.call('incr',KEYS[1]) redis.call('keys','*') return redis.call('incr',KEYS[1])\" 1 n")]
    [InlineData(
        "EVAL \"redis.call('incr',KEYS[1]) redis.call('get','elsewhere') return redis.call('incr',KEYS[1])\" 1 n")]
    [InlineData(
        "EVAL \"redis.call('incr',KEYS[1]) redis.call('publish','c','m') return redis.call('incr',KEYS[1])\" 1 n")]
    public void One_that_takes_long_leaves_nothing_behind_and_happens_once_on_the_pool(string command)
    {
        using var harness = Harness();
        using var pool = new CommandExecutor(harness.Services);
        Assert.Equal("", harness.Client.RunShort(command));
        Assert.Equal(BatchOutcome.LockBusy, harness.Client.Outcome);
        Assert.Equal("", harness.TakeLog());
        Assert.Equal("$-1", harness.NewClient().Run("GET n"));

        Assert.Equal(":2", harness.Client.GoOn(pool));
        Assert.Equal(BatchOutcome.Completed, harness.Client.Outcome);
        Assert.Equal("$1 2", harness.Run("GET n"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void One_that_has_taken_long_leaves_at_once()
    {
        using var harness = Harness();
        using var pool = new CommandExecutor(harness.Services);
        const string command =
            "EVAL \"redis.call('incr',KEYS[1]) for i = 1, 1e7 do end return redis.call('incr',KEYS[1])\" 1 n";
        harness.Client.RunShort(command);
        Assert.Equal(":2", harness.Client.GoOn(pool));
        var calls = Calls(harness, "incr");
        Assert.Equal("", harness.Client.RunShort(command));
        Assert.Equal(BatchOutcome.LockBusy, harness.Client.Outcome);
        Assert.Equal(calls, Calls(harness, "incr"));
        Assert.Equal(":4", harness.Client.GoOn(pool));
    }

    [Fact]
    public void The_requests_before_and_after_it_keep_their_order()
    {
        using var harness = Harness();
        using var pool = new CommandExecutor(harness.Services);
        Assert.Equal("+OK", harness.Client.RunShort(
            "SET k 1", "EVAL \"for i = 1, 1e7 do end return redis.call('incr',KEYS[1])\" 1 k", "GET k"));
        Assert.Equal(BatchOutcome.LockBusy, harness.Client.Outcome);
        Assert.Equal(":2 $1 2", harness.Client.GoOn(pool));
    }

    [Theory]
    [InlineData("EVAL \"return redis.call('incr',KEYS[1])\" 1 n")]
    [InlineData("KEYS *")]
    public void A_transaction_with_what_may_take_long_runs_on_the_pool(string command)
    {
        using var harness = Harness();
        using var pool = new CommandExecutor(harness.Services);
        harness.Given("SET n 1");
        Assert.Equal("+OK +QUEUED", harness.Client.RunMany("MULTI", command));
        Assert.Equal("", harness.Client.RunShort("EXEC"));
        Assert.Equal(BatchOutcome.LockBusy, harness.Client.Outcome);
        Assert.StartsWith("*1 ", harness.Client.GoOn(pool), StringComparison.Ordinal);
        Assert.Equal("+OK +QUEUED", harness.Client.RunMany("MULTI", "INCR n"));
        Assert.StartsWith("*1 :", harness.Client.RunShort("EXEC"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_text_is_hashed_and_compiled_on_the_pool()
    {
        using var harness = Harness();
        using var pool = new CommandExecutor(harness.Services);
        var script = "return 5" + string.Concat(Enumerable.Repeat(" + 1", 2000));
        Assert.Equal("", harness.Client.RunShort($"EVAL '{script}' 0"));
        Assert.Equal(0, harness.Services.Scripts.Compilations);
        Assert.Equal(":2005", harness.Client.GoOn(pool));
        Assert.Equal(":2005", harness.Client.RunShort($"EVAL '{script}' 0"));
    }

    [Fact]
    public void A_function_is_short_or_leaves_as_a_script_does()
    {
        using var harness = Harness();
        using var pool = new CommandExecutor(harness.Services);
        Assert.Equal("$1 l", harness.Client.Run("FUNCTION"u8.ToArray(), "LOAD"u8.ToArray(),
            """
            #!lua name=l
            redis.register_function('short', function(keys) return redis.call('incr', keys[1]) end)
            redis.register_function('long', function(keys) redis.call('incr', keys[1]) while #keys < 2 do end
                return redis.call('incr', keys[1]) end)
            """u8.ToArray()));
        Assert.Equal(":1", harness.Client.RunShort("FCALL short 1 n"));
        Assert.Equal("", harness.Client.RunShort("FCALL long 1 n"));
        Assert.Equal("$1 1", harness.NewClient().Run("GET n"));
        harness.Services.Scripts.StopAll();
        Assert.Contains("Script killed by user", harness.Client.GoOn(pool), StringComparison.Ordinal);
        Assert.Equal("$1 1", harness.Run("GET n"));
    }

    // By what scripts do, and not by a clock that a busy machine makes long.
    private static CommandHarness Harness()
    {
        var harness = new CommandHarness();
        harness.Options.ShortScriptMs = int.MaxValue;
        return harness;
    }

    private static string Calls(CommandHarness harness, string command) =>
        harness.NewClient().Run("INFO commandstats").Split("cmdstat_" + command + ":calls=")[1].Split(',')[0];
}
