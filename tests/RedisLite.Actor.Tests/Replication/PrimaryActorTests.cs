using System.Net;
using System.Text;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Replication;
using RedisLite.Execution;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Rdb;
using RedisLite.Replication;

namespace RedisLite.Actor.Tests.Replication;

/// <summary>The link to the primary, with a probe for the primary.</summary>
public sealed class PrimaryActorTests : TestKit
{
    private static readonly string Id = new('a', 40);

    private readonly ServerFixture _server;
    private readonly TestProbe _tcp;
    private readonly TestProbe _socket;
    private readonly TestProbe _executors;
    private readonly ReplicationState _state;
    private readonly IActorRef _actor;

    public PrimaryActorTests()
        : base(
            """
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            redislite.dispatchers.io.type = Dispatcher
            """)
    {
        _server = new ServerFixture(Sys);
        _state = _server.Components.Replication;
        _tcp = CreateTestProbe("tcp");
        _socket = CreateTestProbe("socket");
        _executors = CreateTestProbe("executors");
        var context = new ReplicationContext
        {
            Services = _server.Services,
            Status = _server.Components.Status,
            Snapshots = ActorRefs.Nobody,
            Fast = _executors,
            Pool = _executors,
            Tcp = _tcp,
            Device = DiskDevice.Instance,
            Directory = ".",
            VerifyChecksum = true,
            MaxRequestsPerBatch = 100,
            PoolArgumentThreshold = 100,
        };
        var address = new PrimaryAddress("127.0.0.1", 7000);
        UnderAllStripes(() => _state.Follow(address));
        _actor = Sys.ActorOf(PrimaryActor.Props(_state, _state.Stream!, address, context));
    }

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_full_copy_takes_the_place_of_the_data_and_the_stream_goes_on_from_its_offset()
    {
        Seed("old", "1");
        Handshake($"+FULLRESYNC {Id} 1000\r\n");
        Assert.Equal(PrimaryLinkState.Copying, _state.Link.State);
        var copy = Copy(("new", "2"));
        Receive($"\n${copy.Length}\r\n{copy[..10]}");
        Assert.Equal("1", Get("old"));
        Receive(copy[10..] + Request("SET", "a", "3"));
        RunNext();
        ExpectSent("REPLCONF ACK 1000");
        Assert.Equal((null, "2", "3"), (Get("old"), Get("new"), Get("a")));
        Assert.Equal((Id, 1000 + Request("SET", "a", "3").Length), (_state.History.Id, _state.Offset));
        Assert.Equal(PrimaryLinkState.Up, _state.Link.State);
    }

    [Fact]
    public void A_copy_that_breaks_off_or_is_damaged_leaves_the_data_and_it_tries_again()
    {
        Seed("old", "1");
        Handshake($"+FULLRESYNC {Id} 1000\r\n");
        var copy = Copy(("new", "2"));
        Receive($"${copy.Length}\r\n{copy[..20]}");
        _actor.Tell(new Tcp.ErrorClosed("broken"), _socket);
        ExpectReconnect();
        Handshake($"+FULLRESYNC {Id} 1000\r\n");
        Receive($"${copy.Length}\r\n{copy[..^4]}XXXX");
        ExpectReconnect();
        Assert.Equal(("1", null), (Get("old"), Get("new")));
        Assert.Equal(PrimaryLinkState.Connecting, _state.Link.State);
    }

    [Fact]
    public void After_a_broken_link_it_asks_for_the_first_byte_that_it_lacks()
    {
        FullCopy();
        Receive(Request("SET", "a", "1") + Request("MULTI") + Request("SET", "b", "1"));
        RunNext();
        var offset = 1000 + Request("SET", "a", "1").Length;
        AwaitAssert(() => Assert.Equal(offset, _state.Offset));
        _actor.Tell(Tcp.PeerClosed.Instance, _socket);
        ExpectReconnect();
        Handshake("+CONTINUE\r\n", $"PSYNC {Id} {offset + 1}");
        Receive(Request("MULTI") + Request("SET", "b", "1") + Request("EXEC"));
        RunNext();
        AwaitAssert(() => Assert.Equal("1", Get("b")));
    }

    [Fact]
    public void It_acknowledges_when_it_is_asked_to_and_every_second()
    {
        FullCopy();
        var ask = Request("REPLCONF", "GETACK", "*");
        Receive(ask);
        RunNext();
        ExpectSent($"REPLCONF ACK {1000 + ask.Length}");
        Scheduler.Advance(TimeSpan.FromSeconds(1));
        ExpectSent($"REPLCONF ACK {1000 + ask.Length}");
    }

    [Theory]
    [InlineData("PING\r\n")]
    [InlineData("*1\r\n!4\r\n")]
    [InlineData("<html>\r\n")]
    public void What_is_no_stream_ends_the_link(string nonsense)
    {
        FullCopy();
        Receive(nonsense);
        ExpectReconnect();
    }

