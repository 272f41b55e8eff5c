using System.Text;
using RedisLite.Benchmark.Load;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class ReplyScannerTests
{
    /// <summary>Stream, replies, errors, nils.</summary>
    public static TheoryData<string, int, int, int> RespStreams => new()
    {
        { "+OK\r\n", 1, 0, 0 },
        { "+OK\r\n+OK\r\n+PONG\r\n", 3, 0, 0 },
        { ":1\r\n:-42\r\n", 2, 0, 0 },
        { "$5\r\nhello\r\n", 1, 0, 0 },
        { "$0\r\n\r\n", 1, 0, 0 },
        { "$9\r\n+OK\r\n-E\r\n\r\n", 1, 0, 0 },
        { "$-1\r\n+OK\r\n", 2, 0, 1 },
        { "*-1\r\n", 1, 0, 1 },
        { "*0\r\n", 1, 0, 0 },
        { "*3\r\n$1\r\na\r\n$-1\r\n:7\r\n", 1, 0, 1 },
        { "*2\r\n*2\r\n+a\r\n+b\r\n*1\r\n*0\r\n$2\r\nxy\r\n", 2, 0, 0 },
        { "-ERR no\r\n+OK\r\n", 2, 1, 0 },
        { "-ERR no\r\n-WRONGTYPE Operation\r\n", 2, 2, 0 },
        { "$12\r\n0123456789ab\r\n$2\r\nok\r\n", 2, 0, 0 },
    };

    /// <summary>Stream, lines of a reply, replies, errors, nils.</summary>
    public static TheoryData<string, int, int, int, int> PlainStreams => new()
    {
        { "OK\n", 1, 1, 0, 0 },
        { "OK\r\nPONG\r\n", 1, 2, 0, 0 },
        { "(nil)\nalice\n", 1, 2, 0, 1 },
        { "\n\n", 1, 2, 0, 0 },
        { "ERR unknown command\nOK\n", 1, 2, 1, 0 },
        { "ERRand ok\nERR\n", 1, 2, 0, 0 },
        { "WRONGTYPE Operation against a key\r\n", 1, 1, 1, 0 },
        { "a\n(nil)\nc\nd\ne\nf\n", 3, 2, 0, 1 },
        { "ERR no\na\nb\nc\n", 3, 2, 1, 0 },
        { "a value that is longer than what is kept of a line\n", 1, 1, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(RespStreams))]
    public void Resp_replies_are_counted_however_the_bytes_are_split(
        string stream, int replies, int errors, int nils) =>
        CountsAtEverySplit(() => new RespReplyScanner(), stream, replies, errors, nils);

    [Theory]
    [MemberData(nameof(PlainStreams))]
    public void Plain_replies_are_counted_however_the_bytes_are_split(
        string stream, int linesPerReply, int replies, int errors, int nils) =>
        CountsAtEverySplit(() => new PlainReplyScanner(linesPerReply), stream, replies, errors, nils);

    [Fact]
    public void The_text_of_the_first_error_is_kept_also_across_reads()
    {
        var scanner = new RespReplyScanner();
        scanner.Scan("-ERR unkn"u8);
        scanner.Scan("own command\r"u8);
        scanner.Scan("\n-WRONGTYPE other\r\n"u8);
        Assert.Equal("ERR unknown command", scanner.FirstError);

        var plain = new PlainReplyScanner(1);
        plain.Scan("ERR unkn"u8);
        plain.Scan("own command\nNOAUTH x\n"u8);
        Assert.Equal("ERR unknown command", plain.FirstError);
    }

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("*99999999999\r\n")]
    [InlineData("$600000000\r\n")]
    [InlineData("+OK\r\n\0")]
    public void Bytes_that_are_no_reply_end_the_run(string stream) =>
        Assert.Throws<LoadException>(() => new RespReplyScanner().Scan(Encoding.Latin1.GetBytes(stream)));

    [Fact]
    public void A_scanner_knows_when_it_is_inside_a_reply()
    {
        var scanner = new RespReplyScanner();
        Assert.False(scanner.IsMidReply);
        scanner.Scan("*2\r\n+a\r\n"u8);
        Assert.True(scanner.IsMidReply);
        scanner.Scan("+b\r\n"u8);
        Assert.False(scanner.IsMidReply);

        var plain = new PlainReplyScanner(2);
        plain.Scan("a\n"u8);
        Assert.True(plain.IsMidReply);
        plain.Scan("b\n"u8);
        Assert.False(plain.IsMidReply);
    }

    private static void CountsAtEverySplit(Func<ReplyScanner> create, string stream, int replies, int errors, int nils)
    {
        var bytes = Encoding.Latin1.GetBytes(stream);
        for (var split = 0; split <= bytes.Length; split++)
            Check(create(), [bytes[..split], bytes[split..]]);
        Check(create(), [.. bytes.Select(b => new[] { b })]);

        void Check(ReplyScanner scanner, IEnumerable<byte[]> pieces)
        {
            var counted = pieces.Sum(piece => scanner.Scan(piece));
            Assert.Equal((replies, errors, nils), (counted, (int)scanner.Errors, (int)scanner.Nils));
            Assert.False(scanner.IsMidReply);
        }
    }
}
