using System.Text;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using RedisLite.Actor.Tests.Support;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Replication;
using RedisLite.Commands.Server;
using RedisLite.Connections;
using RedisLite.Log;
using RedisLite.Replication;

namespace RedisLite.Actor.Tests.Replication;

/// <summary>A link with a probe for the replica's socket.</summary>
public sealed class LinkActorTests : TestKit
{
    private readonly ServerFixture _server;
    private readonly TestProbe _socket;
    private readonly TestProbe _connection;
    private readonly ReplicaLink _link;
    private readonly ReplicationState _state;
    private readonly IActorRef _actor;

    public LinkActorTests()
        : base("akka.actor.default-dispatcher.throughput = 30\nredislite.dispatchers.io.type = Dispatcher")
    {
        _server = new ServerFixture(Sys);
        _state = _server.Components.Replication;
        _socket = CreateTestProbe("socket");
        _connection = CreateTestProbe("connection");
        var session = new ClientSession(1, NoConnection.Instance, 0)
        {
            Replica = new ReplicaPeer { ListeningPort = 6380, State = ReplicaPeerState.WaitingForCopy },
            Sync = new SyncRequest("?", -1, IsPsync: true),
        };
        _link = new ReplicaLink(session, session.Replica);
        var socket = new StreamSocket(_socket, "127.0.0.1:6380", "127.0.0.1:6379");
        _actor = Sys.ActorOf(LinkActor.Props(_link, socket, _connection, _server.Services));
        Watch(_actor);
        _state.OpenBacklog();
    }

    [Fact]
    public void A_replica_that_goes_on_gets_what_it_lacks_and_what_follows()
    {
        Append("[a]");
        Continue(position: 0);
        Assert.Equal("+CONTINUE\r\n", ExpectWrite());
        Assert.Equal("[a]", ExpectWrite());
        Assert.Equal(ReplicaPeerState.Online, _link.Peer.State);
        Append("[b]");
        Assert.Equal("[b]", ExpectWrite());
    }

    [Fact]
    public void What_is_appended_while_a_write_is_under_way_goes_out_with_the_next()
    {
        Continue(position: 0);
        ExpectWrite();
        Append("[a]");
        var first = _socket.ExpectMsg<Tcp.Write>();
        Append("[b]");
        Append("[c]");
        _actor.Tell(new Identify(1));
        ExpectMsg<ActorIdentity>();
        Assert.False(_socket.HasMessages);
        _actor.Tell(first.Ack);
        Assert.Equal("[b][c]", ExpectWrite());
        Append("[d]");
        Assert.Equal("[d]", ExpectWrite());
    }

    [Fact]
    public void A_copy_with_an_end_mark_is_followed_by_nothing_until_the_replica_acknowledges()
    {
        var share = new CopyShare(_link.Name, _actor);
        using (_state.Cut(out var cut))
        {
            var end = cut;
            share.Open(() => _state.AddReader("replica", end));
        }

        _actor.Tell(new LinkActor.CopyBegins(share, "+FULLRESYNC\r\n"u8.ToArray(), HasEndMark: true));
        Append("[a]");
        SendCopy(share);
        _actor.Tell(LinkActor.CopyEnds.Instance);
        Assert.Equal("+FULLRESYNC\r\n", ExpectWrite());
        Assert.Equal("copy", ExpectWrite());
        AwaitAssert(() => Assert.NotNull(_link.Peer.Acked));
        _socket.ExpectNoMsg(TimeSpan.Zero);
        _state.NoteAck(_link.Peer, 0, null);
        Assert.Equal("[a]", ExpectWrite());
    }

    [Fact]
    public void The_memory_of_a_piece_is_used_again_when_all_replicas_have_been_sent_it()
    {
        var pieces = new CopyPieces();
        var (first, second) = (new CopyShare(_link.Name, _socket), new CopyShare(_link.Name, _socket));
        var piece = pieces.Rent();
        piece.Fill("copy"u8, holders: 2);
        first.Send(piece);
        second.Send(piece);
        first.NoteSent(piece);
        Assert.NotSame(piece, pieces.Rent());
        second.NoteSent(piece);
        Assert.Same(piece, pieces.Rent());

        // One that has gone holds up nobody.
        second.Dispose();
        piece.Fill("copy"u8, holders: 2);
        first.Send(piece);
        second.Send(piece);
        first.NoteSent(piece);
        Assert.Same(piece, pieces.Rent());
    }

