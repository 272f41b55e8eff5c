using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>SORT and SORT_RO of what there is: missing keys and strings.</summary>
public sealed class SortCommandTests
{
    [Theory]
    [InlineData("", "SORT k", "*0")]
    [InlineData("", "SORT_RO k", "*0")]
    [InlineData("", "SORT k BY w_* LIMIT 0 -1 GET # GET o_*->f ASC DESC ALPHA", "*0")]
    [InlineData("", "SORT k LIMIT 1 2 LIMIT 3 4", "*0")]
    [InlineData("", "SORT_RO k BY nosort GET #", "*0")]
    [InlineData("SET k v", "SORT k", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData("SET k v", "SORT_RO k", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData("SET k v", "SORT k STORE d", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    [InlineData("SET k v", "SORT k BAD", "-ERR syntax error")]
    [InlineData("", "SORT k BAD", "-ERR syntax error")]
    [InlineData("", "SORT k BY", "-ERR syntax error")]
    [InlineData("", "SORT k GET", "-ERR syntax error")]
    [InlineData("", "SORT k STORE", "-ERR syntax error")]
    [InlineData("", "SORT k LIMIT 0", "-ERR syntax error")]
    [InlineData("", "SORT k LIMIT a 1", "-ERR value is not an integer or out of range")]
    [InlineData("", "SORT k LIMIT 0 b", "-ERR value is not an integer or out of range")]
    [InlineData("", "SORT k LIMIT 1 2 3", "-ERR syntax error")]
    [InlineData("", "SORT_RO k STORE d", "-ERR syntax error")]
    [InlineData("", "SORT", "-ERR wrong number of arguments for 'sort' command")]
    [InlineData("", "SORT_RO", "-ERR wrong number of arguments for 'sort_ro' command")]
    [InlineData("", "SORT k STORE d", ":0")]
    [InlineData("SET d v", "SORT k STORE d", ":0")]
    [InlineData("RPUSH k 3 1 2", "SORT k", "*3 $1 1 $1 2 $1 3")]
    [InlineData("RPUSH k 3 1 2", "SORT k DESC LIMIT 0 2", "*2 $1 3 $1 2")]
    [InlineData("RPUSH k 10 9 b", "SORT k ALPHA", "*3 $2 10 $1 9 $1 b")]
    [InlineData("RPUSH k 10 9 b", "SORT k", "-ERR One or more scores can't be converted into double")]
    [InlineData("RPUSH k 10 9 b", "SORT k STORE d", "-ERR One or more scores can't be converted into double")]
    [InlineData("RPUSH k b a ; MSET w_a 2 w_b 1", "SORT k BY w_* GET # GET w_* GET x_*",
        "*6 $1 b $1 1 $-1 $1 a $1 2 $-1")]
    [InlineData("RPUSH k b a ; MSET w_a 2 w_b 1", "SORT k BY w_* GET x_* GET w_* STORE d", ":4")]
    [InlineData("RPUSH k a b c", "SORT k BY nosort DESC LIMIT 1 1", "*1 $1 b")]
    [InlineData("RPUSH k 2 1 ; SET d v ; EXPIRE d 100", "SORT k STORE d", ":2")]
    [InlineData("RPUSH k 2 1", "SORT k STORE k", ":2")]
    [InlineData("RPUSH k 2 1", "SORT_RO k BY w_*", "*2 $1 1 $1 2")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Fact]
    public void An_empty_result_deletes_the_key_it_is_stored_at()
    {
        using var harness = new CommandHarness(KeyspaceEvents.Generic);
        harness.Given("SET d v");
        harness.TakeLog();
        Assert.Equal(":0", harness.Run("SORT missing STORE d"));
        Assert.Equal(":0", harness.Run("SORT missing STORE d"));
        Assert.Equal("DEL d", harness.TakeLog());
        Assert.Equal("del d", harness.TakeEvents());
        Assert.Equal("", harness.Dump());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void The_word_store_as_another_option_s_value_names_no_key()
    {
        using var harness = new CommandHarness();
        harness.Given("SET STORE 1 ; SET x 2 ; SET d 3");
        // The debug build of Storage asserts that the stripe of every key it touches is held.
        Assert.Equal(":0", harness.Run("SORT missing BY store STORE d"));
        Assert.Equal(":0", harness.Run("SORT missing GET STORE STORE y STORE x"));
        Assert.Equal("00 STORE String 1 -1", harness.Dump());
        harness.AssertReplayAgrees();
    }
}
