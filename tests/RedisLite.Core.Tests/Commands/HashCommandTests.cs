namespace RedisLite.Core.Tests.Commands;

/// <summary>Hash commands of Redis 7.0: given, command, reply.</summary>
public sealed class HashCommandTests
{
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    private const string NotAnInteger = "-ERR value is not an integer or out of range";

    [Theory]
    // HSET, HMSET, HSETNX
    [InlineData("", "HSET h a 1", ":1")]
    [InlineData("", "HSET h a 1 b 2 a 3", ":2")]
    [InlineData("HSET h a 1", "HSET h a 2 b 2", ":1")]
    [InlineData("", "HSET h a", "-ERR wrong number of arguments for 'hset' command")]
    [InlineData("", "HSET h a 1 b", "-ERR wrong number of arguments for 'hset' command")]
    [InlineData("SET s x", "HSET s a 1", WrongType)]
    [InlineData("", "HMSET h a 1 b 2", "+OK")]
    [InlineData("", "HMSET h a 1 b", "-ERR wrong number of arguments for 'hmset' command")]
    [InlineData("", "HSETNX h a 1", ":1")]
    [InlineData("HSET h a 1", "HSETNX h a 2", ":0")]
    [InlineData("SET s x", "HSETNX s a 2", WrongType)]

    // HGET, HMGET, HLEN, HSTRLEN, HEXISTS
    [InlineData("HSET h a 1", "HGET h a", "$1 1")]
    [InlineData("HSET h a 1", "HGET h b", "$-1")]
    [InlineData("", "HGET h b", "$-1")]
    [InlineData("HSET h \"\" \"\"", "HGET h \"\"", "$0 ")]
    [InlineData("SET s x", "HGET s b", WrongType)]
    [InlineData("HSET h a 1 b 2", "HMGET h a x b", "*3 $1 1 $-1 $1 2")]
    [InlineData("", "HMGET h a", "*1 $-1")]
    [InlineData("SET s x", "HMGET s a", WrongType)]
    [InlineData("HSET h a 1 b 2", "HLEN h", ":2")]
    [InlineData("", "HLEN h", ":0")]
    [InlineData("SET s x", "HLEN s", WrongType)]
    [InlineData("HSET h a 123", "HSTRLEN h a", ":3")]
    [InlineData("HSET h a 123", "HSTRLEN h b", ":0")]
    [InlineData("", "HSTRLEN h a", ":0")]
    [InlineData("SET s x", "HSTRLEN s a", WrongType)]
    [InlineData("HSET h a 123", "HEXISTS h a", ":1")]
    [InlineData("HSET h a 123", "HEXISTS h b", ":0")]
    [InlineData("", "HEXISTS h a", ":0")]
    [InlineData("SET s x", "HEXISTS s a", WrongType)]

    // HGETALL, HKEYS, HVALS: in order of insertion while small
    [InlineData("HSET h b 1 a 2", "HGETALL h", "*4 $1 b $1 1 $1 a $1 2")]
    [InlineData("HSET h b 1 a 2", "HKEYS h", "*2 $1 b $1 a")]
    [InlineData("HSET h b 1 a 2", "HVALS h", "*2 $1 1 $1 2")]
    [InlineData("HELLO 3 ; HSET h b 1 a 2", "HGETALL h", "%2 $1 b $1 1 $1 a $1 2")]
    [InlineData("HELLO 3", "HGETALL h", "%0")]
    [InlineData("", "HGETALL h", "*0")]
    [InlineData("", "HKEYS h", "*0")]
    [InlineData("", "HVALS h", "*0")]
    [InlineData("SET s x", "HGETALL s", WrongType)]
    [InlineData("SET s x", "HKEYS s", WrongType)]
    [InlineData("SET s x", "HVALS s", WrongType)]

    // HDEL
    [InlineData("HSET h a 1 b 2", "HDEL h a x a", ":1")]
    [InlineData("HSET h a 1", "HDEL h a b", ":1")]
    [InlineData("", "HDEL h a", ":0")]
    [InlineData("SET s x", "HDEL s a", WrongType)]

