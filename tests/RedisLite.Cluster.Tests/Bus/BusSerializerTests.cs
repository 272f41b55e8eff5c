using System.Collections.Immutable;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using RedisLite.Cluster.Bus;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Tests.Bus;

/// <summary>What goes over the bus, and what does not.</summary>
public sealed class BusSerializerTests : IDisposable
{
    private static readonly NodeId A = NodeId.NewRandom();
    private static readonly NodeId B = NodeId.NewRandom();
    private static readonly Ballot Ballot = new(7, A);

    private static readonly SlotMap Map = new SlotMapEdit { Cluster = A, Version = 3 }
        .Put(new ClusterNode(A, "127.0.0.1", 7000, 17000) { ConfigEpoch = 5, Hostname = "a.example" })
        .Put(new ClusterNode(B, "127.0.0.1", 7001, 17001) { Primary = A })
        .Assign(new SlotRange(0, 16_383), A).Build();

    private readonly List<ActorSystem> _systems = [];

    public static TheoryData<object> Messages() => [.. new object[]
    {
        new Prepare(Ballot),
        new Promise(A, Ballot, default, Map),
        new Accept(Ballot, Map, ImmutableDictionary<NodeId, long>.Empty.Add(B, -5)),
        new Accepted(A, Ballot, long.MaxValue),
        new Refused(A, Ballot, new Ballot(8, B)),
        new Committed(Ballot, Map),
        new Beat(A, long.MinValue, ulong.MaxValue, 1),
        new BeatAck(B, 17, -1, 15_000),
        new Suspend(Ballot, B),
        new Suspended(A, Ballot, B, 5),
        new AskConsent(Ballot, 4, [new SlotRange(1, 5), new SlotRange(9, 9)], true),
        new Consented(A, Ballot, 4, 17, true, 99),
        new Requested(1, A, new AddMember(Map.Nodes[0], [new SlotRange(0, 1)])),
        new Requested(2, A, new MoveMember(A, "::1", 1, 2, "x")),
        new Requested(3, A, new RemoveMember(B)),
        new Requested(4, A, new GiveSlots([new SlotRange(0, 0)], default, B, null)),
        new Requested(5, A, new GiveSlots([new SlotRange(0, 0)], A, B, 7)),
        new Requested(6, A, new FollowPrimary(B, A)),
        new Requested(7, A, new PromoteReplica(B, A, FailoverKind.Forced)),
        new Requested(8, A, new RaiseEpoch(B)),
        new Answered(1, "ERR no", 0),
        new Answered(1, null, 5),
        new LeaderBeat(Ballot, 3, [A, B]),
        new AskStatus(A, 99),
        new PeerStatus(A, NodePhase.Member, 3, 5, 1_000_000, false, true, 3, -7, 99),
        new Greet(Map.Nodes[0], default, 1, [new SlotRange(0, 100)]),
        new Greeted(B, "no"),
        new Publish([1, 2], [3], true),
    }];

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_is_sent_arrives(object message)
    {
        foreach (var secret in (string[])["", "a secret"])
        {
            var serializer = New(secret);
            var bytes = serializer.ToBinary(message);
            var again = serializer.FromBinary(bytes, serializer.Manifest(message));
            Assert.Equal(message.GetType(), again.GetType());
            Assert.Equal(bytes, serializer.ToBinary(again));
        }
    }

    /// <summary>Cut at every byte, and with bytes changed: refused, or another message, but never a fault.</summary>
    [Theory]
    [MemberData(nameof(Messages))]
    public void What_is_damaged_is_refused(object message)
    {
        var serializer = New("");
        var manifest = serializer.Manifest(message);
        var bytes = serializer.ToBinary(message);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<SerializationException>(() => serializer.FromBinary(bytes[..length], manifest));
        for (var i = 0; i < Math.Min(bytes.Length, 300); i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 0x81;
            try
            {
                serializer.FromBinary(changed, manifest);
            }
            catch (SerializationException)
            {
                // As it should be, where it shows.
            }
        }
    }

    [Fact]
    public void With_a_secret_nothing_is_read_without_it()
    {
        var (with, without, other) = (New("a secret"), New(""), New("another"));
        var message = new Prepare(Ballot);
        Assert.Throws<SerializationException>(() => with.FromBinary(without.ToBinary(message), "prepare"));
        Assert.Throws<SerializationException>(() => without.FromBinary(with.ToBinary(message), "prepare"));
        Assert.Throws<SerializationException>(() => other.FromBinary(with.ToBinary(message), "prepare"));
        Assert.Throws<SerializationException>(() => with.FromBinary(with.ToBinary(message), "ask-status"));
    }

    [Theory]
    [InlineData("text")]
    [InlineData(5)]
    public void Nothing_else_is_sent(object message) =>
        Assert.Throws<SerializationException>(() => New("").ToBinary(message));

    [Fact]
    public void Akkas_own_serializer_of_any_type_is_not_there()
    {
        var system = NewSystem("");
        var serialization = system.Serialization;
        Assert.IsType<BusSerializer>(serialization.FindSerializerForType(typeof(Version)));
        Assert.IsType<BusSerializer>(serialization.FindSerializerForType(typeof(object)));
        var json = Encoding.UTF8.GetBytes("{\"$type\":\"System.Version, System.Private.CoreLib\"}");
        Assert.ThrowsAny<Exception>(() => serialization.Deserialize(json, 1, typeof(Version)));
    }

    public void Dispose()
    {
        foreach (var system in _systems)
            system.Terminate();
    }

    private BusSerializer New(string secret) => new((ExtendedActorSystem)NewSystem(secret));

    private ActorSystem NewSystem(string secret)
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString("""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor {
                serializers {
                  json = "RedisLite.Cluster.Bus.BusSerializer, RedisLite.Cluster"
                  bus = "RedisLite.Cluster.Bus.BusSerializer, RedisLite.Cluster"
                }
                serialization-bindings { "System.Object" = bus }
              }
            }
            """);
        var system = ActorSystem.Create("test", ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(config), new BusSetup(secret, (_, _) => { })));
        _systems.Add(system);
        return system;
    }
}
