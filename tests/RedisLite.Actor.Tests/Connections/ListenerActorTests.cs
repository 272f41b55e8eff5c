using System.Net;
using System.Net.Sockets;
using System.Text;
using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Connections;

namespace RedisLite.Actor.Tests.Connections;

public sealed class ListenerActorTests : TestKit
{
    private static readonly IPEndPoint EndPoint = new(IPAddress.Loopback, 7777);

    private readonly ServerFixture _server;
    private readonly TestProbe _tcp;
    private readonly TestProbe _socketListener;
    private readonly IActorRef _listener;

    public ListenerActorTests()
        : base("akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        _server = new ServerFixture(Sys);
        _tcp = CreateTestProbe("tcp");
        _socketListener = CreateTestProbe("socket-listener");
        _listener = Start(SettingsFor(EndPoint), TestActor, _tcp);
    }

    private static ListenerSettings SettingsFor(IPEndPoint endPoint) => new()
    {
        EndPoints = [endPoint],
        Backlog = 10,
        KeepAliveSeconds = 0,
        ConnectionDispatcher = "akka.actor.default-dispatcher",
        DrainTimeout = TimeSpan.FromSeconds(5),
    };

    private IActorRef Start(ListenerSettings settings, IActorRef owner, IActorRef tcp) => Sys.ActorOf(
        ListenerActor.Props(settings, _server.Context(CreateTestProbe(), CreateTestProbe()), owner, tcp));

    private IActorRef StartWithTwoSockets(IActorRef tcp, IActorRef owner, int port) =>
        Start(SettingsFor(new IPEndPoint(IPAddress.Loopback, port)) with { SocketsPerAddress = 2 }, owner, tcp);

    private TestScheduler Scheduler => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void It_tells_its_owner_when_all_addresses_are_bound()
    {
        Bind();

        ExpectMsg<ListenerActor.Listening>(listening => Assert.Equal(EndPoint, Assert.Single(listening.EndPoints)));
    }

    [Fact]
    public void Each_address_may_have_several_sockets_on_the_port_of_its_first()
    {
        var (tcp, owner) = (CreateTestProbe(), CreateTestProbe());
        var listener = StartWithTwoSockets(tcp, owner, port: 0);
        Assert.Equal(0, ((IPEndPoint)tcp.ExpectMsg<Tcp.Bind>().LocalAddress).Port);
        listener.Tell(new Tcp.Bound(EndPoint), CreateTestProbe());
        Assert.Equal(EndPoint, tcp.ExpectMsg<Tcp.Bind>().LocalAddress);
        owner.ExpectNoMsg(TimeSpan.Zero);
        listener.Tell(new Tcp.Bound(EndPoint), CreateTestProbe());
        owner.ExpectMsg<ListenerActor.Listening>(
            listening => Assert.Equal(EndPoint, Assert.Single(listening.EndPoints)));
    }

    [Fact]
    public void One_socket_is_enough_where_a_second_cannot_be_had()
    {
        var (tcp, owner) = (CreateTestProbe(), CreateTestProbe());
        var listener = StartWithTwoSockets(tcp, owner, port: 0);
        tcp.ExpectMsg<Tcp.Bind>();
        listener.Tell(new Tcp.Bound(EndPoint), CreateTestProbe());
        listener.Tell(new Tcp.CommandFailed(tcp.ExpectMsg<Tcp.Bind>()), tcp);
        owner.ExpectMsg<ListenerActor.Listening>(
            listening => Assert.Equal(EndPoint, Assert.Single(listening.EndPoints)));
    }