    // HINCRBY, HINCRBYFLOAT
    [InlineData("", "HINCRBY h a 5", ":5")]
    [InlineData("HSET h a 5", "HINCRBY h a -7", ":-2")]
    [InlineData("HSET h a x", "HINCRBY h a 1", "-ERR hash value is not an integer")]
    [InlineData("HSET h a \"\"", "HINCRBY h a 1", "-ERR hash value is not an integer")]
    [InlineData("HSET h a 9223372036854775807", "HINCRBY h a 1", "-ERR increment or decrement would overflow")]
    [InlineData("", "HINCRBY h a x", NotAnInteger)]
    [InlineData("SET s x", "HINCRBY s a 1", WrongType)]
    [InlineData("", "HINCRBYFLOAT h a 0.5", "$3 0.5")]
    [InlineData("HSET h a 10.50", "HINCRBYFLOAT h a 0.1", "$4 10.6")]
    [InlineData("HSET h a x", "HINCRBYFLOAT h a 1", "-ERR hash value is not a float")]
    [InlineData("HSET h a \"\"", "HINCRBYFLOAT h a 1", "-ERR hash value is not a float")]
    [InlineData("", "HINCRBYFLOAT h a x", "-ERR value is not a valid float")]
    [InlineData("", "HINCRBYFLOAT h a inf", "-ERR value is NaN or Infinity")]
    [InlineData("SET s x", "HINCRBYFLOAT s a 1", WrongType)]

    // HRANDFIELD
    [InlineData("HSET h a 1", "HRANDFIELD h", "$1 a")]
    [InlineData("", "HRANDFIELD h", "$-1")]
    [InlineData("HSET h a 1 b 2", "HRANDFIELD h 5", "*2 $1 a $1 b")]
    [InlineData("HSET h a 1 b 2", "HRANDFIELD h 5 WITHVALUES", "*4 $1 a $1 1 $1 b $1 2")]
    [InlineData("HELLO 3 ; HSET h a 1 b 2", "HRANDFIELD h 5 withvalues", "*2 *2 $1 a $1 1 *2 $1 b $1 2")]
    [InlineData("HSET h a 1", "HRANDFIELD h -3", "*3 $1 a $1 a $1 a")]
    [InlineData("HSET h a 1", "HRANDFIELD h -2 WITHVALUES", "*4 $1 a $1 1 $1 a $1 1")]
    [InlineData("HSET h a 1", "HRANDFIELD h 0", "*0")]
    [InlineData("", "HRANDFIELD h -5", "*0")]
    [InlineData("HSET h a 1", "HRANDFIELD h x", NotAnInteger)]
    [InlineData("HSET h a 1", "HRANDFIELD h 1 x", "-ERR syntax error")]
    [InlineData("HSET h a 1", "HRANDFIELD h 1 WITHVALUES x", "-ERR syntax error")]
    [InlineData("HSET h a 1", "HRANDFIELD h -9223372036854775808",
        "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")]
    [InlineData("HSET h a 1", "HRANDFIELD h -9223372036854775807 WITHVALUES", "-ERR value is out of range")]
    [InlineData("SET s x", "HRANDFIELD s", WrongType)]
    [InlineData("SET s x", "HRANDFIELD s 1", WrongType)]

