namespace RedisLite.Core.Tests.Commands;

/// <summary>SETBIT and GETBIT.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class BitmapBitTests
{
    [Theory]
    [InlineData("", "SETBIT k 7 1", ":0")]
    [InlineData("SETBIT k 7 1", "GET k", "$1 \\x01")]
    [InlineData("", "SETBIT k 7 0", ":0")]
    [InlineData("SETBIT k 7 0", "GET k", "$1 \\x00")]
    [InlineData("SET k a", "SETBIT k 1 0", ":1")]
    [InlineData("SET k a ; SETBIT k 6 1", "GET k", "$1 c")]
    [InlineData("SET k a ; SETBIT k 6 1 ; SETBIT k 7 0", "GET k", "$1 b")]
    [InlineData("SET k a ; SETBIT k 17 1", "GET k", "$3 a\\x00@")]
    [InlineData("SET k 1 ; SETBIT k 6 1", "GET k", "$1 3")]
    [InlineData("SET k a EX 100 ; SETBIT k 6 1", "TTL k", ":100")]
    [InlineData("SETBIT k 0 1 ; SETBIT k 0 0", "GET k", "$1 \\x00")]
    [InlineData("SETBIT k 100000 1", "STRLEN k", ":12501")]
    [InlineData("", "SETBIT k -1 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k a 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k 4294967296 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k 9223372036854775808 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k #1 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k \"\" 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k 1 2", "-ERR bit is not an integer or out of range")]
    [InlineData("", "SETBIT k 1 -1", "-ERR bit is not an integer or out of range")]
    [InlineData("", "SETBIT k 1 a", "-ERR bit is not an integer or out of range")]
    [InlineData("", "SETBIT k 1 \"\"", "-ERR bit is not an integer or out of range")]
    [InlineData("", "SETBIT k a 2", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "SETBIT k 1", "-ERR wrong number of arguments for 'setbit' command")]
    [InlineData("", "GETBIT k 0", ":0")]
    [InlineData("SET k a", "GETBIT k 1", ":1")]
    [InlineData("SET k a", "GETBIT k 0", ":0")]
    [InlineData("SET k a", "GETBIT k 7", ":1")]
    [InlineData("SET k a", "GETBIT k 8", ":0")]
    [InlineData("SET k 5", "GETBIT k 5", ":1")]
    [InlineData("SET k a", "GETBIT k 4294967295", ":0")]
    [InlineData("", "GETBIT k 4294967296", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "GETBIT k -1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "GETBIT k a", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "GETBIT k #1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "GETBIT k", "-ERR wrong number of arguments for 'getbit' command")]
    public void SetBit_GetBit(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Fact]
    public void A_bit_that_is_set_already_is_no_change()
    {
        using var harness = new CommandHarness();
        var other = harness.NewClient();
        harness.Given("SET k a ; WATCH k ; MULTI ; ECHO x");
        harness.TakeLog();
        Assert.Equal(":1", other.Run("SETBIT k 1 1"));
        Assert.Equal("*1 :97", other.Run("BITFIELD k SET u8 0 97"));
        Assert.Equal("*1 $1 x", harness.Run("EXEC"));
        Assert.Equal("", harness.TakeLog());
    }
}
