using System.Buffers;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>Arguments that the parser is fed past: received elsewhere, and supplied whole.</summary>
public sealed class LargeArgumentParserTests
{
    private const string Input = "*1\r\n$4\r\nPING\r\n"
        + "*4\r\n$4\r\nMSET\r\n$12\r\nlarge key 12\r\n$1\r\nk\r\n$13\r\nlarge value 1\r\n"
        + "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";

    [Fact]
    public void Cut_anywhere_twice_the_requests_are_the_same()
    {
        for (var first = 1; first < Input.Length; first++)
        {
            for (var second = first; second < Input.Length; second++)
            {
                var (requests, supplied) = Feed(Input[..first], Input[first..second], Input[second..]);
                Assert.Equal(["PING", "MSET|large key 12|k|large value 1", "GET|k"], requests);
                Assert.All(supplied, argument => Assert.True(argument.IsDisposed));
            }
        }
    }

    [Fact]
    public void A_parser_that_ends_gives_back_what_it_was_supplied_with()
    {
        var parser = new RequestParser(new ProtocolLimits()) { LargeArgumentLength = 10 };
        var batch = new RequestBatch();
        parser.Parse(Encoding.ASCII.GetBytes("*2\r\n$12\r\nlarge"), batch, 1);
        Assert.Equal((12, 5), (parser.CutLength, parser.CutPresent));
        parser.Divert();
        var argument = new Argument(new byte[12]);
        parser.Supply(argument);
        parser.Parse(Encoding.ASCII.GetBytes("*2\r\n$12\r\n\r\n$3\r\n"), batch, 1);
        Assert.False(argument.IsDisposed);
        parser.Dispose();
        Assert.True(argument.IsDisposed);
    }

    [Fact]
    public void After_an_error_in_the_rest_of_the_request_it_is_given_back()
    {
        var parser = new RequestParser(new ProtocolLimits()) { LargeArgumentLength = 10 };
        var batch = new RequestBatch();
        parser.Parse(Encoding.ASCII.GetBytes("*2\r\n$12\r\n"), batch, 1);
        parser.Divert();
        var argument = new Argument(new byte[12]);
        parser.Supply(argument);
        var result = parser.Parse(Encoding.ASCII.GetBytes("*2\r\n$12\r\n\r\n!"), batch, 1);
        Assert.Equal(ParseStatus.ProtocolError, result.Status);
        Assert.True(argument.IsDisposed);
    }

    /// <summary>Feeds a parser as a connection does.</summary>
    private static (List<string> Requests, List<Argument> Supplied) Feed(params string[] pieces)
    {
        using var parser = new RequestParser(new ProtocolLimits()) { LargeArgumentLength = 10 };
        var batch = new RequestBatch();
        var requests = new List<string>();
        var supplied = new List<Argument>();
        var whole = new StringBuilder();
        var unread = new List<byte>();
        var large = new List<byte>();
        var missing = 0;
        foreach (var piece in pieces.Select(Encoding.ASCII.GetBytes))
        {
            var moved = Math.Min(missing, piece.Length);
            large.AddRange(piece[..moved]);
            missing -= moved;
            unread.AddRange(piece[moved..]);
            if (missing > 0)
                continue;
            if (moved > 0)
                Supply();
            Parse();
        }

        // With its large arguments put back where they stood, a request is what it was.
        Assert.Equal(string.Concat(pieces), whole.ToString());
        return (requests, supplied);

        void Parse()
        {
            var result = parser.Parse(unread.ToArray(), batch, int.MaxValue);
            for (var i = 0; i < batch.Count; i++)
            {
                requests.Add(Show(batch[i]));
                whole.Append(Whole(batch, i));
            }

            if (parser.CutLength > 0)
            {
                missing = parser.CutLength - parser.CutPresent;
                large = unread[^parser.CutPresent..];
                unread.RemoveRange(unread.Count - parser.CutPresent, parser.CutPresent);
                parser.Divert();
            }

            unread.RemoveRange(0, result.Consumed);
            batch.Clear();
            if (missing == 0 && large.Count > 0)
            {
                Supply();
                Parse();
            }
        }

        void Supply()
        {
            supplied.Add(new Argument([.. large]));
            parser.Supply(supplied[^1]);
            large = [];
        }
    }

    private static string Whole(RequestBatch batch, int index)
    {
        var raw = batch.RawOf(index);
        var text = new StringBuilder();
        var copied = 0;
        foreach (var part in batch.PartsOf(index))
        {
            text.Append(Encoding.ASCII.GetString(raw[copied..part.At]));
            text.Append(Encoding.ASCII.GetString(part.Memory.Span));
            copied = part.At;
        }

        return text.Append(Encoding.ASCII.GetString(raw[copied..])).ToString();
    }

    private static string Show(in Arguments args)
    {
        var words = new List<string>();
        for (var i = 0; i < args.Count; i++)
            words.Add(Encoding.ASCII.GetString(args[i]));
        return string.Join('|', words);
    }

    private sealed class Argument(byte[] bytes) : IMemoryOwner<byte>
    {
        public bool IsDisposed { get; private set; }

        public Memory<byte> Memory => IsDisposed ? throw new ObjectDisposedException("argument") : bytes;

        public void Dispose() => IsDisposed = true;
    }
}
