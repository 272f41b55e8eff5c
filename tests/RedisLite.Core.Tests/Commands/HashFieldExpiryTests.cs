using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Fields that expire: HEXPIRE and its kin, HTTL and its kin, HPERSIST, HGETEX, HSETEX, HGETDEL. The clock stands at
/// 1700000000000.
/// </summary>
public sealed class HashFieldExpiryTests
{
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    private const string NoFields = "-ERR Mandatory argument FIELDS is missing or not at the right position";
    private const string Mismatch = "-ERR The `numfields` parameter must match the number of arguments";

    [Theory]
    // HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT
    [InlineData("HSET h a 1 b 2", "HEXPIRE h 10 FIELDS 3 a x b", "*3 :1 :-2 :1")]
    [InlineData("HSET h a 1", "HEXPIRE h 0 FIELDS 1 a", "*1 :2")]
    [InlineData("HSET h a 1 b 1", "HPEXPIREAT h 1700000000000 FIELDS 2 a a", "*2 :2 :-2")]
    [InlineData("", "HEXPIRE h 10 FIELDS 2 a b", "*2 :-2 :-2")]
    [InlineData("SET s x", "HEXPIRE s x FIELDS 1 a", WrongType)]
    [InlineData("HSET h a 1", "HEXPIRE h 10 XX FIELDS 1 a", "*1 :0")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 GT FIELDS 1 a", "*1 :0")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 LT FIELDS 1 a", "*1 :1")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 nx FIELDS 1 a", "*1 :1")]
    [InlineData("HSET h a 1 ; HEXPIRE h 5 FIELDS 1 a", "HEXPIRE h 10 NX FIELDS 1 a", "*1 :0")]
    [InlineData("HSET h a 1 ; HEXPIRE h 5 FIELDS 1 a", "HEXPIRE h 10 XX FIELDS 1 a", "*1 :1")]
    [InlineData("HSET h a 1 ; HEXPIRE h 5 FIELDS 1 a", "HEXPIRE h 10 GT FIELDS 1 a", "*1 :1")]
    [InlineData("HSET h a 1 ; HEXPIRE h 5 FIELDS 1 a", "HEXPIRE h 5 GT FIELDS 1 a", "*1 :0")]
    [InlineData("HSET h a 1 ; HEXPIRE h 5 FIELDS 1 a", "HEXPIRE h 5 LT FIELDS 1 a", "*1 :0")]
    [InlineData("HSET h a 1 ; HEXPIRE h 5 FIELDS 1 a", "HPEXPIRE h 4999 LT FIELDS 1 a", "*1 :1")]
    [InlineData("HSET h a 1", "HEXPIRE h x FIELDS 1 a", "-ERR value is not an integer or out of range")]
    [InlineData("HSET h a 1", "HEXPIRE h -1 FIELDS 1 a", "-ERR invalid expire time, must be >= 0")]
    [InlineData("HSET h a 1", "HEXPIRE h 9223372036854775807 FIELDS 1 a",
        "-ERR invalid expire time in 'hexpire' command")]
    [InlineData("HSET h a 1", "HPEXPIREAT h 70368744177664 FIELDS 1 a",
        "-ERR invalid expire time in 'hpexpireat' command")]
    [InlineData("HSET h a 1", "HPEXPIREAT h 70368744177663 FIELDS 1 a", "*1 :1")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 BAD FIELDS 1 a", NoFields)]
    [InlineData("HSET h a 1", "HEXPIRE h 10 FIELDS 0 a", "-ERR Parameter `numFields` should be greater than 0")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 FIELDS x a", "-ERR Parameter `numFields` should be greater than 0")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 FIELDS 2 a", Mismatch)]

