namespace RedisLite.Core.Tests.Commands;

/// <summary>APPEND, STRLEN, GETRANGE, SUBSTR, SETRANGE.</summary>
/// <remarks>The replies are those of redis-server 7.0.15.</remarks>
public sealed class StringsRangeTests
{
    [Theory]
    [InlineData("", "APPEND k ab", ":2")]
    [InlineData("", "APPEND k \"\"", ":0")]
    [InlineData("SET k ab", "APPEND k cd", ":4")]
    [InlineData("SET k ab ; APPEND k cd", "GET k", "$4 abcd")]
    [InlineData("SET k ab", "APPEND k \"\"", ":2")]
    [InlineData("SET k 10 ; APPEND k 5", "GET k", "$3 105")]
    [InlineData("SET k ab EX 100 ; APPEND k cd", "TTL k", ":100")]
    [InlineData("SET k \"\\x00\" ; APPEND k \"\\xff\"", "GET k", "$2 \\x00\\xff")]
    [InlineData("", "APPEND k", "-ERR wrong number of arguments for 'append' command")]
    [InlineData("", "STRLEN k", ":0")]
    [InlineData("SET k hello", "STRLEN k", ":5")]
    [InlineData("SET k -12", "STRLEN k", ":3")]
    [InlineData("", "STRLEN", "-ERR wrong number of arguments for 'strlen' command")]
    [InlineData("", "GETRANGE k 0 -1", "$0 ")]
    [InlineData("SET k hello", "GETRANGE k 0 -1", "$5 hello")]
    [InlineData("SET k hello", "GETRANGE k 1 3", "$3 ell")]
    [InlineData("SET k hello", "GETRANGE k -3 -2", "$2 ll")]
    [InlineData("SET k hello", "GETRANGE k 3 1", "$0 ")]
    [InlineData("SET k hello", "GETRANGE k -1 -3", "$0 ")]
    [InlineData("SET k hello", "GETRANGE k 0 100", "$5 hello")]
    [InlineData("SET k hello", "GETRANGE k 5 10", "$0 ")]
    [InlineData("SET k hello", "GETRANGE k 4 4", "$1 o")]
    [InlineData("SET k hello", "GETRANGE k -100 -50", "$1 h")]
    [InlineData("SET k hello", "GETRANGE k -50 -100", "$0 ")]
    [InlineData("SET k hello", "GETRANGE k -100 100", "$5 hello")]
    [InlineData("SET k hello", "GETRANGE k 0 -100", "$1 h")]
    [InlineData("SET k hello", "GETRANGE k -9223372036854775808 9223372036854775807", "$5 hello")]
    [InlineData("SET k 12345", "GETRANGE k 1 2", "$2 23")]
    [InlineData("SET k \"\"", "GETRANGE k 0 -1", "$0 ")]
    [InlineData("SET k hello", "GETRANGE k a 1", "-ERR value is not an integer or out of range")]
    [InlineData("SET k hello", "GETRANGE k 1 a", "-ERR value is not an integer or out of range")]
    [InlineData("", "GETRANGE k a 1", "-ERR value is not an integer or out of range")]
    [InlineData("", "GETRANGE k 1", "-ERR wrong number of arguments for 'getrange' command")]
    [InlineData("SET k hello", "SUBSTR k 1 -2", "$3 ell")]
    [InlineData("", "SUBSTR k 0", "-ERR wrong number of arguments for 'substr' command")]
    [InlineData("", "SETRANGE k 0 ab", ":2")]
    [InlineData("", "SETRANGE k 3 ab", ":5")]
    [InlineData("SETRANGE k 3 ab", "GET k", "$5 \\x00\\x00\\x00ab")]
    [InlineData("SET k hello", "SETRANGE k 1 EY", ":5")]
    [InlineData("SET k hello ; SETRANGE k 1 EY", "GET k", "$5 hEYlo")]
    [InlineData("SET k hello ; SETRANGE k 4 XYZ", "GET k", "$7 hellXYZ")]
    [InlineData("SET k hello ; SETRANGE k 7 X", "GET k", "$8 hello\\x00\\x00X")]
    [InlineData("SET k 123 ; SETRANGE k 1 9", "GET k", "$3 193")]
    [InlineData("SET k hello EX 100 ; SETRANGE k 1 EY", "TTL k", ":100")]
    [InlineData("", "SETRANGE k 5 \"\"", ":0")]
    [InlineData("SETRANGE k 5 \"\"", "EXISTS k", ":0")]
    [InlineData("SET k hello", "SETRANGE k 10 \"\"", ":5")]
    [InlineData("SET k hello ; SETRANGE k 10 \"\"", "STRLEN k", ":5")]
    [InlineData("", "SETRANGE k -1 a", "-ERR offset is out of range")]
    [InlineData("", "SETRANGE k -1 \"\"", "-ERR offset is out of range")]
    [InlineData("", "SETRANGE k a a", "-ERR value is not an integer or out of range")]
    [InlineData("", "SETRANGE k 536870912 a", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("", "SETRANGE k 536870911 ab", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("", "SETRANGE k 9223372036854775807 ab",
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("", "SETRANGE k 536870912 \"\"", ":0")]
    [InlineData("", "SETRANGE k 9223372036854775808 a", "-ERR value is not an integer or out of range")]
    [InlineData("", "SETRANGE k 1", "-ERR wrong number of arguments for 'setrange' command")]
    public void Append_StrLen_GetRange_SetRange(string given, string command, string reply) =>
        CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("", "SETRANGE k 9 a", ":10")]
    [InlineData("", "SETRANGE k 10 a", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("", "SETRANGE k 9 ab", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("SET k 123456789", "APPEND k 0", ":10")]
    [InlineData("SET k 123456789", "APPEND k 01", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("SET k 123456789", "SETRANGE k 8 90", ":10")]
    [InlineData("SET k 123456789", "SETRANGE k 9 90", "-ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    [InlineData("", "SETBIT k 79 1", ":0")]
    [InlineData("", "SETBIT k 80 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "GETBIT k 80", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k SET u8 #9 1", "*1 :0")]
    [InlineData("", "BITFIELD k SET u8 #10 1", "-ERR bit offset is not an integer or out of range")]
    [InlineData("", "BITFIELD k SET u16 79 1", "*1 :0")]
    public void Strings_grow_to_the_limit_of_bulk_strings(string given, string command, string reply)
    {
        using var harness = new CommandHarness();
        harness.Options.ProtoMaxBulkLength = 10;
        harness.Given(given);
        Assert.Equal(reply, harness.Run(command));
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void A_log_holds_what_was_allowed_when_it_was_written()
    {
        using var harness = new CommandHarness();
        harness.Given(
            "SET k 0123456789 ; APPEND k 0123456789 ; SETBIT k 1000 1 ; SETRANGE k 500 x ; BITFIELD k SET u8 9000 1");
        using var other = new CommandHarness();
        other.Options.ProtoMaxBulkLength = 5;
        harness.Log.ReplayInto(other);
        Assert.Equal(harness.Dump(), other.Dump());
    }

    [Fact]
    public void Appending_a_byte_at_a_time_keeps_every_byte()
    {
        using var harness = new CommandHarness();
        for (var i = 0; i < 3000; i++)
            Assert.Equal($":{i + 1}", harness.Run("APPEND"u8.ToArray(), "k"u8.ToArray(), [(byte)('a' + (i % 26))]));
        Assert.Equal("$4 zabc", harness.Run("GETRANGE k 2599 2602"));
        Assert.Equal("$3 abc", harness.Run("GETRANGE k 0 2"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("", ":1")]
    [InlineData("SET k abc", ":11")]
    [InlineData("SET k abc ; SETRANGE k 200000 abc ; SETRANGE k 150000 abc", ":31")]
    public void A_large_gap_is_filled_with_zeros(string given, string ones)
    {
        using var harness = new CommandHarness();
        harness.Given(given);
        harness.Given("SETBIT k 8000000 1");
        Assert.Equal(ones, harness.Run("BITCOUNT k"));
        harness.AssertReplayAgrees();
    }
}
