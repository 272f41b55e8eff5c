using System.Text;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Connections;
using RedisLite.Execution;

namespace RedisLite.Actor.Tests.Connections;

/// <summary>Large arguments and replies, as a connection receives and sends them.</summary>
public sealed class LargeValueTests : TestKit
{
    private const int Large = 3_000_000;
    private const int Frame = 64 * 1024;

    private readonly ServerFixture _server;
    private readonly TestProbe _socket;
    private readonly TestProbe _fast;
    private readonly IActorRef _connection;

    public LargeValueTests()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        _server = new ServerFixture(Sys);
        _socket = CreateTestProbe("socket");
        _fast = CreateTestProbe("fast");
        _connection = Sys.ActorOf(
            ConnectionActor.Props(7, _socket, "127.0.0.1:5000", "127.0.0.1:6379", _server.Context(_fast, _fast)),
            "c-7");
        Watch(_connection);
        _socket.ExpectMsg<Tcp.Register>();
        _socket.ExpectMsg<Tcp.ResumeReading>();
        _socket.IgnoreMessages(message => message is Tcp.ResumeReading);
    }

    private IClientConnection Client => _server.Services.Clients.Find(7)!.Connection;

    private long Used => _server.Services.Databases.UsedMemory;

    [Theory]
    [InlineData(1)]
    [InlineData(29)]
    [InlineData(30)]
    [InlineData(31)]
    [InlineData(5000)]
    public void A_value_in_frames_is_stored_and_comes_back_whole(int firstFrame)
    {
        byte[] request = [.. Request("SET", "k", Value(Large)), .. Request("PING"), .. Request("STRLEN", "k")];
        Receive(request, firstFrame);
        ReadReplies(3);
        Send(Request("GET", "k"));
        RunNext();
        var reply = TakeAll(Large + 12);
        Assert.Equal(Bulk(Value(Large)), reply);
    }

    [Fact]
    public void What_has_come_is_shown_and_counted_and_given_back_when_the_client_leaves()
    {
        var before = Used;
        Send(Encoding.ASCII.GetBytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\n"));
        for (var i = 0; i < 40; i++)
            Send(new byte[Frame]);
        AwaitAssert(() => Assert.InRange(Client.QueryBufferLength, 40 * Frame, (40 * Frame) + 100));
        Assert.InRange(Used - before, 40 * Frame, 120 * Frame);
        _connection.Tell(Tcp.Aborted.Instance);
        ExpectTerminated(_connection);
        Assert.Equal(before, Used);
    }

    [Fact]
    public void A_client_that_leaves_while_it_is_sent_a_value_holds_nothing_any_more()
    {
        Receive(Request("SET", "k", Value(Large)), Frame);
        RunNext();
        _socket.ExpectMsg<Tcp.Write>();
        Send(Request("GETDEL", "k"));
        RunNext();
        _socket.ExpectMsg<Tcp.Write>();
        Assert.True(Used > Large);
        _connection.Tell(Tcp.Aborted.Instance);
        ExpectTerminated(_connection);
        Assert.True(Used < Large);
    }

    [Fact]
    public void Replies_after_a_large_one_and_pushes_wait_for_its_end()
    {
        Receive(Request("SET", "k", Value(Large)), Frame);
        RunNext();
        _socket.ExpectMsg<Tcp.Write>();
        Send([.. Request("GET", "k"), .. Request("PING")]);
        RunNext();
        Client.Push("+pushed\r\n"u8.ToArray());
        var reply = TakeAll(Large + 12, stopBefore: 1_000_000);
        Assert.True(reply.Length < Large);
        byte[] whole = [.. reply, .. TakeAll(Large + 12 - reply.Length)];
        Assert.Equal(Bulk(Value(Large)), whole);
        RunNext();
        Assert.Equal("+PONG\r\n", Encoding.ASCII.GetString(_socket.ExpectMsg<Tcp.Write>().Data.ToArray()));
        Assert.Equal("+pushed\r\n", Encoding.ASCII.GetString(_socket.ExpectMsg<Tcp.Write>().Data.ToArray()));
    }

    [Fact]
    public void A_connection_that_is_to_close_sends_a_large_reply_first()
    {
        Receive(Request("SET", "k", Value(Large)), Frame);
        RunNext();
        _socket.ExpectMsg<Tcp.Write>();
        Send([.. Request("GET", "k"), .. Request("QUIT")]);
        RunNext();
        TakeAll(Large + 12);
        RunNext();
        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(_socket.ExpectMsg<Tcp.Write>().Data.ToArray()));
        _socket.ExpectMsg<Tcp.Close>();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    private static byte[] Value(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Bulk(byte[] value) =>
        [.. Encoding.ASCII.GetBytes($"${value.Length}\r\n"), .. value, .. "\r\n"u8];

    private static byte[] Request(string name, string? key = null, byte[]? value = null)
    {
        var count = 1 + (key is null ? 0 : 1) + (value is null ? 0 : 1);
        return
        [
            .. Encoding.ASCII.GetBytes($"*{count}\r\n"), .. Bulk(Encoding.ASCII.GetBytes(name)),
            .. key is null ? [] : Bulk(Encoding.ASCII.GetBytes(key)), .. value is null ? [] : Bulk(value),
        ];
    }

    private void Send(byte[] data) => _connection.Tell(new Tcp.Received(ByteString.FromBytes(data)), _socket);

    private void Receive(byte[] data, int firstFrame)
    {
        Send(data[..firstFrame]);
        for (var from = firstFrame; from < data.Length; from += Frame)
            Send(data[from..Math.Min(from + Frame, data.Length)]);
    }

    private void RunNext() => _connection.Tell(_server.Run(_fast.ExpectMsg<ExecutorActor.Execute>()));

    /// <summary>Runs what is sent to the executors until so many lines were answered.</summary>
    private void ReadReplies(int lines)
    {
        while (lines > 0)
        {
            RunNext();
            lines -= Encoding.ASCII.GetString(_socket.ExpectMsg<Tcp.Write>().Data.ToArray()).Count(c => c == '\n');
        }
    }

    /// <summary>Takes what is written, as a socket does.</summary>
    private byte[] TakeAll(int length, int stopBefore = int.MaxValue)
    {
        var taken = new List<byte>();
        while (taken.Count < Math.Min(length, stopBefore))
        {
            var write = _socket.ExpectMsg<Tcp.Write>();
            taken.AddRange(write.Data.ToArray());
            if (write.WantsAck)
                _connection.Tell(write.Ack);
        }

        return [.. taken];
    }
}