    // HTTL and its kin
    [InlineData("HSET h a 1 b 2 ; HPEXPIRE h 1500 FIELDS 1 a", "HTTL h FIELDS 3 a b c", "*3 :2 :-1 :-2")]
    [InlineData("HSET h a 1 b 2 ; HPEXPIRE h 1500 FIELDS 1 a", "HPTTL h FIELDS 1 a", "*1 :1500")]
    [InlineData("HSET h a 1 b 2 ; HPEXPIRE h 1500 FIELDS 1 a", "HEXPIRETIME h FIELDS 1 a", "*1 :1700000002")]
    [InlineData("HSET h a 1 b 2 ; HPEXPIRE h 1500 FIELDS 1 a", "HPEXPIRETIME h FIELDS 1 a", "*1 :1700000001500")]
    [InlineData("", "HTTL h FIELDS 1 a", "*1 :-2")]
    [InlineData("HSET h a 1", "HTTL h BAD 1 a", NoFields)]
    [InlineData("HSET h a 1", "HTTL h FIELDS -1 a", "-ERR Number of fields must be a positive integer")]
    [InlineData("HSET h a 1", "HTTL h FIELDS 2 a", Mismatch)]
    [InlineData("SET s x", "HTTL s FIELDS 1 a", WrongType)]
    [InlineData("SET s x", "HPTTL s FIELDS 1 a", WrongType)]
    [InlineData("SET s x", "HEXPIRETIME s FIELDS 1 a", WrongType)]
    [InlineData("SET s x", "HPEXPIRETIME s FIELDS 1 a", WrongType)]

    // HPERSIST
    [InlineData("HSET h a 1 b 2 ; HEXPIRE h 5 FIELDS 1 a", "HPERSIST h FIELDS 3 a b c", "*3 :1 :-1 :-2")]
    [InlineData("", "HPERSIST h FIELDS 1 a", "*1 :-2")]
    [InlineData("HSET h a 1", "HPERSIST h FIELDS 0 a", "-ERR Number of fields must be a positive integer")]
    [InlineData("SET s x", "HPERSIST s FIELDS 1 a", WrongType)]

    // HGETDEL, HGETEX
    [InlineData("HSET h a 1 b 2", "HGETDEL h FIELDS 3 a x a", "*3 $1 1 $-1 $-1")]
    [InlineData("", "HGETDEL h FIELDS 1 a", "*1 $-1")]
    [InlineData("HSET h a 1 b 2", "HGETDEL h FIELDS 3 a", Mismatch)]
    [InlineData("SET s x", "HGETDEL s FIELDS 1 a", WrongType)]
    [InlineData("HSET h a 1", "HGETEX h FIELDS 2 a b", "*2 $1 1 $-1")]
    [InlineData("HSET h a 1", "HGETEX h EX 5 FIELDS 2 a b", "*2 $1 1 $-1")]
    [InlineData("HSET h a 1", "HGETEX h EXAT 1 FIELDS 2 a a", "*2 $1 1 $-1")]
    [InlineData("HSET h a 1", "HGETEX h PERSIST FIELDS 1 a", "*1 $1 1")]
    [InlineData("", "HGETEX h PERSIST FIELDS 1 a", "*1 $-1")]
    [InlineData("HSET h a 1", "HGETEX h EX x FIELDS 1 a", "-ERR value is not an integer or out of range")]
    [InlineData("HSET h a 1", "HGETEX h EX 5 PX 5 FIELDS 1 a", NoFields)]
    [InlineData("SET s x", "HGETEX s FIELDS 1 a", WrongType)]