    [Fact]
    public void A_port_that_somebody_shares_is_not_taken()
    {
        if (!SharedPort.IsSupported)
            return;
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SharedPort.Allow(other);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var (tcp, owner) = (CreateTestProbe(), CreateTestProbe());
        StartWithTwoSockets(tcp, owner, ((IPEndPoint)other.LocalEndPoint!).Port);
        owner.ExpectMsg<ListenerActor.BindFailed>(failed => Assert.IsType<SocketException>(failed.Cause));
        tcp.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void An_address_that_cannot_be_bound_is_reported_with_its_cause()
    {
        var bind = _tcp.ExpectMsg<Tcp.Bind>();
        _listener.Tell(
            new Tcp.CommandFailed(bind).WithCause(new SocketException((int)SocketError.AddressAlreadyInUse)), _tcp);

        ExpectMsg<ListenerActor.BindFailed>(failed =>
        {
            Assert.Equal($"{EndPoint}", failed.Address);
            Assert.IsType<SocketException>(failed.Cause);
        });
    }

    [Fact]
    public void Each_client_gets_a_connection_actor_that_registers()
    {
        Bind();

        var client = Connect(40_000);

        client.ExpectMsg<Tcp.Register>();
        Assert.Equal(1, _server.Services.Statistics.ConnectionsReceived);
    }

    [Fact]
    public void A_client_over_maxclients_is_told_so_and_closed()
    {
        Bind();
        _server.Services.Options.MaxClients = 1;
        Connect(40_000).ExpectMsg<Tcp.Register>();

        var second = Connect(40_001);

        second.ExpectMsg<Tcp.Register>();
        second.ExpectMsg<Tcp.ResumeReading>();
        Assert.Equal("-ERR max number of clients reached\r\n", Encoding.ASCII.GetString(
            second.ExpectMsg<Tcp.Write>().Data.ToArray()));
        second.ExpectMsg<Tcp.Close>();
        Assert.Equal(1, _server.Services.Statistics.ConnectionsRejected);
    }

    [Fact]
    public void A_client_of_another_machine_is_refused_in_protected_mode()
    {
        Bind();

        var client = Connect(40_000, IPAddress.Parse("10.1.2.3"));

        client.ExpectMsg<Tcp.Register>();
        client.ExpectMsg<Tcp.ResumeReading>();
        Assert.StartsWith("-DENIED", Encoding.ASCII.GetString(
            client.ExpectMsg<Tcp.Write>().Data.ToArray()), StringComparison.Ordinal);
        client.ExpectMsg<Tcp.Close>();
    }

    [Fact]
    public void A_listener_that_dies_is_bound_again_after_a_pause()
    {
        Bind();
        ExpectMsg<ListenerActor.Listening>();

        EventFilter.Error(contains: "binding again").ExpectOne(() => Sys.Stop(_socketListener));
        _tcp.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Scheduler.Advance(TimeSpan.FromMilliseconds(100));

        Assert.Equal(EndPoint, _tcp.ExpectMsg<Tcp.Bind>().LocalAddress);
    }

    [Fact]
    public void A_client_accepted_before_the_socket_listener_was_ready_is_given_back_to_it()
    {
        _tcp.ExpectMsg<Tcp.Bind>();
        var accepted = new AcceptCompleted();
        Sys.EventStream.Publish(new UnhandledMessage(accepted, _tcp, _socketListener));
        _socketListener.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        _listener.Tell(new Tcp.Bound(EndPoint), _socketListener);

        Assert.Same(accepted, _socketListener.ExpectMsg<AcceptCompleted>());
    }

    [Fact]
    public void New_clients_are_refused_while_the_server_stops()
    {
        Bind();
        ExpectMsg<ListenerActor.Listening>();
        _listener.Tell(ListenerActor.Refuse.Instance, TestActor);
        ExpectMsg<Done>();

        var client = Connect(40_000);

        client.ExpectMsg<Tcp.Register>();
        client.ExpectMsg<Tcp.ResumeReading>();
        Assert.Equal(
            "-ERR server is shutting down\r\n", Encoding.ASCII.GetString(client.ExpectMsg<Tcp.Write>().Data.ToArray()));
    }

    [Fact]
    public void Draining_waits_for_the_clients_and_unbinds_last()
    {
        Bind();
        ExpectMsg<ListenerActor.Listening>();
        var client = Connect(40_000);
        var connection = client.ExpectMsg<Tcp.Register>().Handler;

        _listener.Tell(ListenerActor.Drain.Instance, TestActor);
        client.ExpectMsg<Tcp.ResumeReading>();
        client.ExpectMsg<Tcp.Close>();
        _socketListener.ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        connection.Tell(Tcp.Closed.Instance, client);
        _socketListener.ExpectMsg<Tcp.Unbind>();
        ExpectNoMsg(TimeSpan.FromMilliseconds(20));
        Sys.Stop(_socketListener);

        ExpectMsg<Done>();
    }

    [Fact]
    public void Draining_gives_up_on_clients_that_do_not_take_their_replies()
    {
        Bind();
        ExpectMsg<ListenerActor.Listening>();
        Connect(40_000).ExpectMsg<Tcp.Register>();

        _listener.Tell(ListenerActor.Drain.Instance, TestActor);
        Connect(40_001).ExpectMsg<Tcp.Register>(); // refused, so the drain has begun and its time is running
        EventFilter.Warning(contains: "did not take their replies").ExpectOne(
            () => Scheduler.Advance(TimeSpan.FromSeconds(5)));

        _socketListener.ExpectMsg<Tcp.Unbind>();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    private void Bind()
    {
        _tcp.ExpectMsg<Tcp.Bind>();
        _listener.Tell(new Tcp.Bound(EndPoint), _socketListener);
    }

    private TestProbe Connect(int port, IPAddress? from = null)
    {
        var socket = CreateTestProbe();
        _listener.Tell(new Tcp.Connected(new IPEndPoint(from ?? IPAddress.Loopback, port), EndPoint), socket);
        return socket;
    }

    /// <summary>Has the name of Akka.IO's own message, which is internal to it.</summary>
    private sealed class AcceptCompleted;
}
