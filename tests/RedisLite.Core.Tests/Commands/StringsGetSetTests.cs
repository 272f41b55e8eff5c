namespace RedisLite.Core.Tests.Commands;

/// <summary>GET and SET, and the older commands for some of SET's options.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StringsGetSetTests
{
    [Theory]
    [InlineData("", "GET k", "$-1")]
    [InlineData("SET k v", "GET k", "$1 v")]
    [InlineData("SET k \"\"", "GET k", "$0 ")]
    [InlineData("SET k \"a b\\x00\\xff\\r\\n\"", "GET k", "$7 a b\\x00\\xff ")]
    [InlineData("SET k 007", "GET k", "$3 007")]
    [InlineData("SET k v ; DEL k", "GET k", "$-1")]
    [InlineData("", "GET", "-ERR wrong number of arguments for 'get' command")]
    [InlineData("", "GET a b", "-ERR wrong number of arguments for 'get' command")]
    public void Get(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    // Without options
    [InlineData("", "SET k v", "+OK")]
    [InlineData("SET k v", "SET k w", "+OK")]
    [InlineData("SET k v EX 10 ; SET k w", "PTTL k", ":-1")]
    [InlineData("SET k v ; SET k w", "GET k", "$1 w")]
    [InlineData("", "SET k", "-ERR wrong number of arguments for 'set' command")]
    [InlineData("", "SET", "-ERR wrong number of arguments for 'set' command")]

    // NX, XX
    [InlineData("", "SET k v NX", "+OK")]
    [InlineData("SET k v NX", "GET k", "$1 v")]
    [InlineData("SET k v", "SET k w NX", "$-1")]
    [InlineData("SET k v ; SET k w NX", "GET k", "$1 v")]
    [InlineData("", "SET k v XX", "$-1")]
    [InlineData("SET k v XX", "GET k", "$-1")]
    [InlineData("SET k v", "SET k w xx", "+OK")]
    [InlineData("SET k v ; SET k w XX", "GET k", "$1 w")]
    [InlineData("", "SET k v NX NX", "+OK")]
    [InlineData("", "SET k v NX XX", "-ERR syntax error")]
    [InlineData("", "SET k v XX NX", "-ERR syntax error")]

    // GET
    [InlineData("", "SET k v GET", "$-1")]
    [InlineData("SET k v GET", "GET k", "$1 v")]
    [InlineData("SET k v", "SET k w GET", "$1 v")]
    [InlineData("SET k v ; SET k w GET", "GET k", "$1 w")]
    [InlineData("", "SET k v NX GET", "$-1")]
    [InlineData("SET k v", "SET k w NX GET", "$1 v")]
    [InlineData("SET k v ; SET k w NX GET", "GET k", "$1 v")]
    [InlineData("", "SET k v XX GET", "$-1")]
    [InlineData("SET k v XX GET", "EXISTS k", ":0")]
    [InlineData("SET k v", "SET k w GET XX EX 10", "$1 v")]
    [InlineData("", "SET k v GET GET", "$-1")]
    [InlineData("SET k \"\"", "SET k w GET", "$0 ")]

    // Expiry
    [InlineData("", "SET k v EX 10", "+OK")]
    [InlineData("SET k v EX 10", "TTL k", ":10")]
    [InlineData("SET k v PX 10000", "TTL k", ":10")]
    [InlineData("SET k v ex 10", "TTL k", ":10")]
    [InlineData("SET k v EX 10 EX 20", "TTL k", ":20")]
    [InlineData("SET k v EXAT 33177117420", "EXPIRETIME k", ":33177117420")]
    [InlineData("SET k v PXAT 33177117420123", "PEXPIRETIME k", ":33177117420123")]
    [InlineData("SET k v EX 100 ; SET k w KEEPTTL", "TTL k", ":100")]
    [InlineData("SET k v EX 100 ; SET k w KEEPTTL", "GET k", "$1 w")]
    [InlineData("SET k v KEEPTTL", "TTL k", ":-1")]
    [InlineData("SET k v EX 100 ; SET k w XX KEEPTTL GET", "TTL k", ":100")]
    [InlineData("SET k v EX 100 ; SET k w EX 200", "TTL k", ":200")]
    [InlineData("SET k v EX 100 ; SET k w NX EX 200", "TTL k", ":100")]
    [InlineData("", "SET k v KEEPTTL KEEPTTL", "+OK")]
    [InlineData("", "SET k v PXAT 1", "+OK")]
    [InlineData("SET k v PXAT 1", "GET k", "$-1")]
    [InlineData("SET k v EXAT 1", "EXISTS k", ":0")]

    // Times that are none
    [InlineData("", "SET k v EX 0", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EX -1", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v PX 0", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EXAT 0", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v PXAT -1", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EX a", "-ERR value is not an integer or out of range")]
    [InlineData("", "SET k v EX \"\"", "-ERR value is not an integer or out of range")]
    [InlineData("", "SET k v EX 1.5", "-ERR value is not an integer or out of range")]
    [InlineData("", "SET k v EX \" 1\"", "-ERR value is not an integer or out of range")]
    [InlineData("", "SET k v EX 9223372036854775807", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EX 9223372036854776", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EX 9223372036854775", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EXAT 9223372036854776", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v EXAT 9223372036854775", "+OK")]
    [InlineData("", "SET k v PX 9223372036854775807", "-ERR invalid expire time in 'set' command")]
    [InlineData("", "SET k v PXAT 9223372036854775807", "+OK")]
    [InlineData("", "SET k v PXAT 9223372036854775808", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v ; SET k w KEEPTTL", "GET k", "$1 w")]
    [InlineData("SET k v", "SET k w NX EX 0", "-ERR invalid expire time in 'set' command")]

    // Syntax
    [InlineData("", "SET k v EX", "-ERR syntax error")]
    [InlineData("", "SET k v PX", "-ERR syntax error")]
    [InlineData("", "SET k v EXAT", "-ERR syntax error")]
    [InlineData("", "SET k v PXAT", "-ERR syntax error")]
    [InlineData("", "SET k v EX 1 PX 1", "-ERR syntax error")]
    [InlineData("", "SET k v EX 1 EXAT 1", "-ERR syntax error")]
    [InlineData("", "SET k v PXAT 1 PX 1", "-ERR syntax error")]
    [InlineData("", "SET k v EX 1 KEEPTTL", "-ERR syntax error")]
    [InlineData("", "SET k v KEEPTTL EX 1", "-ERR syntax error")]
    [InlineData("", "SET k v KEEPTTL PXAT 1", "-ERR syntax error")]
    [InlineData("", "SET k v PERSIST", "-ERR syntax error")]
    [InlineData("", "SET k v FOO", "-ERR syntax error")]
    [InlineData("", "SET k v NX FOO", "-ERR syntax error")]
    [InlineData("", "SET k v \"\"", "-ERR syntax error")]
    public void Set(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "SETNX k v", ":1")]
    [InlineData("SETNX k v", "GET k", "$1 v")]
    [InlineData("SET k v", "SETNX k w", ":0")]
    [InlineData("SET k v ; SETNX k w", "GET k", "$1 v")]
    [InlineData("", "SETNX k", "-ERR wrong number of arguments for 'setnx' command")]
    [InlineData("", "SETEX k 10 v", "+OK")]
    [InlineData("SETEX k 10 v", "GET k", "$1 v")]
    [InlineData("SETEX k 10 v", "TTL k", ":10")]
    [InlineData("SET k v ; SETEX k 10 w", "GET k", "$1 w")]
    [InlineData("", "SETEX k 0 v", "-ERR invalid expire time in 'setex' command")]
    [InlineData("", "SETEX k -1 v", "-ERR invalid expire time in 'setex' command")]
    [InlineData("", "SETEX k a v", "-ERR value is not an integer or out of range")]
    [InlineData("", "SETEX k 9223372036854775807 v", "-ERR invalid expire time in 'setex' command")]
    [InlineData("", "SETEX k 10", "-ERR wrong number of arguments for 'setex' command")]
    [InlineData("", "PSETEX k 10000 v", "+OK")]
    [InlineData("PSETEX k 10000 v", "TTL k", ":10")]
    [InlineData("", "PSETEX k 0 v", "-ERR invalid expire time in 'psetex' command")]
    [InlineData("", "PSETEX k -1 v", "-ERR invalid expire time in 'psetex' command")]
    [InlineData("", "PSETEX k a v", "-ERR value is not an integer or out of range")]
    [InlineData("", "PSETEX k 9223372036854775807 v", "-ERR invalid expire time in 'psetex' command")]
    [InlineData("", "PSETEX k 10", "-ERR wrong number of arguments for 'psetex' command")]
    [InlineData("", "GETSET k v", "$-1")]
    [InlineData("GETSET k v", "GET k", "$1 v")]
    [InlineData("SET k v", "GETSET k w", "$1 v")]
    [InlineData("SET k v EX 100 ; GETSET k w", "TTL k", ":-1")]
    [InlineData("SET k v ; GETSET k w", "GET k", "$1 w")]
    [InlineData("", "GETSET k", "-ERR wrong number of arguments for 'getset' command")]
    public void SetNx_SetEx_PSetEx_GetSet(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void Set_overwrites_a_key_of_another_type()
    {
        using var harness = new CommandHarness();
        harness.GivenList("k");
        Assert.Equal("+OK", harness.Run("SET k v"));
        Assert.Equal("$1 v", harness.Run("GET k"));
        harness.GivenList("k");
        Assert.Equal("+OK", harness.Run("SET k v XX"));
        harness.GivenList("k");
        Assert.Equal("+OK", harness.Run("SETEX k 10 v"));
        harness.GivenList("k");
        Assert.Equal("+OK", harness.Run("MSET k v"));
    }

    [Fact]
    public void Set_with_an_expiry_lasts_until_that_moment_and_no_longer()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v PX 1500 ; SETEX j 1 w");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal("*2 $1 v $1 w", harness.Run("MGET k j"));
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("*2 $1 v $-1", harness.Run("MGET k j"));
        harness.Clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal("$-1", harness.Run("GET k"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("SET k w XX", "$-1")]
    [InlineData("SET k w NX", "+OK")]
    [InlineData("SET k w GET", "$-1")]
    [InlineData("SET k w IFNE v", "+OK")]
    [InlineData("SET k w IFEQ v", "$-1")]
    [InlineData("SETNX k w", ":1")]
    [InlineData("MSETNX k w", ":1")]
    [InlineData("GETSET k w", "$-1")]
    [InlineData("GETDEL k", "$-1")]
    [InlineData("GETEX k EX 10", "$-1")]
    [InlineData("DELEX k", ":0")]
    [InlineData("APPEND k w", ":1")]
    [InlineData("SETRANGE k 0 w", ":1")]
    [InlineData("INCR k", ":1")]
    [InlineData("INCRBYFLOAT k 1", "$1 1")]
    [InlineData("SETBIT k 8 0", ":0")]
    [InlineData("BITFIELD k INCRBY u8 0 1", "*1 :1")]
    [InlineData("BITOP OR d k", ":0")]
    [InlineData("LCS k k", "$0 ")]
    public void An_expired_key_counts_as_missing(string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v PX 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(reply, harness.Run(command));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Keepttl_does_not_keep_a_time_that_has_passed()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v PX 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("+OK", harness.Run("SET k w KEEPTTL"));
        Assert.Equal("$1 w", harness.Run("GET k"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("GET k")]
    [InlineData("SET k v GET")]
    [InlineData("SET k v NX GET")]
    [InlineData("SET k v IFEQ x")]
    [InlineData("SET k v IFNE x")]
    [InlineData("GETSET k v")]
    [InlineData("GETDEL k")]
    [InlineData("GETEX k")]
    [InlineData("GETEX k EX a")]
    [InlineData("DELIFEQ k x")]
    [InlineData("DELEX k IFEQ x")]
    [InlineData("DELEX k IFNE x")]
    [InlineData("STRLEN k")]
    [InlineData("APPEND k v")]
    [InlineData("GETRANGE k 0 1")]
    [InlineData("SUBSTR k 0 1")]
    [InlineData("SETRANGE k 0 v")]
    [InlineData("SETRANGE k 0 \"\"")]
    [InlineData("INCR k")]
    [InlineData("DECR k")]
    [InlineData("INCRBY k 1")]
    [InlineData("DECRBY k 1")]
    [InlineData("INCRBYFLOAT k a")]
    [InlineData("SETBIT k 1 1")]
    [InlineData("GETBIT k 1")]
    [InlineData("BITCOUNT k")]
    [InlineData("BITCOUNT k 0")]
    [InlineData("BITPOS k 1")]
    [InlineData("BITPOS k 1 a")]
    [InlineData("BITOP AND d k")]
    [InlineData("BITOP AND d x k")]
    [InlineData("BITFIELD k")]
    [InlineData("BITFIELD k GET u8 0")]
    [InlineData("BITFIELD k SET u8 0 1")]
    [InlineData("BITFIELD_RO k GET u8 0")]
    public void A_key_of_another_type_is_refused(string command)
    {
        using var harness = new CommandHarness();
        harness.GivenList("k");
        harness.Given("SET x 1");
        var before = harness.Dump();
        Assert.Equal("-WRONGTYPE Operation against a key holding the wrong kind of value", harness.Run(command));
        Assert.Equal(before, harness.Dump());
    }

    [Theory]
    [InlineData("MGET k x", "*2 $-1 $1 1")]
    [InlineData("SETNX k v", ":0")]
    [InlineData("MSETNX k v", ":0")]
    [InlineData("SET k v NX", "$-1")]
    [InlineData("DELEX k", ":1")]
    [InlineData("BITOP OR k x", ":1")]
    [InlineData("LCS k x", "-ERR The specified keys must contain string values")]
    [InlineData("LCS x k FOO", "-ERR The specified keys must contain string values")]
    public void A_key_of_another_type_is_there_nevertheless(string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.GivenList("k");
        harness.Given("SET x 1");
        Assert.Equal(reply, harness.Run(command));
    }

    [Fact]
    public void Keys_and_values_may_hold_any_bytes()
    {
        using var harness = new CommandHarness();
        byte[] key = [0, 13, 10, 255, 32];
        var value = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        Assert.Equal("+OK", harness.Run("SET"u8.ToArray(), key, value));
        Assert.Equal(harness.Run("ECHO"u8.ToArray(), value), harness.Run("GET"u8.ToArray(), key));
        Assert.Equal("+OK", harness.Run("SET"u8.ToArray(), [], []));
        Assert.Equal("$0 ", harness.Run("GET"u8.ToArray(), []));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("SET k w")]
    [InlineData("SET k w EX 100")]
    [InlineData("SET k w KEEPTTL")]
    [InlineData("MSET k w")]
    [InlineData("SETEX k 10 w")]
    [InlineData("GET k")]
    [InlineData("INCR k")]
    [InlineData("APPEND k w")]
    [InlineData("SETBIT k 1 1")]
    public void Every_use_counts_as_an_access(string command)
    {
        using var harness = new CommandHarness();
        harness.Given("SET k 1");
        harness.Clock.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal(":100", harness.Run("OBJECT IDLETIME k"));
        harness.Given(command);
        Assert.Equal(":0", harness.Run("OBJECT IDLETIME k"));
    }
}
