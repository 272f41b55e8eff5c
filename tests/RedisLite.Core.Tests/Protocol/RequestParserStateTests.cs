using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

/// <summary>What a caller of the parser relies on between calls.</summary>
public sealed class RequestParserStateTests
{
    private readonly RequestParser _parser = new(ProtocolLimits.Default);
    private readonly RequestBatch _batch = new();

    [Fact]
    public void Arguments_are_views_of_the_input()
    {
        var input = Wire.Request("SET", "k", "hello");

        _parser.Parse(input, _batch, 8);

        Assert.True(_batch[0][2].Overlaps(input, out var offset));
        Assert.Equal(-Array.IndexOf(input, (byte)'h'), offset);
    }

    [Fact]
    public void A_full_batch_leaves_the_rest_of_the_input()
    {
        byte[] input = [.. Wire.Request("A"), .. Wire.Request("B"), .. Wire.Request("C")];

        var first = _parser.Parse(input, _batch, 2);
        Assert.Equal(new ParseResult(input.Length / 3 * 2, ParseStatus.BatchFull, default, 0), first);
        Assert.Equal(2, _batch.Count);
        Assert.False(_parser.IsMidRequest);

        var second = _parser.Parse(input.AsMemory(first.Consumed), _batch, 2);
        Assert.Equal(new ParseResult(input.Length / 3, ParseStatus.NeedMore, default, 0), second);
        Assert.Equal("C", Wire.Show(_batch[0][0]));
    }

    [Fact]
    public void A_batch_that_is_just_filled_needs_more()
    {
        var result = _parser.Parse(Wire.Request("A"), _batch, 1);

        Assert.Equal(ParseStatus.NeedMore, result.Status);
        Assert.Equal(1, _batch.Count);
    }

    [Fact]
    public void Each_request_knows_where_it_ends()
    {
        var one = Wire.Request("ONE");
        var two = "\r\n TWO 2\n"u8.ToArray();
        byte[] input = [.. one, .. two, .. "*1"u8];

        var result = _parser.Parse(input, _batch, 8);

        Assert.Equal(one.Length, _batch.EndOf(0));
        Assert.Equal(one.Length + two.Length, _batch.EndOf(1));
        Assert.Equal(result.Consumed, _batch.EndOf(1));
    }

    [Theory]
    [InlineData("*2\r\n$4\r\nECHO\r\n$1", 0)]
    [InlineData("*2\r\n$4\r\nECHO\r\n$100000\r\n", 100_002)]
    [InlineData("*2\r\n$4\r\nECHO\r\n$100000\r\nabc", 99_999)]
    [InlineData("PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nabcde\r", 1)]
    [InlineData("*3\r\n$4\r\nECHO\r\n$5\r\nabcde\r\n", 0)]
    [InlineData("PING\r\n", 0)]
    [InlineData("PING", 0)]
    public void The_hint_is_what_the_cut_argument_misses(string input, int missing)
    {
        var bytes = Wire.Bytes(input);

        Assert.Equal(missing, _parser.Parse(bytes, new RequestBatch(), 8).MoreBytesHint);
    }

    [Fact]
    public void The_hint_shrinks_as_the_argument_arrives()
    {
        var request = Wire.Request("ECHO", new string('x', 1000));
        var header = request.Length - 1002;
        for (var length = header; length <= request.Length; length++)
            Assert.Equal(request.Length - length, _parser.Parse(request.AsMemory(0, length), _batch, 8).MoreBytesHint);
        Assert.Equal(1, _batch.Count);
    }

    [Fact]
    public void An_error_stays()
    {
        var first = _parser.Parse("*x\r\n"u8.ToArray(), _batch, 8);
        var second = _parser.Parse("PING\r\n"u8.ToArray(), _batch, 8);

        Assert.Equal(ParseStatus.ProtocolError, second.Status);
        Assert.Equal(first.Error, second.Error);
        Assert.Equal(0, second.Consumed);
        Assert.Equal(0, _batch.Count);
    }

    [Fact]
    public void A_request_may_be_cut_with_one_batch_and_completed_with_another()
    {
        var request = Wire.Request("SET", "k", "v");
        _parser.Parse(request.AsMemory(0, request.Length - 4), new RequestBatch(), 8);

        _parser.Parse(request.ToArray(), _batch, 8);

        Assert.Equal("v", Wire.Show(_batch[0][2]));
    }

    [Fact]
    public void A_request_of_many_arguments_arrives_in_many_pieces()
    {
        var arguments = Enumerable.Range(0, 100_000).Select(i => Wire.Bytes($"{i}")).ToArray();
        var request = Wire.Request(arguments);
        for (var length = 1000; length < request.Length; length += 1000)
            Assert.Equal(0, _parser.Parse(request.AsMemory(0, length), _batch, 8).Consumed);

        Assert.Equal(request.Length, _parser.Parse(request, _batch, 8).Consumed);

        var parsed = _batch[0];
        Assert.Equal(arguments.Length, parsed.Count);
        for (var i = 0; i < arguments.Length; i++)
            Assert.Equal(arguments[i], parsed[i]);
    }

    [Fact]
    public void Unescaped_words_of_several_requests_stand_side_by_side()
    {
        _parser.Parse("A \"1\\x31\" b\nB '22' \"\"\n"u8.ToArray(), _batch, 2);

        Assert.Equal("11", Wire.Show(_batch[0][1]));
        Assert.Equal("b", Wire.Show(_batch[0][2]));
        Assert.Equal("22", Wire.Show(_batch[1][1]));
        Assert.Equal(0, _batch[1][2].Length);
    }

    [Fact]
    public void A_request_outside_the_batch_is_refused()
    {
        _parser.Parse("A\n"u8.ToArray(), _batch, 2);

        Assert.Throws<ArgumentOutOfRangeException>(() => _batch[1].Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => _batch.EndOf(-1));
        _batch.Clear();
        Assert.Throws<ArgumentOutOfRangeException>(() => _batch.FormOf(0));
        Assert.True(_batch.Input.IsEmpty);
    }

    [Fact]
    public void Parsing_sets_allocates_nothing_once_warm()
    {
        var input = Enumerable.Repeat(Wire.Request("SET", "key:000000012345", new string('x', 32)), 1000)
            .SelectMany(r => r).ToArray();

        Assert.Equal(0, Allocation.LeastOf(() => ParseAll(input, input.Length)));
        Assert.Equal(0, Allocation.LeastOf(() => ParseAll(input, 16 * 1024)));
        Assert.Equal(0, Allocation.LeastOf(() => ParseAll(input, 100)));
    }

    /// <summary>
    /// Feeds windows of a buffer, as a connection that keeps what was cut at the buffer's start would.
    /// </summary>
    private void ParseAll(byte[] input, int pieceSize)
    {
        var start = 0;
        var requests = 0;
        for (var end = 0; end < input.Length;)
        {
            end = Math.Min(end + pieceSize, input.Length);
            ParseResult result;
            do
            {
                result = _parser.Parse(input.AsMemory(start, end - start), _batch, 1000);
                start += result.Consumed;
                for (var i = 0; i < _batch.Count; i++)
                    requests += _batch[i].Is(0, "SET"u8) ? 1 : 0;
                _batch.Clear();
            }
            while (result.Status == ParseStatus.BatchFull);
        }

        if (requests != 1000)
            throw new InvalidOperationException($"{requests} requests.");
    }
}
