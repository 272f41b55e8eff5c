using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Replies that say what became of what was asked of the cluster after they were written.</summary>
public sealed class AskedClusterTests : IDisposable
{
    private readonly ReplyWriter _reply = new();
    private readonly AskedCluster _asked = new();

    [Fact]
    public void What_was_refused_is_said_where_OK_was_written()
    {
        _reply.Integer(1);
        var first = Ask();
        var second = Ask();
        var third = Ask();
        _reply.Integer(2);
        second("ERR no");
        third(null);
        Assert.False(_asked.IsAnswered);
        first("ERR neither");
        Assert.True(_asked.IsAnswered);
        _asked.Correct(_reply);
        Assert.Equal(":1\r\n-ERR neither\r\n-ERR no\r\n+OK\r\n:2\r\n", Written);
    }

    [Fact]
    public void Replies_that_a_client_does_not_want_are_waited_for_and_corrected_nowhere()
    {
        _reply.Integer(1);
        var mark = _reply.Length;
        var answered = Ask();
        _reply.Truncate(mark);
        _asked.TakeBack(_reply, mark);
        _reply.Ok();
        _reply.SimpleString("PONG"u8);
        Assert.False(_asked.IsAnswered);
        answered("ERR no");
        _asked.Correct(_reply);
        Assert.Equal(":1\r\n+OK\r\n+PONG\r\n", Written);
    }

    [Fact]
    public void A_reply_is_corrected_in_the_protocol_that_it_was_written_in()
    {
        var answered = Ask(static (reply, _) => reply.Null());
        _reply.Format = ReplyFormat.Resp3;
        answered(null);
        _asked.Correct(_reply);
        Assert.Equal("$-1\r\n", Written);
    }

    public void Dispose() => _reply.Dispose();

    private string Written => Encoding.ASCII.GetString(_reply.Written);

    private Action<string?> Ask() => Ask(static (reply, error) =>
    {
        if (error is null)
            reply.Ok();
        else
            reply.Error(Encoding.ASCII.GetBytes(error));
    });

    private Action<string?> Ask(Action<ReplyWriter, string?> write)
    {
        var start = _reply.Length;
        write(_reply, null);
        return _asked.Add(_reply, start, write);
    }
}