    [Fact]
    public void Nothing_of_a_stream_is_executed_once_this_server_is_a_primary()
    {
        FullCopy();
        Receive(Request("SET", "a", "1") + Request("SET", "b", "1"));
        var execute = _executors.ExpectMsg<ExecutorActor.Execute>();
        UnderAllStripes(_state.Promote);
        _actor.Tell(_server.Run(execute));
        Assert.Equal((null, null), (Get("a"), Get("b")));
        Assert.Equal(1000, _state.Offset);
    }

    [Fact]
    public void It_tries_again_after_longer_and_longer_rests()
    {
        _tcp.ExpectMsg<Tcp.Connect>();
        foreach (var rest in (int[])[100, 200, 400, 800, 1600, 3200, 5000, 5000])
        {
            _actor.Tell(new Tcp.CommandFailed(new Tcp.Connect(new IPEndPoint(IPAddress.Loopback, 7000))));
            _actor.Tell(new Identify(1));
            ExpectMsg<ActorIdentity>();
            Scheduler.Advance(TimeSpan.FromMilliseconds(rest - 1));
            _tcp.ExpectNoMsg(TimeSpan.Zero);
            Scheduler.Advance(TimeSpan.FromMilliseconds(1));
            _tcp.ExpectMsg<Tcp.Connect>();
        }
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    private static string Request(params string[] words) =>
        Encoding.Latin1.GetString(RedisLite.Replication.Handshake.Encode(words));

    private static string Copy(params (string Key, string Value)[] keys)
    {
        using var output = new MemoryStream();
        using var writer = new RdbWriter(output);
        writer.WriteHeader(new RdbDescription("7.0.15", 1, 1, IsAofBase: false));
        writer.SelectDatabase(0);
        foreach (var (key, value) in keys)
            writer.WriteString(Encoding.Latin1.GetBytes(key), Encoding.Latin1.GetBytes(value), -1);
        writer.Complete();
        return Encoding.Latin1.GetString(output.ToArray());
    }

    private void FullCopy()
    {
        Handshake($"+FULLRESYNC {Id} 1000\r\n");
        var copy = Copy(("k", "v"));
        Receive($"${copy.Length}\r\n{copy}");
        ExpectSent("REPLCONF ACK 1000");
    }

    private void Handshake(string answer, string? sync = null)
    {
        if (_tcp.HasMessages || sync is null)
            _tcp.FishForMessage(message => message is Tcp.Connect, TimeSpan.FromSeconds(3));
        _actor.Tell(
            new Tcp.Connected(new IPEndPoint(IPAddress.Loopback, 7000), new IPEndPoint(IPAddress.Loopback, 7001)),
            _socket);
        _socket.FishForMessage(message => message is Tcp.Register, TimeSpan.FromSeconds(3));
        ExpectSent("PING");
        Receive("+PONG\r\n");
        ExpectSent("REPLCONF listening-port 0");
        Receive("+OK\r\n");
        ExpectSent("REPLCONF capa eof capa psync2");
        Receive("+OK\r\n");
        ExpectSent(sync ?? "PSYNC ? -1");
        Receive(answer);
        AwaitAssert(() => Assert.NotEqual(PrimaryLinkState.Handshake, _state.Link.State));
    }

    private void ExpectReconnect()
    {
        AwaitAssert(() => Assert.Equal(PrimaryLinkState.Down, _state.Link.State));
        AwaitAssert(() =>
        {
            Scheduler.Advance(TimeSpan.FromMilliseconds(200));
            Assert.Equal(PrimaryLinkState.Connecting, _state.Link.State);
        });
    }

    private void ExpectSent(string request) => _socket.FishForMessage(
        message => message is Tcp.Write write
            && write.Data.ToArray().AsSpan().SequenceEqual(RedisLite.Replication.Handshake.Encode(request.Split(' '))),
        TimeSpan.FromSeconds(5));

    private void Receive(string text) =>
        _actor.Tell(new Tcp.Received(ByteString.FromBytes(Encoding.Latin1.GetBytes(text))), _socket);

    private void RunNext() =>
        _actor.Tell(_server.Run(_executors.ExpectMsg<ExecutorActor.Execute>(TimeSpan.FromSeconds(5))));

    private void Seed(string key, string value) => UnderAllStripes(() => _server.Services.Databases[0].SetString(
        _server.Services.Databases.MakeKey(Encoding.Latin1.GetBytes(key)), Encoding.Latin1.GetBytes(value)));

    private string? Get(string key)
    {
        string? value = null;
        UnderAllStripes(() =>
        {
            if (_server.Services.Databases[0].TryGetStale(
                _server.Services.Databases.MakeKey(Encoding.Latin1.GetBytes(key)), out var entry))
                value = Encoding.Latin1.GetString(entry.Value);
        });
        return value;
    }

    private void UnderAllStripes(Action action)
    {
        var plan = _server.Services.Databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        try
        {
            action();
        }
        finally
        {
            plan.Exit();
        }
    }
}
