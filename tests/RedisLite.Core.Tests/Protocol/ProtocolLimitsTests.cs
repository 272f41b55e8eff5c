using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

public sealed class ProtocolLimitsTests
{
    private const int MaxLine = 64 * 1024;

    [Theory]
    [InlineData(MaxLine, false)]
    [InlineData(MaxLine + 1, true)]
    public void An_endless_inline_request_is_too_big(int length, bool isError) =>
        AssertInTwoFeedings(new string('x', length), isError ? "!too big inline request" : $"+{length}");

    [Theory]
    [InlineData(MaxLine, false)]
    [InlineData(MaxLine + 1, true)]
    public void An_inline_request_counts_without_its_line_end(int length, bool isError) =>
        AssertInTwoFeedings(
            new string('x', length) + "\n", isError ? "!too big inline request" : $"({new string('x', length)})");

    [Theory]
    [InlineData(MaxLine, false)]
    [InlineData(MaxLine + 1, true)]
    public void An_endless_multibulk_count_is_too_big(int length, bool isError) =>
        AssertInTwoFeedings(
            "*" + new string('1', length - 1), isError ? "!too big mbulk count string" : $"+{length}");

    [Theory]
    [InlineData(MaxLine, false)]
    [InlineData(MaxLine + 1, true)]
    public void A_long_multibulk_count_is_invalid_until_it_is_too_big(int length, bool isTooBig) =>
        AssertInTwoFeedings(
            "*" + new string('1', length - 1) + "\r\n",
            isTooBig ? "!too big mbulk count string" : "!invalid multibulk length");

    [Theory]
    [InlineData(MaxLine, false)]
    [InlineData(MaxLine + 1, true)]
    public void An_endless_bulk_length_is_too_big(int length, bool isError) =>
        AssertInTwoFeedings(
            "*1\r\n$" + new string('1', length - 1), isError ? "!too big bulk count string" : $"+{length + 4}");

    [Theory]
    [FedInEveryWay("*10\r\n", "+5")]
    [FedInEveryWay("*11\r\n", "!unauthenticated multibulk length")]
    [FedInEveryWay("*1048577\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*1\r\n$16384\r\n", "+12")]
    [FedInEveryWay("*1\r\n$16385\r\n", "!unauthenticated bulk length")]
    [FedInEveryWay("*1\r\n$536870913\r\n", "!invalid bulk length")]
    [FedInEveryWay("*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", "[AUTH secret]")]
    public void A_client_that_has_to_authenticate_may_send_little(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default, unauthenticated: true);

    [Theory]
    [FedInEveryWay("*2\r\n$3\r\nabc\r\n$3\r\nabc\r\n", "[abc abc]")]
    [FedInEveryWay("*3\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*1\r\n$4\r\n", "!invalid bulk length")]
    [FedInEveryWay("abcdefgh\r", "+9")]
    [FedInEveryWay("abcdefghi\r", "!too big inline request")]
    public void Limits_can_be_set(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(
            outcome, Wire.Bytes(input), feeding, new() { MaxArguments = 2, MaxBulkLength = 3, MaxInlineLength = 9 });

    [Fact]
    public void Changed_limits_hold_for_the_next_length()
    {
        var parser = new RequestParser(ProtocolLimits.Default);
        var batch = new RequestBatch();
        var input = Wire.Bytes("*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n");
        Assert.Equal(ParseStatus.NeedMore, parser.Parse(input.AsMemory(0, 10), batch, 8).Status);

        parser.Limits = parser.Limits with { MaxBulkLength = 2 };

        var result = parser.Parse(input, batch, 8);
        Assert.Equal(ParseStatus.ProtocolError, result.Status);
        Assert.Equal("invalid bulk length", Wire.Show(result.Error.Span));
    }

    [Fact]
    public void A_bulk_that_no_buffer_can_hold_is_invalid_whatever_the_limit()
    {
        var unlimited = new ProtocolLimits { MaxBulkLength = long.MaxValue };

        Assert.Equal("+17", FedParser.Run(Wire.Bytes("*1\r\n$2147483589\r\n"), unlimited, false));
        Assert.Equal("!invalid bulk length", FedParser.Run(Wire.Bytes("*1\r\n$2147483590\r\n"), unlimited, false));
    }

    private static void AssertInTwoFeedings(string input, string outcome)
    {
        var bytes = Wire.Bytes(input);
        Assert.Equal(outcome, FedParser.Run(bytes, ProtocolLimits.Default, false));
        int[] cuts = [1, 4096, MaxLine - 1, bytes.Length - 1];
        Assert.Equal(outcome, FedParser.Run(bytes, ProtocolLimits.Default, false, cuts));
    }
}
