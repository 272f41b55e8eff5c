namespace RedisLite.Core.Tests.Commands;

/// <summary>MGET, MSET, MSETNX.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StringsMultiKeyTests
{
    [Theory]
    [InlineData("", "MGET k", "*1 $-1")]
    [InlineData("SET a 1 ; SET b 2", "MGET a b c a", "*4 $1 1 $1 2 $-1 $1 1")]
    [InlineData("", "MGET", "-ERR wrong number of arguments for 'mget' command")]
    [InlineData("", "MSET a 1", "+OK")]
    [InlineData("MSET a 1 b 2", "MGET a b", "*2 $1 1 $1 2")]
    [InlineData("MSET a 1 a 2", "GET a", "$1 2")]
    [InlineData("SET a 1 EX 100 ; MSET a 2", "TTL a", ":-1")]
    [InlineData("", "MSET a", "-ERR wrong number of arguments for 'mset' command")]
    [InlineData("", "MSET a 1 b", "-ERR wrong number of arguments for 'mset' command")]
    [InlineData("", "MSETNX a 1 b 2", ":1")]
    [InlineData("MSETNX a 1 b 2", "MGET a b", "*2 $1 1 $1 2")]
    [InlineData("MSETNX a 1 a 2", "GET a", "$1 2")]
    [InlineData("SET b 0", "MSETNX a 1 b 2", ":0")]
    [InlineData("SET b 0 ; MSETNX a 1 b 2", "MGET a b", "*2 $-1 $1 0")]
    [InlineData("", "MSETNX a", "-ERR wrong number of arguments for 'msetnx' command")]
    [InlineData("", "MSETNX a 1 b", "-ERR wrong number of arguments for 'msetnx' command")]
    public void MGet_MSet_MSetNx(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);
}
