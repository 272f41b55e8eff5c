using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>RENAME, RENAMENX, COPY, MOVE.</summary>
public sealed class KeyRenameTests
{
    private const KeyspaceEvents Events = KeyspaceEvents.Generic | KeyspaceEvents.New | KeyspaceEvents.Expired;

    [Theory]
    [InlineData("SET k v", "RENAME k l", "+OK")]
    [InlineData("SET k v ; SET l w", "RENAME k l", "+OK")]
    [InlineData("SET k v", "RENAME k k", "+OK")]
    [InlineData("", "RENAME k l", "-ERR no such key")]
    [InlineData("", "RENAME k k", "-ERR no such key")]
    [InlineData("", "RENAME k", "-ERR wrong number of arguments for 'rename' command")]
    [InlineData("SET k v", "RENAMENX k l", ":1")]
    [InlineData("SET k v ; SET l w", "RENAMENX k l", ":0")]
    [InlineData("SET k v", "RENAMENX k k", ":0")]
    [InlineData("", "RENAMENX k l", "-ERR no such key")]
    [InlineData("SET k v", "COPY k l", ":1")]
    [InlineData("SET k v ; SET l w", "COPY k l", ":0")]
    [InlineData("SET k v ; SET l w", "COPY k l REPLACE", ":1")]
    [InlineData("SET k v", "COPY k l replace replace", ":1")]
    [InlineData("", "COPY k l", ":0")]
    [InlineData("SET l w", "COPY k l REPLACE", ":0")]
    [InlineData("SET k v", "COPY k k", "-ERR source and destination objects are the same")]
    [InlineData("", "COPY k k", "-ERR source and destination objects are the same")]
    [InlineData("SET k v", "COPY k k DB 0", "-ERR source and destination objects are the same")]
    [InlineData("SET k v", "COPY k k DB 1", ":1")]
    [InlineData("SET k v", "COPY k l DB 1 DB 2", ":1")]
    [InlineData("SET k v", "COPY k l DB 16", "-ERR DB index is out of range")]
    [InlineData("SET k v", "COPY k l DB -1", "-ERR DB index is out of range")]
    [InlineData("SET k v", "COPY k l DB x", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "COPY k l DB 3000000000",
        "-ERR value is out of range, value must between -2147483648 and 2147483647")]
    [InlineData("SET k v", "COPY k l DB", "-ERR syntax error")]
    [InlineData("SET k v", "COPY k l BAD", "-ERR syntax error")]
    [InlineData("", "COPY k", "-ERR wrong number of arguments for 'copy' command")]
    [InlineData("SET k v", "MOVE k 1", ":1")]
    [InlineData("", "MOVE k 1", ":0")]
    [InlineData("SET k v ; SELECT 1 ; SET k w ; SELECT 0", "MOVE k 1", ":0")]
    [InlineData("SET k v", "MOVE k 0", "-ERR source and destination objects are the same")]
    [InlineData("", "MOVE k 0", "-ERR source and destination objects are the same")]
    [InlineData("SET k v", "MOVE k 16", "-ERR DB index is out of range")]
    [InlineData("SET k v", "MOVE k -1", "-ERR DB index is out of range")]
    [InlineData("SET k v", "MOVE k x", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "MOVE k 2147483648",
        "-ERR value is out of range, value must between -2147483648 and 2147483647")]
    [InlineData("SET k v ; EXPIRE k 100", "RENAME k l", "+OK")]
    [InlineData("SETRANGE k 40000 x ; EXPIRE k 100 ; SADD l a b", "RENAME k l", "+OK")]
    [InlineData("SETRANGE k 40000 x ; SETRANGE l 50000 y", "RENAME k l", "+OK")]
    [InlineData("SETRANGE k 40000 x", "COPY k l", ":1")]
    [InlineData("SETRANGE k 40000 x ; EXPIRE k 100", "MOVE k 3", ":1")]
    [InlineData("SET k v ; SET l w ; EXPIRE l 100", "RENAME k l", "+OK")]
    [InlineData("SET k v ; EXPIRE k 100", "COPY k l DB 3 REPLACE", ":1")]
    [InlineData("SET k v ; EXPIRE k 100", "MOVE k 3", ":1")]
    public void Replies(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("RENAME k l", "new l, rename_from k, rename_to l")]
    [InlineData("RENAME k other", "new other, rename_from k, rename_to other")]
    [InlineData("RENAME k k", "")]
    [InlineData("RENAMENX k other", "")]
    [InlineData("COPY k l", "new l, copy_to l")]
    [InlineData("COPY k other REPLACE DB 2", "new other@2, copy_to other@2")]
    [InlineData("COPY k other", "")]
    [InlineData("MOVE k 2", "new k@2, move_from k, move_to k@2")]
    public void Publishes(string command, string events) =>
        CommandHarness.CheckEvents("SET k v ; SET other w", command, events, Events);

