namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// What string and bitmap commands leave in the change log: effects that any Redis 7 can apply, at any time.
/// </summary>
/// <remarks>The clock stands at 1700000000000.</remarks>
public sealed class StringsLogTests
{
    [Theory]
    // As they came
    [InlineData("", "SET k v", "SET k v")]
    [InlineData("", "SETNX k v", "SETNX k v")]
    [InlineData("", "MSET a 1 b 2", "MSET a 1 b 2")]
    [InlineData("", "MSETNX a 1 b 2", "MSETNX a 1 b 2")]
    [InlineData("", "APPEND k v", "APPEND k v")]
    [InlineData("SET k v", "APPEND k \"\"", "APPEND k ")]
    [InlineData("", "SETRANGE k 3 v", "SETRANGE k 3 v")]
    [InlineData("", "INCR k", "INCR k")]
    [InlineData("", "decrby k 5", "decrby k 5")]
    [InlineData("SET k 1", "INCRBY k 0", "INCRBY k 0")]
    [InlineData("", "SETBIT k 7 1", "SETBIT k 7 1")]
    [InlineData("", "SETBIT k 7 0", "SETBIT k 7 0")]
    [InlineData("SET a x", "BITOP NOT d a", "BITOP NOT d a")]
    [InlineData("SET d x", "BITOP AND d a", "BITOP AND d a")]
    [InlineData("", "BITFIELD k INCRBY u8 0 1 GET u8 0", "BITFIELD k INCRBY u8 0 1 GET u8 0")]
    [InlineData("", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 256")]

    // Times become absolute, conditions are settled
    [InlineData("", "SET k v EX 10", "SET k v PXAT 1700000010000")]
    [InlineData("", "SET k v PX 10", "SET k v PXAT 1700000000010")]
    [InlineData("", "SET k v EXAT 1800000000", "SET k v PXAT 1800000000000")]
    [InlineData("", "SET k v PXAT 1800000000001", "SET k v PXAT 1800000000001")]
    [InlineData("", "SET k v NX", "SET k v")]
    [InlineData("", "SET k v NX GET PX 10", "SET k v PXAT 1700000000010")]
    [InlineData("SET k v", "SET k w XX GET", "SET k w")]
    [InlineData("SET k v", "SET k w KEEPTTL", "SET k w KEEPTTL")]
    [InlineData("SET k v", "SET k w IFEQ v", "SET k w")]
    [InlineData("SET k v", "SET k w IFEQ v KEEPTTL GET", "SET k w KEEPTTL")]
    [InlineData("", "SET k w IFNE v EX 10", "SET k w PXAT 1700000010000")]
    [InlineData("", "SETEX k 10 v", "SET k v PXAT 1700000010000")]
    [InlineData("", "PSETEX k 10 v", "SET k v PXAT 1700000000010")]
    [InlineData("", "GETSET k v", "SET k v")]
    [InlineData("SET k v", "GETDEL k", "DEL k")]
    [InlineData("SET k v", "DELIFEQ k v", "DEL k")]
    [InlineData("SET k v", "DELEX k IFNE w", "DEL k")]
    [InlineData("SET k v", "DELEX k", "DEL k")]
    [InlineData("SET k v", "GETEX k EX 10", "PEXPIREAT k 1700000010000")]
    [InlineData("SET k v EX 10", "GETEX k PERSIST", "PERSIST k")]
    [InlineData("SET k v", "GETEX k PXAT 1", "DEL k")]
    [InlineData("SET k v", "GETEX k EXAT 1700000000", "DEL k")]
    [InlineData("SET k 1", "INCRBYFLOAT k 0.5", "SET k 1.5 KEEPTTL")]
    [InlineData("", "INCRBYFLOAT k 3e2", "SET k 300 KEEPTTL")]

    // Nothing done, nothing logged
    [InlineData("SET k v", "GET k", "")]
    [InlineData("SET k v", "SET k w NX", "")]
    [InlineData("", "SET k w XX GET", "")]
    [InlineData("SET k v", "SET k w IFNE v", "")]
    [InlineData("SET k v", "SETNX k w", "")]
    [InlineData("SET b v", "MSETNX a w b w", "")]
    [InlineData("", "GETDEL k", "")]
    [InlineData("", "GETEX k EX 10", "")]
    [InlineData("SET k v EX 10", "GETEX k", "")]
    [InlineData("SET k v", "GETEX k PERSIST", "")]
    [InlineData("SET k v", "DELIFEQ k w", "")]
    [InlineData("SET k v", "SETRANGE k 10 \"\"", "")]
    [InlineData("SET k a", "SETBIT k 1 1", "")]
    [InlineData("SET k a", "BITFIELD k SET u8 0 97", "")]
    [InlineData("SET k a", "BITFIELD k GET u8 0", "")]
    [InlineData("SET k \"\\xff\"", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 1", "")]
    [InlineData("", "BITOP AND d a", "")]
    public void A_command_is_logged_in_the_form_that_replays_alike(string given, string command, string log)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.TakeLog();
        harness.Run(command);
        Assert.Equal(log, harness.TakeLog());
    }

    [Theory]
    [InlineData("SET k w", "SET k w")]
    [InlineData("SET k w XX", "DEL k")]
    [InlineData("INCR k", "DEL k ; INCR k")]
    [InlineData("SET k w KEEPTTL", "DEL k ; SET k w KEEPTTL")]
    [InlineData("GETEX k", "DEL k")]
    [InlineData("GET k", "DEL k")]
    public void An_expired_key_is_logged_as_deleted_before_what_replaces_it(string command, string log)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v PX 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeLog();
        harness.Run(command);
        Assert.Equal(log, harness.TakeLog());
    }

    [Fact]
    public void A_source_that_has_expired_is_logged_as_deleted_before_what_was_made_of_it()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a x PX 1 ; SET b y");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeLog();
        harness.Given("BITOP OR d a b");
        Assert.Contains("DEL a ; BITOP OR d a b", harness.TakeLog(), StringComparison.Ordinal);
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_transaction_is_logged_as_one()
    {
        using var harness = new CommandHarness();
        harness.Given("MULTI ; SET k v EX 10 ; INCRBYFLOAT n 0.5 ; GET k ; SETNX k w ; GETDEL n ; EXEC");
        Assert.Equal("MULTI ; SET k v PXAT 1700000010000 ; SET n 0.5 KEEPTTL ; DEL n ; EXEC", harness.TakeLog());
        harness.AssertReplayAgrees();
    }
}