    // HSETEX
    [InlineData("", "HSETEX h EX 5 FIELDS 1 a 1", ":1")]
    [InlineData("", "HSETEX h FXX EX 5 FIELDS 1 a 1", ":0")]
    [InlineData("HSET h a 1", "HSETEX h FXX FIELDS 2 a 1 b 2", ":0")]
    [InlineData("HSET h a 1", "HSETEX h FNX FIELDS 2 b 1 a 2", ":0")]
    [InlineData("HSET h a 1", "HSETEX h KEEPTTL FNX FIELDS 1 b 1", ":1")]
    [InlineData("HSET h a 1", "HSETEX h PXAT 1 FIELDS 1 a 1", ":1")]
    [InlineData("", "HSETEX h FNX FXX FIELDS 1 a 1", "-ERR Only one of FXX or FNX arguments can be specified")]
    [InlineData("", "HSETEX h EX 5 KEEPTTL FIELDS 1 a 1",
        "-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")]
    [InlineData("", "HSETEX h BAD FIELDS 1 a 1", "-ERR unknown argument: BAD")]
    [InlineData("", "HSETEX h FIELDS 2 a 1 b", "-ERR wrong number of arguments for 'hsetex' command")]
    [InlineData("", "HSETEX h FIELDS 0 a 1", "-ERR invalid number of fields")]
    [InlineData("", "HSETEX h EX -5 FIELDS 1 a 1", "-ERR invalid expire time, must be >= 0")]
    [InlineData("", "HSETEX h KEEPTTL FNX FNX FNX", "-ERR Only one of FXX or FNX arguments can be specified")]
    [InlineData("", "HSETEX h KEEPTTL FNX x EX", "-ERR unknown argument: x")]
    [InlineData("SET s x", "HSETEX s FIELDS 1 a 1", WrongType)]
    public void A_command_has_this_reply(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("HSET h a 1 b 2", "HEXPIRE h 10 NX FIELDS 3 a x b", "HPEXPIREAT h 1700000010000 FIELDS 2 a b",
        "hexpire h")]
    [InlineData("HSET h a 1 b 2", "HPEXPIREAT h 1 FIELDS 2 a x", "HDEL h a", "hdel h")]
    [InlineData("HSET h a 1", "HEXPIREAT h 1 FIELDS 1 a", "HDEL h a", "hdel h, del h")]
    [InlineData("HSET h a 1", "HEXPIRE h 10 XX FIELDS 1 a", "", "")]
    [InlineData("HSETEX h EX 5 FIELDS 1 a 1", "HPERSIST h FIELDS 1 a", "HPERSIST h FIELDS 1 a", "hpersist h")]
    [InlineData("HSET h a 1 b 2", "HGETDEL h FIELDS 2 x a", "HDEL h a", "hdel h")]
    [InlineData("HSET h a 1", "HGETEX h PX 7 FIELDS 2 x a", "HPEXPIREAT h 1700000000007 FIELDS 1 a", "hexpire h")]
    [InlineData("HSETEX h EX 5 FIELDS 1 a 1", "HGETEX h PERSIST FIELDS 1 a", "HPERSIST h FIELDS 1 a", "hpersist h")]
    [InlineData("HSET h a 1", "HGETEX h PXAT 7 FIELDS 1 a", "HDEL h a", "hdel h, del h")]
    [InlineData("", "HSETEX h FNX EX 5 FIELDS 1 a 1", "HSETEX h PXAT 1700000005000 FIELDS 1 a 1", "hset h, hexpire h")]
    [InlineData("HSETEX h EX 5 FIELDS 1 a 1", "HSETEX h FXX KEEPTTL FIELDS 1 a 2", "HSETEX h KEEPTTL FIELDS 1 a 2",
        "hset h")]
    [InlineData("", "HSETEX h FIELDS 1 a 1", "HSET h a 1", "hset h")]
    [InlineData("HSET h a 1", "HSETEX h PXAT 1 FIELDS 2 a 1 b 1", "HDEL h a", "hdel h, del h")]
    [InlineData("HSETEX h EX 5 FIELDS 1 a 1", "HINCRBYFLOAT h a 1", "HSETEX h KEEPTTL FIELDS 1 a 2", "hincrbyfloat h")]
    [InlineData("HSETEX h EX 5 FIELDS 1 a 1", "HINCRBY h a 1", "HINCRBY h a 1", "hincrby h")]
    public void A_command_leaves_this_in_the_log_and_these_events(
        string given, string command, string log, string events) =>
        CommandHarness.CheckEffects(given, command, log, events, KeyspaceEvents.All);

