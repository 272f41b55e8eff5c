using System.Text;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Connections;
using RedisLite.Execution;

namespace RedisLite.Actor.Tests.Connections;

public sealed class ConnectionActorTests : TestKit
{
    private readonly ServerFixture _server;
    private readonly TestProbe _socket;
    private readonly TestProbe _fast;
    private readonly TestProbe _pool;
    private readonly IActorRef _connection;

    public ConnectionActorTests()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        _server = new ServerFixture(Sys);
        _socket = CreateTestProbe("socket");
        _fast = CreateTestProbe("fast");
        _pool = CreateTestProbe("pool");
        _connection = Sys.ActorOf(
            ConnectionActor.Props(7, _socket, "127.0.0.1:5000", "127.0.0.1:6379", _server.Context(_fast, _pool)),
            "c-7");
        Watch(_connection);
    }

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void It_registers_so_that_a_half_closed_client_is_still_answered()
    {
        var register = _socket.ExpectMsg<Tcp.Register>();

        Assert.Equal(_connection, register.Handler);
        Assert.True(register.KeepOpenOnPeerClosed);
        Assert.NotNull(_server.Services.Clients.Find(7));
    }

    [Fact]
    public void Short_commands_go_to_the_fast_executors_and_are_answered_in_one_write()
    {
        Open();

        Receive("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n");
        RunNext(_fast);

        Assert.Equal("+PONG\r\n$2\r\nhi\r\n", ExpectWrite());
        _pool.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_batch_with_one_long_command_goes_to_the_pool()
    {
        Open();

        Receive("PING\r\nCONFIG GET port\r\n");

        _pool.ExpectMsg<ExecutorActor.Execute>(execute => Assert.Equal(2, execute.Batch.Count));
        _fast.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void A_command_with_many_arguments_goes_to_the_pool()
    {
        Open();

        Receive("DEL " + string.Join(' ', Enumerable.Range(0, 20)) + "\r\n");

        _pool.ExpectMsg<ExecutorActor.Execute>();
    }

    [Fact]
    public void What_arrives_during_execution_waits_and_forms_one_batch()
    {
        Open();

        Receive("PING\r\n");
        var first = _fast.ExpectMsg<ExecutorActor.Execute>();
        Receive("ECHO a\r\n");
        Receive("ECHO b\r\n");
        _fast.ExpectNoMsg(TimeSpan.Zero);
        Answer(first);

        var second = _fast.ExpectMsg<ExecutorActor.Execute>();
        Assert.Equal(2, second.Batch.Count);
        Assert.Equal("PONG\n", ExpectWrite());
        Answer(second);
        Assert.Equal("a\nb\n", ExpectWrite());
    }

    [Fact]
    public void A_request_cut_at_every_byte_is_executed_once_it_is_whole()
    {
        Open();
        const string request = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n";

        for (var cut = 1; cut < request.Length; cut++)
        {
            Receive(request[..cut]);
            _fast.ExpectNoMsg(TimeSpan.Zero);
            Receive(request[cut..]);
            RunNext(_fast);
            Assert.Equal("+OK\r\n", ExpectWrite());
        }
    }

    [Fact]
    public void A_long_pipeline_is_executed_in_several_batches_and_in_order()
    {
        Open();

        Receive(string.Concat(Enumerable.Range(0, 20).Select(i => $"ECHO {i}\r\n")));
        var replies = new StringBuilder();
        for (var batch = 0; batch < 3; batch++)
        {
            RunNext(_fast);
            replies.Append(ExpectWrite());
        }

        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(i => $"{i}\n")), replies.ToString());
    }

    [Fact]
    public void A_client_that_half_closes_gets_its_replies_and_then_the_end()
    {
        Open();

        Receive("PING\r\n");
        _connection.Tell(Tcp.PeerClosed.Instance);
        RunNext(_fast);

        Assert.Equal("PONG\n", ExpectWrite());
        _socket.ExpectMsg<Tcp.Close>();
        _connection.Tell(Tcp.Closed.Instance);
        ExpectTerminated(_connection);
        Assert.Equal(0, _server.Services.Clients.Count);
    }

    [Fact]
    public void A_protocol_error_is_answered_after_the_requests_before_it_and_ends_the_connection()
    {
        Open();

        Receive("*1\r\n$4\r\nPING\r\n*1\r\nx");
        RunNext(_fast);

        Assert.Equal("+PONG\r\n-ERR Protocol error: expected '$', got 'x'\r\n", ExpectWrite());
        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void A_connection_lost_during_execution_ends_only_when_the_batch_is_back()
    {
        Open();

        Receive("PING\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _connection.Tell(new Tcp.ErrorClosed("reset"));
        ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Answer(execute);

        ExpectTerminated(_connection);
    }

    [Fact]
    public void A_full_reply_is_sent_and_the_rest_of_the_batch_runs_next()
    {
        Open();
        Receive("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$70000\r\n" + new string('v', 70_000) + "\r\n");
        RunNext(_fast);
        ExpectWrite();

        Receive(string.Concat(Enumerable.Repeat("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", 8)));
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        Answer(execute);
        var write = _socket.ExpectMsg<Tcp.Write>();

        Assert.True(execute.Batch.Next < 8);
        Assert.True(write.WantsAck);
        _fast.ExpectNoMsg(TimeSpan.Zero);
        _connection.Tell(write.Ack);
        RunNext(_fast);
        Assert.Equal(8, execute.Batch.Next);
    }

    [Fact]
    public void A_push_during_execution_is_sent_after_the_replies()
    {
        Open();

        Receive("PING\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _server.Services.Clients.Find(7)!.Connection.Push("pushed"u8.ToArray());
        Answer(execute);

        Assert.Equal("PONG\n", ExpectWrite());
        Assert.Equal("pushed", ExpectWrite());
    }

    [Fact]
    public void A_push_to_a_waiting_client_is_sent_at_once()
    {
        Open();

        _server.Services.Clients.Find(7)!.Connection.Push("pushed"u8.ToArray());

        Assert.Equal("pushed", ExpectWrite());
    }

    [Fact]
    public void A_parked_command_is_answered_when_its_time_is_over()
    {
        Open();

        Receive("WAIT 1 5000\r\nPING\r\n");
        RunNext(_fast);
        _socket.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        Scheduler.Advance(TimeSpan.FromMilliseconds(5000));

        Assert.Equal("0\n", ExpectWrite());
        RunNext(_fast);
        Assert.Equal("PONG\n", ExpectWrite());
    }

    [Fact]
    public void Draining_closes_an_idle_client_at_once()
    {
        Open();

        _connection.Tell(ConnectionActor.Drain.Instance);

        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void Draining_answers_everything_that_was_read_before_it_closes()
    {
        Open();

        Receive("ECHO a\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        Receive("ECHO b\r\nECHO c");
        _connection.Tell(ConnectionActor.Drain.Instance);
        Answer(execute);
        Assert.Equal("a\n", ExpectWrite());
        RunNext(_fast);

        Assert.Equal("b\n", ExpectWrite());
        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void A_client_is_read_on_only_when_it_has_its_replies()
    {
        Open();
        _socket.IgnoreNoMessages();

        Receive("PING\r\nPING\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _socket.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Answer(execute);

        ExpectWrite();
        _socket.ExpectMsg<Tcp.ResumeReading>();
        _socket.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void The_rest_of_a_request_is_asked_for()
    {
        Open();
        _socket.IgnoreNoMessages();

        Receive("*1\r\n$4\r\nPI");

        _socket.ExpectMsg<Tcp.ResumeReading>();
    }

    [Fact]
    public void A_client_whose_command_is_parked_is_read_until_too_much_waits()
    {
        Open();
        _socket.IgnoreNoMessages();
        Receive("WAIT 1 5000\r\n");
        RunNext(_fast);
        _socket.ExpectMsg<Tcp.ResumeReading>();

        Receive("PING\r\n");
        _socket.ExpectMsg<Tcp.ResumeReading>();
        Receive(string.Concat(Enumerable.Repeat("PING\r\n", 1000)));
        _socket.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Scheduler.Advance(TimeSpan.FromMilliseconds(5000));
        ExpectWrite();
        for (var batch = 0; batch < 126; batch++)
        {
            RunNext(_fast);
            ExpectWrite();
        }

        _socket.ExpectMsg<Tcp.ResumeReading>();
    }

    [Fact]
    public void Commands_that_park_one_after_another_do_not_read_without_end()
    {
        Open();
        Receive(string.Concat(Enumerable.Repeat("WAIT 1 1000\r\n", 400)));
        _socket.IgnoreNoMessages();

        for (var i = 0; i < 8; i++)
        {
            RunNext(_fast);
            _socket.ExpectNoMsg(TimeSpan.FromMilliseconds(5));
            Scheduler.Advance(TimeSpan.FromMilliseconds(1000));
            ExpectWrite();
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1000")]
    public void A_command_that_would_wait_for_a_client_that_has_gone_is_given_up(string timeout)
    {
        Open();

        Receive($"PING\r\nWAIT 1 {timeout}\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _connection.Tell(Tcp.PeerClosed.Instance);
        Answer(execute);

        Assert.Equal("PONG\n", ExpectWrite());
        _socket.ExpectMsg<Tcp.Close>();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1000")]
    public void A_command_that_waits_is_given_up_when_its_client_goes(string timeout)
    {
        Open();
        _socket.IgnoreNoMessages();

        Receive($"WAIT 1 {timeout}\r\n");
        RunNext(_fast);
        _socket.ExpectMsg<Tcp.ResumeReading>();
        _connection.Tell(Tcp.PeerClosed.Instance);

        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void A_client_that_is_closed_after_its_replies_does_not_wait_for_a_parked_command()
    {
        Open();

        Receive("WAIT 1 0\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _server.Services.Clients.Find(7)!.Connection.Close(afterReplies: true);
        ExpectNoMsg(TimeSpan.FromMilliseconds(5));
        Answer(execute);

        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void Nothing_is_read_once_the_server_stops()
    {
        Open();
        _socket.IgnoreNoMessages();

        Receive("PING\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _connection.Tell(ConnectionActor.Drain.Instance);
        Answer(execute);

        ExpectWrite();
        _socket.ExpectMsg<Tcp.Close>();
        _socket.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void Exit_closes_without_a_reply()
    {
        Open();

        Receive("EXIT\r\n");
        RunNext(_fast);

        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void A_run_that_broke_off_tells_the_client_and_closes()
    {
        Open();

        Receive("PING\r\n");
        _fast.ExpectMsg<ExecutorActor.Execute>();
        _connection.Tell(ExecutorActor.Executed.Failed);

        Assert.Contains("ERR internal error", ExpectWrite(), StringComparison.Ordinal);
        _socket.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void A_killed_client_in_mid_batch_is_aborted()
    {
        Open();

        Receive("PING\r\n");
        var execute = _fast.ExpectMsg<ExecutorActor.Execute>();
        _server.Services.Clients.Find(7)!.Connection.Close(afterReplies: false);
        _socket.ExpectMsg<Tcp.Abort>();
        _connection.Tell(Tcp.Aborted.Instance);
        Answer(execute);

        ExpectTerminated(_connection);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    /// <summary>
    /// From here on the socket hears no ResumeReading, which follows everything; tests about reading have it told
    /// again.
    /// </summary>
    private void Open()
    {
        _socket.ExpectMsg<Tcp.Register>();
        _socket.ExpectMsg<Tcp.ResumeReading>();
        _socket.IgnoreMessages(message => message is Tcp.ResumeReading);
    }

    private void Receive(string data) =>
        _connection.Tell(new Tcp.Received(ByteString.FromBytes(Encoding.Latin1.GetBytes(data))), _socket);

    private void RunNext(TestProbe router) => Answer(router.ExpectMsg<ExecutorActor.Execute>());

    private void Answer(ExecutorActor.Execute execute) => _connection.Tell(_server.Run(execute));

    private string ExpectWrite() => Encoding.Latin1.GetString(_socket.ExpectMsg<Tcp.Write>().Data.ToArray());
}
