namespace RedisLite.Core.Tests.Commands;

/// <summary>BITOP.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class BitmapOpTests
{
    [Theory]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\"", "BITOP AND d a b", ":3")]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\" ; BITOP AND d a b", "GET d", "$3 \\x0f\\x0f\\x00")]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\" ; BITOP OR d a b", "GET d", "$3 \\xff\\xff\\x01")]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\" ; BITOP xor d a b", "GET d", "$3 \\xf0\\xf0\\x01")]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\" ; BITOP XOR d b a", "GET d", "$3 \\xf0\\xf0\\x01")]
    [InlineData("SET a \"\\xff\\x0f\" ; BITOP NOT d a", "GET d", "$2 \\x00\\xf0")]
    [InlineData("SET a \"\\xff\\x0f\" ; BITOP not a a", "GET a", "$2 \\x00\\xf0")]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\" ; BITOP AND a a b", "GET a", "$3 \\x0f\\x0f\\x00")]
    [InlineData("SET a \"\\xff\\x0f\" ; SET b \"\\x0f\\xff\\x01\" ; BITOP OR b a b b", "GET b", "$3 \\xff\\xff\\x01")]
    [InlineData("SET a abc ; BITOP AND d a", "GET d", "$3 abc")]
    [InlineData("SET a abc ; BITOP AND d a a a", "GET d", "$3 abc")]
    [InlineData("SET a abc ; BITOP AND d a missing", "GET d", "$3 \\x00\\x00\\x00")]
    [InlineData("SET a abc ; BITOP AND d missing a", "GET d", "$3 \\x00\\x00\\x00")]
    [InlineData("SET a abc ; BITOP OR d a missing", "GET d", "$3 abc")]
    [InlineData("SET a abc ; BITOP OR d missing a", "GET d", "$3 abc")]
    [InlineData("SET a 12 ; SET b 34 ; BITOP OR d a b", "GET d", "$2 36")]
    [InlineData("SET a abc ; SET d x EX 100 ; BITOP OR d a", "TTL d", ":-1")]
    [InlineData("", "BITOP AND d missing", ":0")]
    [InlineData("SET d x", "BITOP AND d missing", ":0")]
    [InlineData("SET d x ; BITOP AND d missing", "EXISTS d", ":0")]
    [InlineData("SET d x ; SET a \"\" ; BITOP NOT d a", "EXISTS d", ":0")]
    [InlineData("", "BITOP NOT d missing", ":0")]
    [InlineData("", "BITOP FOO d a", "-ERR syntax error")]
    [InlineData("", "BITOP NOT d a b", "-ERR BITOP NOT must be called with a single source key.")]
    [InlineData("", "BITOP AND d", "-ERR wrong number of arguments for 'bitop' command")]
    public void BitOp(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void Strings_longer_than_a_vector_are_combined_to_the_last_byte()
    {
        using var harness = new CommandHarness();
        var a = Enumerable.Range(0, 1003).Select(i => (byte)(i * 7)).ToArray();
        var b = Enumerable.Range(0, 777).Select(i => (byte)(i * 13 + 5)).ToArray();
        harness.Run("SET"u8.ToArray(), "a"u8.ToArray(), a);
        harness.Run("SET"u8.ToArray(), "b"u8.ToArray(), b);
        AssertResult(harness, "BITOP AND d a b", (x, y) => x & y, a, b);
        AssertResult(harness, "BITOP OR d a b", (x, y) => x | y, a, b);
        AssertResult(harness, "BITOP XOR d b a", (x, y) => x ^ y, a, b);
        AssertResult(harness, "BITOP NOT d a", (x, _) => ~x, a, b);
        harness.AssertReplayAgrees();
    }

    private static void AssertResult(CommandHarness harness, string command, Func<int, int, int> op, byte[] a, byte[] b)
    {
        Assert.Equal($":{a.Length}", harness.Run(command));
        var expected = a.Select((x, i) => (byte)op(x, i < b.Length ? b[i] : 0)).ToArray();
        Assert.Equal(harness.Run("ECHO"u8.ToArray(), expected), harness.Run("GET d"));
    }
}
