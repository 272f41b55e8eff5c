namespace RedisLite.Core.Tests.Commands;

/// <summary>Set commands: given, command, reply.</summary>
public sealed class SetCommandTests
{
    private const string WrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    private const string NotAnInteger = "-ERR value is not an integer or out of range";

    [Theory]
    // SADD, SREM, SMOVE
    [InlineData("", "SADD s a b a", ":2")]
    [InlineData("SADD s a", "SADD s a", ":0")]
    [InlineData("SET k x", "SADD k a", WrongType)]
    [InlineData("SADD s a b", "SREM s a x a", ":1")]
    [InlineData("SADD s 1 2", "SREM s 1 2 3", ":2")]
    [InlineData("", "SREM s a", ":0")]
    [InlineData("SET k x", "SREM k a", WrongType)]
    [InlineData("SADD s a b", "SMOVE s t a", ":1")]
    [InlineData("SADD s a ; SADD t a", "SMOVE s t a", ":1")]
    [InlineData("SADD s a", "SMOVE s s a", ":1")]
    [InlineData("SADD s a", "SMOVE s s b", ":0")]
    [InlineData("SADD s a", "SMOVE s t b", ":0")]
    [InlineData("", "SMOVE s t b", ":0")]
    [InlineData("SET k x", "SMOVE s k b", ":0")]
    [InlineData("SET k x", "SMOVE k s b", WrongType)]
    [InlineData("SADD s a ; SET k x", "SMOVE s k b", WrongType)]

    // SISMEMBER, SMISMEMBER, SCARD, SMEMBERS
    [InlineData("SADD s a", "SISMEMBER s a", ":1")]
    [InlineData("SADD s 1", "SISMEMBER s 01", ":0")]
    [InlineData("", "SISMEMBER s a", ":0")]
    [InlineData("SET k x", "SISMEMBER k a", WrongType)]
    [InlineData("SADD s a b", "SMISMEMBER s a x b", "*3 :1 :0 :1")]
    [InlineData("", "SMISMEMBER s a b", "*2 :0 :0")]
    [InlineData("SET k x", "SMISMEMBER k a", WrongType)]
    [InlineData("SADD s a b", "SCARD s", ":2")]
    [InlineData("", "SCARD s", ":0")]
    [InlineData("SET k x", "SCARD k", WrongType)]
    [InlineData("SADD s 3 -1 2", "SMEMBERS s", "*3 $2 -1 $1 2 $1 3")]
    [InlineData("SADD s b a", "SMEMBERS s", "*2 $1 b $1 a")]
    [InlineData("HELLO 3 ; SADD s 1", "SMEMBERS s", "~1 $1 1")]
    [InlineData("HELLO 3", "SMEMBERS s", "~0")]
    [InlineData("", "SMEMBERS s", "*0")]
    [InlineData("SET k x", "SMEMBERS k", WrongType)]

    // SPOP, SRANDMEMBER
    [InlineData("SADD s a", "SPOP s", "$1 a")]
    [InlineData("", "SPOP s", "$-1")]
    [InlineData("SADD s 1 2", "SPOP s 5", "*2 $1 1 $1 2")]
    [InlineData("SADD s 1 2", "SPOP s 0", "*0")]
    [InlineData("HELLO 3 ; SADD s 1", "SPOP s 1", "~1 $1 1")]
    [InlineData("", "SPOP s 3", "*0")]
    [InlineData("SADD s a", "SPOP s -1", "-ERR value is out of range, must be positive")]
    [InlineData("SADD s a", "SPOP s x", "-ERR value is out of range, must be positive")]
    [InlineData("SADD s a", "SPOP s 1 2", "-ERR syntax error")]
    [InlineData("SET k x", "SPOP k", WrongType)]
    [InlineData("SET k x", "SPOP k 0", WrongType)]
    [InlineData("SADD s a", "SRANDMEMBER s", "$1 a")]
    [InlineData("", "SRANDMEMBER s", "$-1")]
    [InlineData("SADD s 1 2", "SRANDMEMBER s 5", "*2 $1 1 $1 2")]
    [InlineData("HELLO 3 ; SADD s 1 2", "SRANDMEMBER s 5", "*2 $1 1 $1 2")]
    [InlineData("SADD s a", "SRANDMEMBER s -2", "*2 $1 a $1 a")]
    [InlineData("SADD s a", "SRANDMEMBER s 0", "*0")]
    [InlineData("", "SRANDMEMBER s 3", "*0")]
    [InlineData("SADD s a", "SRANDMEMBER s x", NotAnInteger)]
    [InlineData("SADD s a", "SRANDMEMBER s 1 2", "-ERR syntax error")]
    [InlineData("SADD s a", "SRANDMEMBER s -9223372036854775808",
        "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")]
    [InlineData("SET k x", "SRANDMEMBER k", WrongType)]

