namespace RedisLite.Core.Tests.Commands;

/// <summary>LCS.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StringsLcsTests
{
    [Theory]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b", "$6 mytext")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b LEN", ":6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b IDX",
        "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b IDX MINMATCHLEN 4",
        "*4 $7 matches *1 *2 *2 :4 :7 *2 :5 :8 $3 len :6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
        "*4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b idx withmatchlen",
        "*4 $7 matches *2 *3 *2 :4 :7 *2 :5 :8 :4 *3 *2 :2 :3 *2 :0 :1 :2 $3 len :6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b IDX MINMATCHLEN -5",
        "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b IDX MINMATCHLEN 100", "*4 $7 matches *0 $3 len :6")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b WITHMATCHLEN MINMATCHLEN 100", "$6 mytext")]
    [InlineData("SET a ohmytext ; SET b mynewtext", "LCS a b LEN LEN WITHMATCHLEN", ":6")]
    [InlineData("SET a abcd", "LCS a a IDX", "*4 $7 matches *1 *2 *2 :0 :3 *2 :0 :3 $3 len :4")]
    [InlineData("SET a abcd ; SET b x", "LCS a b", "$0 ")]
    [InlineData("SET a abcd ; SET b x", "LCS a b IDX", "*4 $7 matches *0 $3 len :0")]
    [InlineData("SET a abcd", "LCS a b", "$0 ")]
    [InlineData("SET a abcd", "LCS b a LEN", ":0")]
    [InlineData("", "LCS a b", "$0 ")]
    [InlineData("", "LCS a b LEN", ":0")]
    [InlineData("", "LCS a b IDX", "*4 $7 matches *0 $3 len :0")]
    [InlineData("SET a 12345 ; SET b 1545", "LCS a b IDX WITHMATCHLEN",
        "*4 $7 matches *2 *3 *2 :3 :4 *2 :2 :3 :2 *3 *2 :0 :0 *2 :0 :0 :1 $3 len :3")]
    [InlineData("SET a abcbdab ; SET b bdcaba", "LCS a b", "$4 bdab")]
    [InlineData("SET a abcbdab ; SET b bdcaba", "LCS b a", "$4 bcba")]
    [InlineData("SET a abcbdab ; SET b bdcaba", "LCS a b IDX",
        "*4 $7 matches *2 *2 *2 :5 :6 *2 :3 :4 *2 *2 :3 :4 *2 :0 :1 $3 len :4")]
    [InlineData("SET a axbxcx ; SET b ayaybyc", "LCS a b IDX",
        "*4 $7 matches *3 *2 *2 :4 :4 *2 :6 :6 *2 *2 :2 :2 *2 :4 :4 *2 *2 :0 :0 *2 :0 :0 $3 len :3")]
    [InlineData("SET a aaaa ; SET b aa", "LCS a b IDX", "*4 $7 matches *1 *2 *2 :2 :3 *2 :0 :1 $3 len :2")]
    [InlineData("SET a aa ; SET b aaaa", "LCS a b IDX", "*4 $7 matches *1 *2 *2 :0 :1 *2 :2 :3 $3 len :2")]
    [InlineData("SET a \"a\\x00b\\xff\" ; SET b \"\\x00\\xff\"", "LCS a b", "$2 \\x00\\xff")]
    [InlineData("", "LCS a b LEN IDX", "-ERR If you want both the length and indexes, please just use IDX.")]
    [InlineData("", "LCS a b MINMATCHLEN", "-ERR syntax error")]
    [InlineData("", "LCS a b MINMATCHLEN a", "-ERR value is not an integer or out of range")]
    [InlineData("", "LCS a b FOO", "-ERR syntax error")]
    [InlineData("", "LCS a b IDX FOO", "-ERR syntax error")]
    [InlineData("", "LCS a", "-ERR wrong number of arguments for 'lcs' command")]
    public void Lcs(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void Strings_whose_table_would_be_too_large_are_refused()
    {
        using var harness = new CommandHarness();
        harness.Options.ProtoMaxBulkLength = 4 * 11 * 11;
        harness.Given("SET a 0123456789 ; SET b 0123456789 ; SET c 0123456789x");
        Assert.Equal("$10 0123456789", harness.Run("LCS a b"));
        const string Refused = "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";
        Assert.Equal(Refused, harness.Run("LCS a c"));
        Assert.Equal(Refused, harness.Run("LCS a c LEN"));
    }

    [Fact]
    public void In_RESP3_the_ranges_come_as_a_map()
    {
        using var harness = new CommandHarness();
        harness.Client.Session.ProtocolVersion = 3;
        harness.Given("SET a xabc ; SET b abcy");
        Assert.Equal("%2 $7 matches *1 *3 *2 :1 :3 *2 :0 :2 :3 $3 len :3", harness.Run("LCS a b IDX WITHMATCHLEN"));
    }
}