    [Fact]
    public void A_copy_with_its_length_is_followed_at_once()
    {
        var share = new CopyShare(_link.Name, _actor);
        using (_state.Cut(out var cut))
        {
            var end = cut;
            share.Open(() => _state.AddReader("replica", end));
        }

        _actor.Tell(new LinkActor.CopyBegins(share, "+FULLRESYNC\r\n"u8.ToArray(), HasEndMark: false));
        Append("[a]");
        SendCopy(share);
        _actor.Tell(LinkActor.CopyEnds.Instance);
        Assert.Equal("+FULLRESYNC\r\ncopy[a]", ExpectWrite() + ExpectWrite() + ExpectWrite());
    }

    [Fact]
    public void A_replica_that_takes_nothing_is_given_a_bounded_part_and_the_rest_waits_in_the_log()
    {
        Continue(position: 0);
        ExpectWrite();
        var piece = new string('x', 100_000);
        for (var i = 0; i < 40; i++)
            Append(piece);
        var (written, acks) = (0L, new List<object>());
        while (written < 1_000_000)
        {
            var write = _socket.ExpectMsg<Tcp.Write>(
                TimeSpan.FromSeconds(3), $"after {written} of {_server.Components.ChangeLog.End}");
            written += write.Data.Count;
            if (write.Ack is StreamSocket.Written)
                acks.Add(write.Ack);
        }

        _actor.Tell(new Identify(1));
        ExpectMsg<ActorIdentity>();
        while (_socket.HasMessages)
            written += _socket.ExpectMsg<Tcp.Write>().Data.Count;
        Assert.InRange(written, 1_000_000, 1_400_000);
        foreach (var ack in acks)
            _actor.Tell(ack);
        Assert.True(_socket.ExpectMsg<Tcp.Write>().Data.Count > 0);
    }

    [Fact]
    public void A_replica_that_stays_behind_for_too_long_is_dropped()
    {
        _server.Services.Options.OutputBufferLimits = [default, new OutputBufferLimit(0, 1_000_000, 2), default];
        Continue(position: 0);
        for (var i = 0; i < 40; i++)
            Append(new string('x', 100_000));
        for (var i = 0; i < 3; i++)
            _actor.Tell(LinkActor.Look.Instance);
        ExpectTerminated(_actor);
    }

    [Fact]
    public void The_end_of_the_connection_is_the_link_s_and_gives_its_part_of_the_log_back()
    {
        var log = _server.Components.ChangeLog;
        Continue(position: 0);
        ExpectWrite();
        Sys.Stop(_connection);
        ExpectTerminated(_actor);
        for (var i = 0; i < 40; i++)
            Append(new string('x', 100_000));
        Assert.InRange(log.UsedMemory, 0, 1_400_000);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _server.Dispose();
    }

    private void Continue(long position)
    {
        var reader = _server.Components.ChangeLog.TryAddReader(
            "link", new LogReaderOptions { Audience = LogAudience.Replicas, WakeAt = 0 }, position);
        _actor.Tell(new LinkActor.Continue(reader!, "+CONTINUE\r\n"u8.ToArray()));
    }

    private static void SendCopy(CopyShare share)
    {
        var piece = new CopyPieces().Rent();
        piece.Fill("copy"u8, holders: 1);
        share.Send(piece);
    }

    private void Append(string text) => _server.Components.ChangeLog.Append(-1, -1, Encoding.Latin1.GetBytes(text));

    /// <summary>Takes what is sent, as an operating system does.</summary>
    private string ExpectWrite()
    {
        var write = _socket.ExpectMsg<Tcp.Write>();
        if (write.Ack is StreamSocket.Written)
            _actor.Tell(write.Ack);
        return Encoding.Latin1.GetString(write.Data.ToArray());
    }
}