    // HSCAN
    [InlineData("HSET h a 1 b 2", "HSCAN h 0", "*2 $1 0 *4 $1 a $1 1 $1 b $1 2")]
    [InlineData("HSET h a 1 b 2", "HSCAN h 0 MATCH b", "*2 $1 0 *2 $1 b $1 2")]
    [InlineData("HSET h a 1 b 2", "HSCAN h 0 MATCH * COUNT 1 NOVALUES", "*2 $1 0 *2 $1 a $1 b")]
    [InlineData("", "HSCAN h 7 BAD", "*2 $1 0 *0")]
    [InlineData("", "HSCAN h x", "-ERR invalid cursor")]
    [InlineData("HSET h a 1", "HSCAN h 0 COUNT 0", "-ERR syntax error")]
    [InlineData("HSET h a 1", "HSCAN h 0 COUNT x", NotAnInteger)]
    [InlineData("HSET h a 1", "HSCAN h 0 COUNT", "-ERR syntax error")]
    [InlineData("HSET h a 1", "HSCAN h 0 TYPE hash", "-ERR syntax error")]
    [InlineData("SET s x", "HSCAN s 0", WrongType)]
    public void A_command_has_this_reply(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "HSET h a 1 a 2", "HSET h a 1 a 2", "new h, hset h")]
    [InlineData("HSET h a 1", "HSET h a 1", "HSET h a 1", "hset h")]
    [InlineData("", "HSETNX h a 1", "HSETNX h a 1", "new h, hset h")]
    [InlineData("HSET h a 1", "HSETNX h a 1", "", "")]
    [InlineData("HSET h a 1 b 2", "HDEL h a", "HDEL h a", "hdel h")]
    [InlineData("HSET h a 1", "HDEL h a", "HDEL h a", "hdel h, del h")]
    [InlineData("HSET h a 1", "HDEL h b", "", "")]
    [InlineData("", "HINCRBY h a 1", "HINCRBY h a 1", "new h, hincrby h")]
    [InlineData("", "HINCRBYFLOAT h a 0.10", "HSET h a 0.1", "new h, hincrbyfloat h")]
    [InlineData("", "HGET h a", "", "keymiss h")]
    public void A_command_leaves_this_in_the_log_and_these_events(
        string given, string command, string log, string events) =>
        CommandHarness.CheckEffects(given, command, log, events);

    [Fact]
    public void Encodings_change_at_the_thresholds_and_stay()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 512; i++)
            harness.Run($"HSET h f{i} v");
        Assert.Equal("$8 listpack", harness.Run("OBJECT ENCODING h"));
        harness.Run("HSET h one-more v");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING h"));
        harness.Run("HDEL h one-more f1 f2");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING h"));

        harness.Run($"HSET v f {new string('x', 64)}");
        Assert.Equal("$8 listpack", harness.Run("OBJECT ENCODING v"));
        harness.Run($"HSET v f {new string('x', 65)}");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING v"));
        harness.Run($"HINCRBY n {new string('x', 65)} 1");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING n"));
    }

    [Fact]
    public void Many_random_fields_are_different_and_as_many_as_asked()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 600; i++)
            harness.Run($"HSET h f{i} v{i}");
        foreach (var count in (int[])[1, 10, 74, 75, 76, 300, 599, 600])
        {
            var reply = harness.Run($"HRANDFIELD h {count}").Split(' ');
            Assert.Equal($"*{count}", reply[0]);
            Assert.Equal(count, reply.Where(part => part[0] == 'f').Distinct().Count());
        }

        Assert.StartsWith("*700 ", harness.Run("HRANDFIELD h -700"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_walk_finds_every_field_once()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 2000; i++)
            harness.Run($"HSET h field:{i} v");
        var found = new List<string>();
        var cursor = "0";
        do
        {
            var parts = harness.Run($"HSCAN h {cursor} COUNT 100 NOVALUES").Split(' ');
            cursor = parts[2];
            found.AddRange(parts.Where(part => part.StartsWith("field:", StringComparison.Ordinal)));
        }
        while (cursor != "0");

        Assert.Equal(2000, found.Count);
        Assert.Equal(2000, found.Distinct().Count());
    }

    [Fact]
    public void A_large_hash_is_replied_whole()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 3000; i++)
            harness.Run($"HSET h field:{i} value:{i}");
        foreach (var (command, header, length) in (ReadOnlySpan<(string, string, int)>)
            [("HGETALL h", "*6000", 6000), ("HKEYS h", "*3000", 3000), ("HVALS h", "*3000", 3000), (
                "HRANDFIELD h 4000 WITHVALUES", "*6000", 6000)])
        {
            var parts = harness.Run(command).Split(' ');
            Assert.Equal(header, parts[0]);
            Assert.Equal(length, parts.Count(part => part.Contains(':', StringComparison.Ordinal)));
            Assert.Equal(length, parts.Where(part => part.Contains(':', StringComparison.Ordinal)).Distinct().Count());
        }
    }
}