    [Theory]
    [InlineData("RENAME k l", 0)]
    [InlineData("COPY k l", 0)]
    [InlineData("MOVE k 5", 5)]
    public void Value_and_time_to_live_go_along(string command, int database)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k value ; PEXPIRE k 5000 ; SET l old");
        harness.Given("DEL l");
        harness.Run(command);
        harness.Given($"SELECT {database}");
        var key = database == 0 ? "l" : "k";
        Assert.Equal("$5 value", harness.Run($"GET {key}"));
        Assert.Equal(":5000", harness.Run($"PTTL {key}"));
    }

    [Fact]
    public void Rename_onto_itself_changes_and_logs_nothing()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; EXPIRE k 100");
        harness.TakeLog();
        var before = harness.Dump();
        Assert.Equal("+OK", harness.Run("RENAME k k"));
        Assert.Equal("", harness.TakeLog());
        Assert.Equal(before, harness.Dump());
    }

    [Fact]
    public void Rename_replaces_the_time_to_live_of_its_target()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; SET l w ; EXPIRE l 100 ; RENAME k l");
        Assert.Equal(":-1", harness.Run("TTL l"));
    }

    [Fact]
    public void An_expired_source_is_no_source()
    {
        using var harness = new CommandHarness(Events);
        harness.Given("SET k v ; PEXPIRE k 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeEvents();
        Assert.Equal(":0", harness.Run("COPY k l"));
        Assert.Equal("-ERR no such key", harness.Run("RENAME k l"));
        Assert.Equal(":0", harness.Run("MOVE k 1"));
        Assert.Equal("expired k", harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("RENAMENX k l", "expired l, new l, rename_from k, rename_to l")]
    [InlineData("COPY k l", "expired l, new l, copy_to l")]
    public void An_expired_target_is_no_obstacle(string command, string events)
    {
        using var harness = new CommandHarness(Events);
        harness.Given("SET k v ; SET l w ; PEXPIRE l 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeEvents();
        Assert.Equal(":1", harness.Run(command));
        Assert.Equal(events, harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Move_replaces_an_expired_key_of_the_other_database()
    {
        using var harness = new CommandHarness(Events);
        harness.Given("SELECT 3 ; SET k old ; PEXPIRE k 1 ; SELECT 0 ; SET k v");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        harness.TakeEvents();
        Assert.Equal(":1", harness.Run("MOVE k 3"));
        Assert.Equal("expired k@3, new k@3, move_from k, move_to k@3", harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_transaction_moves_between_databases_and_replays()
    {
        using var harness = new CommandHarness();
        harness.Given(
            "SET a 1 ; SET b 2 ; MULTI ; MOVE a 1 ; SELECT 1 ; RENAME a c ; COPY c c DB 2 ; SELECT 0 ; RENAME b a ; "
                + "EXEC");
        Assert.Equal("00 a String 2 -1\n01 c String 1 -1\n02 c String 1 -1", harness.Dump());
        harness.AssertReplayAgrees();
    }
}
