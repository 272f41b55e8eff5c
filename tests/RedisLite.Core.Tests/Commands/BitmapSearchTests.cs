namespace RedisLite.Core.Tests.Commands;

/// <summary>BITCOUNT and BITPOS.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class BitmapSearchTests
{
    [Theory]
    [InlineData("", "BITCOUNT k", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k", ":26")]
    [InlineData("SET k foobar", "BITCOUNT k 0 0", ":4")]
    [InlineData("SET k foobar", "BITCOUNT k 1 1", ":6")]
    [InlineData("SET k foobar", "BITCOUNT k 1 1 BYTE", ":6")]
    [InlineData("SET k foobar", "BITCOUNT k 5 30 BIT", ":17")]
    [InlineData("SET k foobar", "BITCOUNT k 5 5 bit", ":1")]
    [InlineData("SET k foobar", "BITCOUNT k 8 15 BIT", ":6")]
    [InlineData("SET k foobar", "BITCOUNT k 0 -1", ":26")]
    [InlineData("SET k foobar", "BITCOUNT k 0 -1 BIT", ":26")]
    [InlineData("SET k foobar", "BITCOUNT k -2 -1", ":7")]
    [InlineData("SET k foobar", "BITCOUNT k -12 -1 BIT", ":5")]
    [InlineData("SET k foobar", "BITCOUNT k -1 -2", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k -1 -2 FOO", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k -100 -99", ":4")]
    [InlineData("SET k foobar", "BITCOUNT k -99 -100", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k -100 -99 BIT", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k 3 1", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k 6 10", ":0")]
    [InlineData("SET k foobar", "BITCOUNT k 0 100", ":26")]
    [InlineData("SET k foobar", "BITCOUNT k 40 100 BIT", ":4")]
    [InlineData("SET k foobar", "BITCOUNT k -9223372036854775808 9223372036854775807 BIT", ":26")]
    [InlineData("SET k \"\"", "BITCOUNT k", ":0")]
    [InlineData("SET k \"\"", "BITCOUNT k 0 -1", ":0")]
    [InlineData("SET k \"\"", "BITCOUNT k 0 -1 BIT", ":0")]
    [InlineData("SET k 123", "BITCOUNT k", ":10")]
    [InlineData("SET k foobar", "BITCOUNT k 0", "-ERR syntax error")]
    [InlineData("SET k foobar", "BITCOUNT k a 1", "-ERR value is not an integer or out of range")]
    [InlineData("SET k foobar", "BITCOUNT k 1 a", "-ERR value is not an integer or out of range")]
    [InlineData("SET k foobar", "BITCOUNT k 0 1 FOO", "-ERR syntax error")]
    [InlineData("SET k foobar", "BITCOUNT k a b FOO", "-ERR value is not an integer or out of range")]
    [InlineData("SET k foobar", "BITCOUNT k 0 1 BIT X", "-ERR syntax error")]
    [InlineData("", "BITCOUNT k 0", ":0")]
    [InlineData("", "BITCOUNT k a b", ":0")]
    [InlineData("", "BITCOUNT k 0 1 FOO", ":0")]
    [InlineData("", "BITCOUNT", "-ERR wrong number of arguments for 'bitcount' command")]
    public void BitCount(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "BITPOS k 0", ":0")]
    [InlineData("", "BITPOS k 1", ":-1")]
    [InlineData("", "BITPOS k 1 a", ":-1")]
    [InlineData("SET k \"\\xff\\xf0\\x00\"", "BITPOS k 0", ":12")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1", ":8")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 0", ":8")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 2", ":16")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 2 -1 BYTE", ":16")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 7 15 BIT", ":8")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 7 -3 bit", ":8")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 0 8 15 BIT", ":-1")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 0 8 20 BIT", ":20")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 0 9 19 BIT", ":-1")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 -4 -1 BIT", ":-1")]
    [InlineData("SET k \"\\x00\\xff\\xf0\"", "BITPOS k 1 -5 -5 BIT", ":19")]
    [InlineData("SET k \"\\x00\\x00\\x00\"", "BITPOS k 1", ":-1")]
    [InlineData("SET k \"\\x00\\x00\\x00\"", "BITPOS k 1 0 -1", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0", ":24")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0 0", ":24")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0 1", ":24")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0 0 -1", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0 0 -1 BIT", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0 3", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 0 5", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 1 2 1", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 1 -100 -99", ":0")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 1 -99 -100", ":0")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 1 -1 -2", ":-1")]
    [InlineData("SET k \"\\xff\\xff\\xff\"", "BITPOS k 1 1 100", ":8")]
    [InlineData("SET k \"\"", "BITPOS k 0", ":-1")]
    [InlineData("SET k \"\"", "BITPOS k 1", ":-1")]
    [InlineData("SET k \"\"", "BITPOS k 0 0 -1", ":-1")]
    [InlineData("SET k 0", "BITPOS k 1", ":2")]
    [InlineData("", "BITPOS k 2", "-ERR The bit argument must be 1 or 0.")]
    [InlineData("", "BITPOS k -1", "-ERR The bit argument must be 1 or 0.")]
    [InlineData("", "BITPOS k a", "-ERR value is not an integer or out of range")]
    [InlineData("SET k a", "BITPOS k 1 a", "-ERR value is not an integer or out of range")]
    [InlineData("SET k a", "BITPOS k 1 0 a", "-ERR value is not an integer or out of range")]
    [InlineData("SET k a", "BITPOS k 1 0 a FOO", "-ERR syntax error")]
    [InlineData("SET k a", "BITPOS k 1 0 a BIT", "-ERR value is not an integer or out of range")]
    [InlineData("SET k a", "BITPOS k 1 0 1 FOO", "-ERR syntax error")]
    [InlineData("SET k a", "BITPOS k 1 0 1 BIT X", "-ERR syntax error")]
    [InlineData("", "BITPOS k 1 0 1 BIT X", ":-1")]
    [InlineData("", "BITPOS k 1 0 1 FOO", ":-1")]
    [InlineData("", "BITPOS k", "-ERR wrong number of arguments for 'bitpos' command")]
    public void BitPos(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData(1000)]
    [InlineData(4096 + 3)]
    public void Long_strings_are_searched_and_counted_to_the_last_bit(int length)
    {
        using var harness = new CommandHarness();
        harness.Given($"SETBIT k {(length * 8) - 1} 1");
        Assert.Equal(":1", harness.Run("BITCOUNT k"));
        Assert.Equal($":{(length * 8) - 1}", harness.Run("BITPOS k 1"));
        Assert.Equal(":-1", harness.Run($"BITPOS k 1 0 {(length * 8) - 2} BIT"));
        harness.Given("BITOP NOT k k");
        Assert.Equal($":{(length * 8) - 1}", harness.Run("BITCOUNT k"));
        Assert.Equal($":{(length * 8) - 1}", harness.Run("BITPOS k 0"));
        Assert.Equal(":-1", harness.Run($"BITPOS k 0 0 {length - 2}"));
    }
}