    // SINTER, SUNION, SDIFF and STOREs, SINTERCARD
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SINTER a b", "*2 $1 2 $1 3")]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SUNION a b x", "*4 $1 1 $1 2 $1 3 $1 4")]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SDIFF a b x", "*1 $1 1")]
    [InlineData("SADD a 1 2 3", "SINTER a x", "*0")]
    [InlineData("SADD a 1 2 3", "SINTER a a", "*3 $1 1 $1 2 $1 3")]
    [InlineData("SADD a 1", "SDIFF a a", "*0")]
    [InlineData("", "SDIFF x y", "*0")]
    [InlineData("", "SUNION x y", "*0")]
    [InlineData("HELLO 3 ; SADD a 1", "SUNION a x", "~1 $1 1")]
    [InlineData("SADD a 1 ; SET k x", "SINTER x a k", WrongType)]
    [InlineData("SADD a 1 ; SET k x", "SUNION a k", WrongType)]
    [InlineData("SADD a 1 ; SET k x", "SDIFF a k", WrongType)]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SINTERSTORE d a b", ":2")]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SUNIONSTORE d a b", ":4")]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SDIFFSTORE a a b", ":1")]
    [InlineData("SADD a 1 ; SET d x", "SINTERSTORE d a y", ":0")]
    [InlineData("SADD a 1 ; SET d x", "SUNIONSTORE d a", ":1")]
    [InlineData("SADD a 1 ; SET k x", "SUNIONSTORE d a k", WrongType)]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SINTERCARD 2 a b", ":2")]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SINTERCARD 2 a b LIMIT 1", ":1")]
    [InlineData("SADD a 1 2 3 ; SADD b 2 3 4", "SINTERCARD 2 a b LIMIT 0", ":2")]
    [InlineData("SADD a 1", "SINTERCARD 1 x", ":0")]
    [InlineData("SADD a 1", "SINTERCARD 0 a", "-ERR numkeys should be greater than 0")]
    [InlineData("SADD a 1", "SINTERCARD x a", "-ERR numkeys should be greater than 0")]
    [InlineData("SADD a 1", "SINTERCARD 2 a", "-ERR Number of keys can't be greater than number of args")]
    [InlineData("SADD a 1", "SINTERCARD 1 a LIMIT", "-ERR syntax error")]
    [InlineData("SADD a 1", "SINTERCARD 1 a LIMIT -1", "-ERR LIMIT can't be negative")]
    [InlineData("SADD a 1", "SINTERCARD 1 a BAD 1", "-ERR syntax error")]
    [InlineData("SET k x", "SINTERCARD 1 k", WrongType)]

    // SSCAN
    [InlineData("SADD s 1 2", "SSCAN s 0", "*2 $1 0 *2 $1 1 $1 2")]
    [InlineData("SADD s a ab", "SSCAN s 0 MATCH a?", "*2 $1 0 *1 $2 ab")]
    [InlineData("", "SSCAN s 0 BAD", "*2 $1 0 *0")]
    [InlineData("SADD s a", "SSCAN s x", "-ERR invalid cursor")]
    [InlineData("SADD s a", "SSCAN s 0 NOVALUES", "-ERR syntax error")]
    [InlineData("SET k x", "SSCAN k 0", WrongType)]
    public void A_command_has_this_reply(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "SADD s a", "SADD s a", "new s, sadd s")]
    [InlineData("SADD s a", "SADD s a", "", "")]
    [InlineData("SADD s a b", "SREM s a", "SREM s a", "srem s")]
    [InlineData("SADD s a", "SREM s a", "SREM s a", "srem s, del s")]
    [InlineData("SADD s a", "SMOVE s t a", "SMOVE s t a", "srem s, del s, new t, sadd t")]
    [InlineData("SADD s a b ; SADD t a", "SMOVE s t a", "SMOVE s t a", "srem s")]
    [InlineData("SADD s a", "SMOVE s s a", "", "")]
    [InlineData("SADD s a", "SPOP s", "SREM s a", "spop s, del s")]
    [InlineData("SADD s a", "SPOP s 1", "DEL s", "spop s, del s")]
    [InlineData("SADD a 1", "SUNIONSTORE d a", "SUNIONSTORE d a", "new d, sunionstore d")]
    [InlineData("SADD a 1 ; SADD d 2", "SINTERSTORE d a", "SINTERSTORE d a", "sinterstore d")]
    [InlineData("SADD d 2", "SINTERSTORE d a", "SINTERSTORE d a", "keymiss a, del d")]
    [InlineData("SADD a 1", "SDIFFSTORE d a x", "SDIFFSTORE d a x", "keymiss x, new d, sdiffstore d")]
    [InlineData("", "SDIFFSTORE d a", "", "keymiss a")]
    [InlineData("", "SMEMBERS s", "", "keymiss s")]
    public void A_command_leaves_this_in_the_log_and_these_events(
        string given, string command, string log, string events) =>
        CommandHarness.CheckEffects(given, command, log, events);

    [Fact]
    public void A_stored_set_has_no_expiry()
    {
        using var harness = new CommandHarness();
        harness.Given("SADD a 1 ; SADD d 2 ; EXPIRE d 100 ; SUNIONSTORE d a");
        Assert.Equal(":-1", harness.Run("TTL d"));
    }

    [Fact]
    public void Encodings_change_at_the_threshold_and_stay()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 512; i++)
            harness.Run($"SADD s {i}");
        Assert.Equal("$6 intset", harness.Run("OBJECT ENCODING s"));
        harness.Run("SADD s 512");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING s"));
        harness.Run("SREM s 512");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING s"));
        harness.Given("SADD t 1 ; SADD t x ; SREM t x");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING t"));
        harness.Run("SUNIONSTORE d t");
        Assert.Equal("$6 intset", harness.Run("OBJECT ENCODING d"));
        harness.Run("SUNIONSTORE d s");
        Assert.Equal("$6 intset", harness.Run("OBJECT ENCODING d"));
        harness.Run("SADD s 512");
        harness.Run("SUNIONSTORE d s");
        Assert.Equal("$9 hashtable", harness.Run("OBJECT ENCODING d"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1999)]
    [InlineData(2500)]
    [InlineData(3000)]
    public void Popped_members_are_gone_and_logged(int count)
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 3000; i += 100)
            harness.Run("SADD s " + string.Join(' ', Enumerable.Range(i, 100).Select(n => $"m{n}")));
        harness.TakeLog();

        var popped = harness.Run($"SPOP s {count}").Split(' ').Where(part => part[0] == 'm').ToList();

        Assert.Equal(count, popped.Distinct().Count());
        Assert.Equal($":{3000 - count}", harness.Run("SCARD s"));
        if (count < 3000)
            Assert.Equal(popped, harness.TakeLog().Split(" ; ").SelectMany(command => command.Split(' ').Skip(2)));
        foreach (var member in popped)
            Assert.Equal(":0", harness.Run($"SISMEMBER s {member}"));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Large_sets_are_computed_and_replied_whole()
    {
        using var harness = new CommandHarness();
        foreach (var (key, from) in (ReadOnlySpan<(string, int)>)[("a", 0), ("b", 2000)])
            for (var i = from; i < from + 3000; i += 100)
                harness.Run($"SADD {key} " + string.Join(' ', Enumerable.Range(i, 100).Select(n => $"m{n}")));
        harness.Run("SADD few m1 m2 m2999");

        Assert.Equal(":1000", harness.Run("SINTERCARD 2 a b"));
        Assert.Equal(":10", harness.Run("SINTERCARD 2 a b LIMIT 10"));
        Assert.Equal(5000, Members("SUNION a b x"));
        Assert.Equal(1000, Members("SINTER a b"));
        Assert.Equal(2000, Members("SDIFF a b"));
        Assert.Equal(2997, Members("SDIFF a few x"));
        Assert.Equal(3000, Members("SMEMBERS a"));
        Assert.Equal(":5000", harness.Run("SUNIONSTORE a a b"));
        Assert.Equal(":2000", harness.Run("SDIFFSTORE b a b"));
        Assert.Equal(":2000", harness.Run("SINTERSTORE c a b"));
        Assert.Equal(2000, Members("SMEMBERS c"));
        harness.AssertReplayAgrees();

        int Members(string command) => harness.Run(command).Split(' ').Where(part => part[0] == 'm').Distinct().Count();
    }
}
