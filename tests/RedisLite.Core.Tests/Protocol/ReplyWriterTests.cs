using System.Buffers;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Protocol;

public sealed class ReplyWriterTests : IDisposable
{
    private readonly ReplyWriter _reply = new();

    private delegate void Write(ReplyWriter reply);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("shorter is not what this is, nor is it of the same length; it makes the buffer grow, too, "
        + "when it is repeated")]
    public void A_reply_is_put_in_the_place_of_another(string text)
    {
        using var large = new ReplyWriter
        {
            PartSource = length => MemoryPool<byte>.Shared.Rent(length),
        };
        var longText = string.Concat(Enumerable.Repeat(text, 20));
        var string32K = new byte[40_000];
        large.Bulk(string32K);
        var start = large.Length;
        large.Error("ERR what was assumed"u8);
        var end = large.Length;
        large.Bulk("after"u8);
        large.Bulk(string32K);
        Assert.Equal(2, large.Parts.Length);
        using var expected = new ReplyWriter();
        expected.Bulk(string32K);
        expected.SimpleString(Encoding.ASCII.GetBytes(longText));
        expected.Bulk("after"u8);
        expected.Bulk(string32K);

        large.Replace(start, end, Encoding.ASCII.GetBytes($"+{longText}\r\n"));
        Assert.Equal(expected.ToArray(), large.ToArray());
    }

    /// <summary>Rows of: what is written, and the bytes in plain, RESP2 and RESP3.</summary>
    public static TheoryData<string, string, string, string> Replies => new()
    {
        { "Ok", "OK\n", "+OK\r\n", "+OK\r\n" },
        { "SimpleString", "QUEUED\n", "+QUEUED\r\n", "+QUEUED\r\n" },
        { "SimpleString of two lines", "a  b c\n", "+a  b c\r\n", "+a  b c\r\n" },
        { "Error", "ERR syntax error\n", "-ERR syntax error\r\n", "-ERR syntax error\r\n" },
        { "Error of two lines", "ERR a  b\n", "-ERR a  b\r\n", "-ERR a  b\r\n" },
        {
            "ProtocolError",
            "ERR Protocol error: expected '$', got 'x'\n",
            "-ERR Protocol error: expected '$', got 'x'\r\n",
            "-ERR Protocol error: expected '$', got 'x'\r\n"
        },
        { "Integer 0", "0\n", ":0\r\n", ":0\r\n" },
        { "Integer 9", "9\n", ":9\r\n", ":9\r\n" },
        { "Integer 10", "10\n", ":10\r\n", ":10\r\n" },
        { "Integer -1", "-1\n", ":-1\r\n", ":-1\r\n" },
        { "Integer min", "-9223372036854775808\n", ":-9223372036854775808\r\n", ":-9223372036854775808\r\n" },
        { "Bulk", "alice\n", "$5\r\nalice\r\n", "$5\r\nalice\r\n" },
        { "Bulk empty", "\n", "$0\r\n\r\n", "$0\r\n\r\n" },
        { "Bulk binary", "\r\n\0\xff\n", "$4\r\n\r\n\0\xff\r\n", "$4\r\n\r\n\0\xff\r\n" },
        { "BulkInteger", "-12\n", "$3\r\n-12\r\n", "$3\r\n-12\r\n" },
        { "Null", "(nil)\n", "$-1\r\n", "_\r\n" },
        { "NullArray", "(nil)\n", "*-1\r\n", "_\r\n" },
        { "Array", "1\n(nil)\n", "*2\r\n:1\r\n$-1\r\n", "*2\r\n:1\r\n_\r\n" },
        { "Array empty", "(empty array)\n", "*0\r\n", "*0\r\n" },
        {
            "Array of arrays",
            "1\n(empty array)\n2\n",
            "*3\r\n*1\r\n:1\r\n*0\r\n:2\r\n",
            "*3\r\n*1\r\n:1\r\n*0\r\n:2\r\n"
        },
        { "Map", "k\n1\n", "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n" },
        { "Map empty", "(empty array)\n", "*0\r\n", "%0\r\n" },
        { "Set", "1\n", "*1\r\n:1\r\n", "~1\r\n:1\r\n" },
        { "Set empty", "(empty array)\n", "*0\r\n", "~0\r\n" },
        { "Push", "pong\n", "*1\r\n$4\r\npong\r\n", ">1\r\n$4\r\npong\r\n" },
        { "Double 0.1", "0.10000000000000001\n", "$19\r\n0.10000000000000001\r\n", ",0.10000000000000001\r\n" },
        { "Double inf", "inf\n", "$3\r\ninf\r\n", ",inf\r\n" },
        { "Double -inf", "-inf\n", "$4\r\n-inf\r\n", ",-inf\r\n" },
        { "Double 17", "17\n", "$2\r\n17\r\n", ",17\r\n" },
        { "Boolean true", "1\n", ":1\r\n", "#t\r\n" },
        { "Boolean false", "0\n", ":0\r\n", "#f\r\n" },
        { "BigNumber", "12345678901234567890\n", "$20\r\n12345678901234567890\r\n", "(12345678901234567890\r\n" },
        { "Verbatim", "a\nb\n", "$3\r\na\nb\r\n", "=7\r\ntxt:a\nb\r\n" },
        { "Raw", ":1\r\n", ":1\r\n", ":1\r\n" },
        { "Late array", "1\n2\n", "*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n:2\r\n" },
        { "Late array empty", "(empty array)\n", "*0\r\n", "*0\r\n" },
        { "Late map", "k\n1\n", "*2\r\n$1\r\nk\r\n:1\r\n", "%1\r\n$1\r\nk\r\n:1\r\n" },
        { "Late map empty", "(empty array)\n", "*0\r\n", "%0\r\n" },
        { "Late set", "1\n", "*1\r\n:1\r\n", "~1\r\n:1\r\n" },
        { "Late arrays within", "0\n1\n2\n", "*2\r\n:0\r\n*2\r\n:1\r\n:2\r\n", "*2\r\n:0\r\n*2\r\n:1\r\n:2\r\n" },
    };

    private static Dictionary<string, Write> Writes { get; } = new()
    {
        ["Ok"] = r => r.Ok(),
        ["SimpleString"] = r => r.SimpleString("QUEUED"u8),
        ["SimpleString of two lines"] = r => r.SimpleString("a\r\nb\nc"u8),
        ["Error"] = r => r.Error("ERR syntax error"u8),
        ["Error of two lines"] = r => r.Error("ERR a\r\nb"u8),
        ["ProtocolError"] = r => r.ProtocolError("expected '$', got 'x'"u8),
        ["Integer 0"] = r => r.Integer(0),
        ["Integer 9"] = r => r.Integer(9),
        ["Integer 10"] = r => r.Integer(10),
        ["Integer -1"] = r => r.Integer(-1),
        ["Integer min"] = r => r.Integer(long.MinValue),
        ["Bulk"] = r => r.Bulk("alice"u8),
        ["Bulk empty"] = r => r.Bulk(default),
        ["Bulk binary"] = r => r.Bulk([13, 10, 0, 255]),
        ["BulkInteger"] = r => r.BulkInteger(-12),
        ["Null"] = r => r.Null(),
        ["NullArray"] = r => r.NullArray(),
        ["Array"] = r => Then(r, w => w.Array(2), w => w.Integer(1), w => w.Null()),
        ["Array empty"] = r => r.Array(0),
        ["Array of arrays"] = r =>
            Then(r, w => w.Array(3), w => w.Array(1), w => w.Integer(1), w => w.Array(0), w => w.Integer(2)),
        ["Map"] = r => Then(r, w => w.Map(1), w => w.Bulk("k"u8), w => w.Integer(1)),
        ["Map empty"] = r => r.Map(0),
        ["Set"] = r => Then(r, w => w.Set(1), w => w.Integer(1)),
        ["Set empty"] = r => r.Set(0),
        ["Push"] = r => Then(r, w => w.Push(1), w => w.Bulk("pong"u8)),
        ["Double 0.1"] = r => r.Double(0.1),
        ["Double inf"] = r => r.Double(double.PositiveInfinity),
        ["Double -inf"] = r => r.Double(double.NegativeInfinity),
        ["Double 17"] = r => r.Double(17),
        ["Boolean true"] = r => r.Boolean(true),
        ["Boolean false"] = r => r.Boolean(false),
        ["BigNumber"] = r => r.BigNumber("12345678901234567890"u8),
        ["Verbatim"] = r => r.Verbatim("txt"u8, "a\nb"u8),
        ["Raw"] = r => r.Raw(":1\r\n"u8),
        ["Late array"] = r => Late(r, (w, mark) => w.EndArray(mark, 2), w => w.Integer(1), w => w.Integer(2)),
        ["Late array empty"] = r => Late(r, (w, mark) => w.EndArray(mark, 0)),
        ["Late map"] = r => Late(r, (w, mark) => w.EndMap(mark, 1), w => w.Bulk("k"u8), w => w.Integer(1)),
        ["Late map empty"] = r => Late(r, (w, mark) => w.EndMap(mark, 0)),
        ["Late set"] = r => Late(r, (w, mark) => w.EndSet(mark, 1), w => w.Integer(1)),
        ["Late arrays within"] = r => Late(
            r,
            (w, mark) => w.EndArray(mark, 2),
            w => w.Integer(0),
            w => Late(w, (v, mark) => v.EndArray(mark, 2), v => v.Integer(1), v => v.Integer(2))),
    };

    public void Dispose() => _reply.Dispose();

    [Theory]
    [MemberData(nameof(Replies))]
    public void A_reply_is_encoded_in_each_format(string name, string plain, string resp2, string resp3)
    {
        Assert.Equal(plain, Encoded(name, ReplyFormat.Plain));
        Assert.Equal(resp2, Encoded(name, ReplyFormat.Resp2));
        Assert.Equal(resp3, Encoded(name, ReplyFormat.Resp3));
    }

    [Fact]
    public void Every_reply_has_a_row() =>
        Assert.Equal(Writes.Keys.Order(), Replies.Select(row => (string)row[0]).Order());

    [Fact]
    public void The_format_may_change_between_replies()
    {
        _reply.Null();
        _reply.Format = ReplyFormat.Plain;
        _reply.Null();
        _reply.Format = ReplyFormat.Resp3;
        _reply.Null();

        Assert.Equal("$-1\r\n(nil)\n_\r\n"u8.ToArray(), _reply.ToArray());
    }

    [Fact]
    public void What_was_written_last_can_be_taken_back()
    {
        _reply.Ok();
        var length = _reply.Length;
        _reply.Bulk("half of a reply"u8);
        _reply.Truncate(length);
        _reply.Error("ERR x"u8);

        Assert.Equal("+OK\r\n-ERR x\r\n"u8.ToArray(), _reply.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => _reply.Truncate(_reply.Length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _reply.Truncate(-1));
    }

    [Fact]
    public void Errors_are_counted()
    {
        _reply.Error("ERR x"u8);
        _reply.Ok();
        _reply.ProtocolError("x"u8);

        Assert.Equal(2, _reply.ErrorCount);
    }

    [Fact]
    public void Replies_of_any_size_stand_one_after_the_other()
    {
        var expected = new List<byte>();
        for (var size = 0; size < 5000; size += 7)
        {
            var value = Enumerable.Repeat((byte)size, size).ToArray();
            _reply.Bulk(value);
            expected.AddRange([.. Wire.Bytes($"${size}\r\n"), .. value, .. "\r\n"u8]);
        }

        Assert.True(_reply.Written.SequenceEqual(expected.ToArray()));
        Assert.True(_reply.WrittenMemory.Span.SequenceEqual(_reply.Written));
    }

    [Fact]
    public void A_late_header_moves_elements_of_any_size()
    {
        _reply.Ok();
        var mark = _reply.BeginAggregate();
        for (var i = 0; i < 1000; i++)
            _reply.BulkInteger(i);
        _reply.EndArray(mark, 1000);

        var elements = Enumerable.Range(0, 1000).Select(i => $"${$"{i}".Length}\r\n{i}\r\n");
        Assert.Equal("+OK\r\n*1000\r\n" + string.Concat(elements), Encoding.Latin1.GetString(_reply.Written));
    }

    [Fact]
    public void A_writer_that_nothing_was_written_to_holds_no_buffer()
    {
        Assert.Equal(0, _reply.Capacity);
        Assert.Empty(_reply.ToArray());
    }

    [Fact]
    public void A_small_buffer_is_kept_and_a_large_one_is_not()
    {
        using var reply = new ReplyWriter(maxRetained: 4096);
        reply.Bulk(new byte[3000]);
        reply.Clear();
        Assert.InRange(reply.Capacity, 3000, 4096);

        reply.Bulk(new byte[3_000_000]);
        reply.Clear();
        Assert.Equal(0, reply.Capacity);

        reply.Ok();
        Assert.Equal("+OK\r\n"u8.ToArray(), reply.ToArray());
    }

    [Fact]
    public void It_is_a_buffer_writer()
    {
        var text = "#t\r\n"u8;
        text.CopyTo(_reply.GetSpan(text.Length));
        _reply.Advance(text.Length);
        _reply.Write(new byte[2000]);
        Assert.True(_reply.GetMemory(3000).Length >= 3000);
        Assert.True(_reply.GetSpan().Length >= 1);

        Assert.Equal(2004, _reply.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _reply.Advance(_reply.Capacity));
    }

    [Fact]
    public void Replies_allocate_nothing_once_warm()
    {
        var value = new byte[1000];
        Assert.Equal(0, Allocation.LeastOf(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                WriteOneOfEach(value);
                _reply.Clear();
            }
        }));
    }

    private void WriteOneOfEach(byte[] value)
    {
        _reply.Ok();
        _reply.Error("ERR a\r\nb"u8);
        _reply.Integer(123456789);
        _reply.Bulk(value);
        _reply.BulkInteger(42);
        _reply.Null();
        _reply.Double(0.1);
        var mark = _reply.BeginAggregate();
        _reply.Integer(1);
        _reply.EndMap(mark, 1);
    }

    private static string Encoded(string name, ReplyFormat format)
    {
        using var reply = new ReplyWriter(format);
        Writes[name](reply);
        return Encoding.Latin1.GetString(reply.Written);
    }

    private static void Then(ReplyWriter reply, params Write[] writes)
    {
        foreach (var write in writes)
            write(reply);
    }

    private static void Late(ReplyWriter reply, Action<ReplyWriter, int> end, params Write[] elements)
    {
        var mark = reply.BeginAggregate();
        Then(reply, elements);
        end(reply, mark);
    }
}
