namespace RedisLite.Core.Tests.Commands;

/// <summary>GETDEL and GETEX; DELIFEQ, DELEX and SET IFEQ and IFNE, which redis-server 7.0 does not have.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StringsGetAndChangeTests
{
    [Theory]
    [InlineData("", "GETDEL k", "$-1")]
    [InlineData("SET k v", "GETDEL k", "$1 v")]
    [InlineData("SET k v ; GETDEL k", "EXISTS k", ":0")]
    [InlineData("", "GETDEL", "-ERR wrong number of arguments for 'getdel' command")]
    [InlineData("", "GETDEL a b", "-ERR wrong number of arguments for 'getdel' command")]
    [InlineData("", "GETEX k", "$-1")]
    [InlineData("", "GETEX k EX 10", "$-1")]
    [InlineData("", "GETEX k EX 0", "$-1")]
    [InlineData("", "GETEX k EX a", "$-1")]
    [InlineData("", "GETEX k FOO", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k", "$1 v")]
    [InlineData("SET k v EX 100 ; GETEX k", "TTL k", ":100")]
    [InlineData("SET k v", "GETEX k EX 10", "$1 v")]
    [InlineData("SET k v ; GETEX k EX 10", "TTL k", ":10")]
    [InlineData("SET k v ; GETEX k px 10000", "TTL k", ":10")]
    [InlineData("SET k v ; GETEX k EXAT 33177117420", "EXPIRETIME k", ":33177117420")]
    [InlineData("SET k v ; GETEX k PXAT 33177117420123", "PEXPIRETIME k", ":33177117420123")]
    [InlineData("SET k v EX 10", "GETEX k PERSIST", "$1 v")]
    [InlineData("SET k v EX 10 ; GETEX k PERSIST", "TTL k", ":-1")]
    [InlineData("SET k v", "GETEX k PERSIST", "$1 v")]
    [InlineData("SET k v EX 10 ; GETEX k PERSIST PERSIST", "TTL k", ":-1")]
    [InlineData("SET k v", "GETEX k PXAT 1", "$1 v")]
    [InlineData("SET k v ; GETEX k PXAT 1", "EXISTS k", ":0")]
    [InlineData("SET k v ; GETEX k EXAT 1", "EXISTS k", ":0")]
    [InlineData("SET k v", "GETEX k EX 0", "-ERR invalid expire time in 'getex' command")]
    [InlineData("SET k v", "GETEX k PX -1", "-ERR invalid expire time in 'getex' command")]
    [InlineData("SET k v", "GETEX k EXAT 0", "-ERR invalid expire time in 'getex' command")]
    [InlineData("SET k v", "GETEX k EX a", "-ERR value is not an integer or out of range")]
    [InlineData("SET k v", "GETEX k PX 9223372036854775807", "-ERR invalid expire time in 'getex' command")]
    [InlineData("SET k v ; GETEX k EX 1 EX 10", "TTL k", ":10")]
    [InlineData("SET k v", "GETEX k EX", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k EX 1 PX 1", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k EX 1 PERSIST", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k PERSIST EX 1", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k KEEPTTL", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k NX", "-ERR syntax error")]
    [InlineData("SET k v", "GETEX k GET", "-ERR syntax error")]
    [InlineData("", "GETEX", "-ERR wrong number of arguments for 'getex' command")]
    public void GetDel_GetEx(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("SET k old", "SET k new IFEQ old", "+OK")]
    [InlineData("SET k old ; SET k new IFEQ old", "GET k", "$3 new")]
    [InlineData("SET k old", "SET k new IFEQ other", "$-1")]
    [InlineData("SET k old", "SET k new ifne other", "+OK")]
    [InlineData("SET k old ; SET k new IFNE other", "GET k", "$3 new")]
    [InlineData("SET k old", "SET k new IFNE old", "$-1")]
    [InlineData("SET k old ; SET k new IFNE old", "GET k", "$3 old")]
    [InlineData("", "SET k new IFEQ \"\"", "$-1")]
    [InlineData("SET k new IFEQ \"\"", "EXISTS k", ":0")]
    [InlineData("", "SET k new IFNE x", "+OK")]
    [InlineData("SET k new IFNE x", "GET k", "$3 new")]
    [InlineData("SET k \"\"", "SET k new IFEQ \"\"", "+OK")]
    [InlineData("SET k 10", "SET k 11 IFEQ 10", "+OK")]
    [InlineData("SET k 10", "SET k 11 IFEQ 010", "$-1")]

    // The old value is the reply, set or not
    [InlineData("SET k old", "SET k new IFEQ old GET", "$3 old")]
    [InlineData("SET k old", "SET k new GET IFEQ other", "$3 old")]
    [InlineData("SET k old ; SET k new GET IFEQ other", "GET k", "$3 old")]
    [InlineData("", "SET k new IFEQ x GET", "$-1")]
    [InlineData("", "SET k new IFNE x GET", "$-1")]
    [InlineData("SET k new IFNE x GET", "GET k", "$3 new")]

    // With expiry
    [InlineData("SET k old", "SET k new IFEQ old EX 0", "-ERR invalid expire time in 'set' command")]
    [InlineData("SET k old", "SET k new IFEQ other EX 0", "-ERR invalid expire time in 'set' command")]
    [InlineData("SET k old", "SET k new EX 10 IFEQ old", "+OK")]
    [InlineData("SET k old EX 10", "SET k new KEEPTTL IFEQ old", "+OK")]

    // One condition at most
    [InlineData("", "SET k v IFEQ", "-ERR syntax error")]
    [InlineData("", "SET k v IFNE", "-ERR syntax error")]
    [InlineData("", "SET k v IFEQ x NX", "-ERR syntax error")]
    [InlineData("", "SET k v NX IFEQ x", "-ERR syntax error")]
    [InlineData("", "SET k v XX IFNE x", "-ERR syntax error")]
    [InlineData("", "SET k v IFNE x XX", "-ERR syntax error")]
    [InlineData("", "SET k v IFEQ x IFEQ x", "-ERR syntax error")]
    [InlineData("", "SET k v IFEQ x IFNE y", "-ERR syntax error")]
    [InlineData("", "SET k v IFNE x IFEQ y EX 10", "-ERR syntax error")]
    [InlineData("", "SET k v IFDEQ x", "-ERR syntax error")]
    public void Set_if_equal_or_not(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("SET k v", "DELIFEQ k v", ":1")]
    [InlineData("SET k v ; DELIFEQ k v", "EXISTS k", ":0")]
    [InlineData("SET k v", "DELIFEQ k w", ":0")]
    [InlineData("SET k v ; DELIFEQ k w", "GET k", "$1 v")]
    [InlineData("SET k v", "DELIFEQ k V", ":0")]
    [InlineData("", "DELIFEQ k \"\"", ":0")]
    [InlineData("", "DELIFEQ k", "-ERR wrong number of arguments for 'delifeq' command")]
    [InlineData("SET k v", "DELEX k", ":1")]
    [InlineData("SET k v ; DELEX k", "EXISTS k", ":0")]
    [InlineData("", "DELEX k", ":0")]
    [InlineData("SET k v", "DELEX k IFEQ v", ":1")]
    [InlineData("SET k v", "DELEX k ifeq w", ":0")]
    [InlineData("SET k v ; DELEX k IFEQ w", "GET k", "$1 v")]
    [InlineData("SET k v", "DELEX k IFNE w", ":1")]
    [InlineData("SET k v", "DELEX k IFNE v", ":0")]
    [InlineData("SET k v ; DELEX k IFNE w", "EXISTS k", ":0")]
    [InlineData("", "DELEX k IFEQ v", ":0")]
    [InlineData("", "DELEX k IFNE v", ":0")]
    [InlineData("SET k v", "DELEX k FOO v", "-ERR syntax error")]
    [InlineData("SET k v", "DELEX k IFDEQ 0123456789abcdef", "-ERR syntax error")]
    [InlineData("SET k v", "DELEX k IFEQ", "-ERR wrong number of arguments for 'delex' command")]
    [InlineData("SET k v", "DELEX k IFEQ v IFNE w", "-ERR wrong number of arguments for 'delex' command")]
    [InlineData("", "DELEX", "-ERR wrong number of arguments for 'delex' command")]
    public void DelIfEq_DelEx(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void A_lock_is_released_by_its_owner_only()
    {
        using var harness = new CommandHarness();
        Assert.Equal("+OK", harness.Run("SET lock a NX PX 1000"));
        Assert.Equal("$-1", harness.Run("SET lock b NX PX 1000"));
        harness.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("+OK", harness.Run("SET lock b NX PX 1000"));
        Assert.Equal(":0", harness.Run("DELIFEQ lock a"));
        Assert.Equal(":1", harness.Run("DELIFEQ lock b"));
        harness.AssertReplayAgrees();
    }
}