    [Theory]
    [InlineData("HGET h a", "$-1")]
    [InlineData("HMGET h a b", "*2 $-1 $1 2")]
    [InlineData("HGETALL h", "*2 $1 b $1 2")]
    [InlineData("HKEYS h", "*1 $1 b")]
    [InlineData("HVALS h", "*1 $1 2")]
    [InlineData("HLEN h", ":1")]
    [InlineData("HSTRLEN h a", ":0")]
    [InlineData("HEXISTS h a", ":0")]
    [InlineData("HRANDFIELD h", "$1 b")]
    [InlineData("HRANDFIELD h 5", "*1 $1 b")]
    [InlineData("HRANDFIELD h -2", "*2 $1 b $1 b")]
    [InlineData("HSCAN h 0", "*2 $1 0 *2 $1 b $1 2")]
    [InlineData("HTTL h FIELDS 1 a", "*1 :-2")]
    [InlineData("HGETEX h FIELDS 1 a", "*1 $-1")]
    public void An_expired_field_is_missing_to_readers(string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given("HSET h b 2 ; HSETEX h PX 100 FIELDS 1 a 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(reply, harness.Run(command));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("HSET h a 7", ":1", "HDEL h a ; HSET h a 7", "hexpired h, hset h")]
    [InlineData("HSETNX h a 7", ":1", "HDEL h a ; HSETNX h a 7", "hexpired h, hset h")]
    [InlineData("HSET h other 7", ":1", "HDEL h a ; HSET h other 7", "hexpired h, hset h")]
    [InlineData("HDEL h a", ":0", "HDEL h a", "hexpired h")]
    [InlineData("HINCRBY h a 1", ":1", "HDEL h a ; HINCRBY h a 1", "hexpired h, hincrby h")]
    [InlineData("HINCRBYFLOAT h a 1", "$1 1", "HDEL h a ; HSET h a 1", "hexpired h, hincrbyfloat h")]
    [InlineData("HEXPIRE h 5 FIELDS 1 a", "*1 :-2", "HDEL h a", "hexpired h")]
    [InlineData("HPERSIST h FIELDS 1 a", "*1 :-2", "HDEL h a", "hexpired h")]
    [InlineData("HGETDEL h FIELDS 1 a", "*1 $-1", "HDEL h a", "hexpired h")]
    [InlineData("HGETEX h EX 5 FIELDS 1 a", "*1 $-1", "HDEL h a", "hexpired h")]
    [InlineData("HSETEX h FNX FIELDS 1 a 1", ":1", "HDEL h a ; HSET h a 1", "hexpired h, hset h")]
    [InlineData("HSETEX h FXX FIELDS 1 a 1", ":0", "HDEL h a", "hexpired h")]
    public void A_writer_deletes_an_expired_field_first(string command, string reply, string log, string events)
    {
        using var harness = new CommandHarness(KeyspaceEvents.All);
        harness.Given("HSET h b 2 ; HSETEX h PX 100 FIELDS 1 a 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
        harness.TakeLog();
        harness.TakeEvents();

        Assert.Equal(reply, harness.Run(command));

        Assert.Equal(log, harness.TakeLog());
        Assert.Equal(events, harness.TakeEvents());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void With_its_last_field_a_key_goes_and_its_own_expiry_with_it()
    {
        using var harness = new CommandHarness(KeyspaceEvents.All);
        harness.Given("HSETEX h PX 100 FIELDS 1 a 1 ; PEXPIRE h 5000");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));
        harness.TakeEvents();

        Assert.Equal(":1", harness.Run("HSET h a 2"));

        Assert.Equal("hexpired h, del h, hset h", harness.TakeEvents());
        Assert.Equal(":-1", harness.Run("PTTL h"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData(200, 3)]
    [InlineData(600, 5)]
    [InlineData(600, 597)]
    public void A_random_field_of_a_large_hash_is_a_live_one_and_each_is_drawn(int fields, int expiring)
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < fields; i++)
            harness.Given(i < expiring ? $"HSETEX h PX 10 FIELDS 1 f{i} v" : $"HSET h f{i} v");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(10));

        var drawn = harness.Run($"HRANDFIELD h {fields}").Split(' ').Where(word => word.StartsWith('f')).ToHashSet();
        Assert.Equal(Enumerable.Range(expiring, fields - expiring).Select(i => $"f{i}").Order(), drawn.Order());
        var again = harness.Run($"HRANDFIELD h -{fields * 4}").Split(' ').Where(
            word => word.StartsWith('f')).ToHashSet();
        Assert.Subset(drawn, again);
    }

    [Fact]
    public void A_field_that_is_set_again_loses_its_expiry()
    {
        using var harness = new CommandHarness();
        harness.Given("HSETEX h PX 100 FIELDS 2 a 1 b 1 ; HSET h a 2 ; HINCRBY h b 1");
        Assert.Equal("*2 :-1 :100", harness.Run("HPTTL h FIELDS 2 a b"));
    }

    [Fact]
    public void Expiry_survives_the_change_to_the_large_form()
    {
        using var harness = new CommandHarness();
        harness.Given("HSETEX h PX 100 FIELDS 1 a 1");
        for (var i = 0; i < 3000; i++)
            harness.Run($"HSET h field:{i} value");
        Assert.Equal("*1 :100", harness.Run("HPTTL h FIELDS 1 a"));
        Assert.Equal(":3001", harness.Run("HLEN h"));

        harness.Clock.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(":3000", harness.Run("HLEN h"));
        Assert.StartsWith("*3000 ", harness.Run("HKEYS h"), StringComparison.Ordinal);
        Assert.StartsWith("*2999 ", harness.Run("HRANDFIELD h 2999"), StringComparison.Ordinal);
        Assert.Equal(":0", harness.Run("HDEL h a"));
        harness.AssertReplayAgrees();
    }
}
