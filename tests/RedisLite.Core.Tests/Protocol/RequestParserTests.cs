using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>
/// What the parser makes of bytes; the outcomes were compared with redis-server 7.0.15 over a raw socket.
/// </summary>
public sealed class RequestParserTests
{
    [Theory]
    [FedInEveryWay("", "")]
    [FedInEveryWay("*1\r\n$4\r\nPING\r\n", "[PING]")]
    [FedInEveryWay("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhello\r\n", "[SET k hello]")]
    [FedInEveryWay("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "[ECHO \"\"]")]
    [FedInEveryWay("*2\r\n$4\r\nECHO\r\n$6\r\na\r\n\0\xff*\r\n", "[ECHO a\\r\\n\\x00\\xff*]")]
    [FedInEveryWay("*2\r\n$4\r\nECHO\r\n$12\r\nhello, world\r\n", "[ECHO \"hello, world\"]")]
    [FedInEveryWay("*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n", "[a] [b]")]
    [FedInEveryWay("*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n*1\r\n$1\r\nc\r\n*1\r\n$1\r\nd\r\n", "[a] [b] [c] [d]")]
    [FedInEveryWay("*1\r\n$1\r\na\r\nPING\r\n*1\r\n$1\r\nb\r\n", "[a] (PING) [b]")]
    [FedInEveryWay("*11\r\n$1\r\n0\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n$1\r\n7\r\n"
        + "$1\r\n8\r\n$1\r\n9\r\n$1\r\nA\r\n", "[0 1 2 3 4 5 6 7 8 9 A]")]
    public void A_multibulk_request_gives_its_arguments(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("*0\r\n", "")]
    [FedInEveryWay("*0\r\nPING\r\n", "(PING)")]
    [FedInEveryWay("*-1\r\nPING\r\n", "(PING)")]
    [FedInEveryWay("*-10\r\n*1\r\n$4\r\nPING\r\n", "[PING]")]
    [FedInEveryWay("*-9223372036854775808\r\nPING\r\n", "(PING)")]
    [FedInEveryWay("\r\n\r\nPING\r\n", "(PING)")]
    [FedInEveryWay("\n", "")]
    [FedInEveryWay("   \r\nPING\r\n \n", "(PING)")]
    public void An_empty_request_is_skipped(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("*1\rx$4\rxPINGxx", "[PING]")]
    [FedInEveryWay("*1\r\n$4\r\nPINGPING\r\n", "[PING] (NG)")]
    public void Line_ends_within_a_request_are_not_compared(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("*", "+1")]
    [FedInEveryWay("*0\r", "+3")]
    [FedInEveryWay("*x\r", "+3")]
    [FedInEveryWay("*1\r\n", "+4")]
    [FedInEveryWay("*1\r\n$4\r\nPING\r", "+13")]
    [FedInEveryWay("*2\r\n$4\r\nECHO\r\n$1", "+16")]
    [FedInEveryWay("*1\r\n$4\nPING\n", "+12")]
    [FedInEveryWay("*1\r\n$536870912\r\n", "+16")]
    [FedInEveryWay("*1048576\r\n", "+10")]
    [FedInEveryWay("PING\r\nPING", "(PING) +4")]
    [FedInEveryWay("\r", "+1")]
    [FedInEveryWay("ECHO \"\\", "+7")]
    public void A_request_that_is_cut_waits_for_more(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("PING\r\n", "(PING)")]
    [FedInEveryWay("PING\n", "(PING)")]
    [FedInEveryWay("  set \t user:1000  alice \r\n", "(set user:1000 alice)")]
    [FedInEveryWay("ECHO \"a b\"\r\n", "(ECHO \"a b\")")]
    [FedInEveryWay("ECHO 'a b'\r\n", "(ECHO \"a b\")")]
    [FedInEveryWay("ECHO \"\" ''\r\n", "(ECHO \"\" \"\")")]
    [FedInEveryWay("ECHO \"\\x41\\xfF\\n\\r\\t\\b\\a\\q\\\"\"\r\n", "(ECHO A\\xff\\n\\r\\x09\\x08\\x07q\")")]
    [FedInEveryWay("ECHO \"\\xZZ\" \"\\x4\" \"\\x+1\" \"\\x 1\"\r\n", "(ECHO xZZ x4 x+1 \"x 1\")")]
    [FedInEveryWay("ECHO '\\n\\'x'\r\n", "(ECHO \\\\n'x)")]
    [FedInEveryWay("ECHO \\x41 a\\ b\r\n", "(ECHO \\\\x41 a\\\\ b)")]
    [FedInEveryWay("ECHO foo\"bar\" a'b' \"it's\"\r\n", "(ECHO foobar ab it's)")]
    [FedInEveryWay("ECHO \"a\rb\" a\rb\r\n", "(ECHO a\\rb a b)")]
    [FedInEveryWay("ECHO a\r\r\n", "(ECHO a)")]
    [FedInEveryWay("\vECHO\t\fa\vb \"c\"\v\n", "(ECHO a\\x0bb c)")]
    [FedInEveryWay("$4\r\n+OK\r\n:1\r\n", "($4) (+OK) (:1)")]
    [FedInEveryWay("GET HTTP/1.1\r\nECHO / HTTP/1.1\r\n", "(GET HTTP/1.1) (ECHO / HTTP/1.1)")]
    public void An_inline_request_is_split_into_words(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("ECHO \"foo\"bar\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO 'foo'bar\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO \"a\"\"b\"\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO \"foo\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO 'foo\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO \"foo\\\"\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO \"\\\r\n", "!unbalanced quotes in request")]
    [FedInEveryWay("ECHO '\\'\n", "!unbalanced quotes in request")]
    [FedInEveryWay("PING\r\n\"\r\nPING\r\n", "(PING) !unbalanced quotes in request")]
    [FedInEveryWay("PING\r\n\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", "(PING) !zero byte in inline request")]
    [FedInEveryWay("ECHO a\0b\r\n", "!zero byte in inline request")]
    [FedInEveryWay("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "!HTTP request")]
    [FedInEveryWay("PING\r\nPOST /a b HTTP/1.0\r\n\r\nFLUSHALL\r\n", "(PING) !HTTP request")]
    public void An_inline_request_that_cannot_be_split_is_an_error(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("*\r\nPING\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*a\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*1a\r\n", "!invalid multibulk length")]
    [FedInEveryWay("* 1\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*+1\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*01\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*00\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*-0\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*1\nPING\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*\0\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*1048577\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*2147483648\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*4294967297\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*9999999999\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*99999999999999999999\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*-9223372036854775809\r\n", "!invalid multibulk length")]
    [FedInEveryWay("*1\r\n$1\r\na\r\n*x\r\n", "[a] !invalid multibulk length")]
    public void A_multibulk_count_that_is_no_count_is_an_error(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("*1\r\n$-1\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$a\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$4 \r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$04\r\nPING\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$00\r\n\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$+4\r\nPING\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$536870913\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$2147483648\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$4294967300\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$9999999999\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$10000000000\r\n", "!invalid bulk length")]
    [FedInEveryWay("*1\r\n$99999999999999999999\r\n", "!invalid bulk length")]
    [FedInEveryWay("*2\r\n$1\r\na\r\n$-1\r\n", "!invalid bulk length")]
    public void A_bulk_length_that_is_no_length_is_an_error(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);

    [Theory]
    [FedInEveryWay("*1\r\nPING\r\n", "!expected '$', got 'P'")]
    [FedInEveryWay("*1\r\n:4\r\n", "!expected '$', got ':'")]
    [FedInEveryWay("*1\r\n*1\r\n", "!expected '$', got '*'")]
    [FedInEveryWay("*1\r\n\r\n", "!expected '$', got ' '")]
    [FedInEveryWay("*1\r\n\n\r\n", "!expected '$', got ' '")]
    [FedInEveryWay("*1\r\n\xff\r\n", "!expected '$', got '\\xff'")]
    [FedInEveryWay("*2\r\n$1\r\na\r\nx", "!expected '$', got 'x'")]
    [FedInEveryWay("*1\r\n$1\r\na\r\n*2\r\n$1\r\nb\r\n\0", "[a] !expected '$', got '\\x00'")]
    public void A_bulk_without_its_marker_is_an_error(string input, string outcome, Feeding feeding) =>
        FedParser.AssertOutcome(outcome, Wire.Bytes(input), feeding, ProtocolLimits.Default);
}
