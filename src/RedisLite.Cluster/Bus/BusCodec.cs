using System.Collections.Immutable;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>The messages of the bus as bytes: a list of what there is, and nothing else can be sent or read.</summary>
internal static class BusCodec
{
    /// <summary>A name for a message's kind; null for what is none of the bus's.</summary>
    public static string? ManifestOf(object message) => message switch
    {
        Prepare => "prepare",
        Promise => "promise",
        Accept => "accept",
        Accepted => "accepted",
        Refused => "refused",
        Committed => "committed",
        Beat => "beat",
        BeatAck => "beat-ack",
        Suspend => "suspend",
        Suspended => "suspended",
        AskConsent => "ask-consent",
        Consented => "consented",
        Requested => "requested",
        Answered => "answered",
        LeaderBeat => "leader",
        AskStatus => "ask-status",
        PeerStatus => "status",
        Greet => "greet",
        Greeted => "greeted",
        Publish => "publish",
        _ => null,
    };

    public static void Write(WireWriter to, object message)
    {
        switch (message)
        {
            case Prepare prepare:
                to.Ballot(prepare.Ballot);
                break;
            case Promise promise:
                to.Id(promise.From);
                to.Ballot(promise.Ballot);
                to.Ballot(promise.Accepted);
                to.Map(promise.Map);
                break;
            case Accept accept:
                to.Ballot(accept.Ballot);
                to.Map(accept.Map);
                to.Number(accept.Consenting.Count);
                foreach (var (id, run) in accept.Consenting)
                {
                    to.Id(id);
                    to.Number(run);
                }

                break;
            case Accepted accepted:
                to.Id(accepted.From);
                to.Ballot(accepted.Ballot);
                to.Number(accepted.Version);
                break;
            case Refused refused:
                to.Id(refused.From);
                to.Ballot(refused.Ballot);
                to.Ballot(refused.Promised);
                break;
            case Committed committed:
                to.Ballot(committed.Ballot);
                to.Map(committed.Map);
                break;
            case Beat beat:
                to.Id(beat.Primary);
                to.Number(beat.Run);
                to.Fixed(beat.Digest);
                to.Number(beat.SentAtMs);
                break;
            case BeatAck ack:
                to.Id(ack.Voter);
                to.Fixed(ack.Digest);
                to.Number(ack.SentAtMs);
                to.Number(ack.LeaseMs);
                break;
            default:
                WriteMore(to, message);
                break;
        }
    }

    /// <exception cref="FormatException">It is no such message.</exception>
    public static object Read(string manifest, ReadOnlySpan<byte> bytes)
    {
        var from = new WireReader(bytes);
        object message = manifest switch
        {
            "prepare" => new Prepare(from.Ballot()),
            "promise" => new Promise(from.Id(), from.Ballot(), from.Ballot(), from.Map()),
            "accept" => new Accept(from.Ballot(), from.Map(), Runs(ref from)),
            "accepted" => new Accepted(from.Id(), from.Ballot(), from.Number()),
            "refused" => new Refused(from.Id(), from.Ballot(), from.Ballot()),
            "committed" => new Committed(from.Ballot(), from.Map()),
            "beat" => new Beat(from.Id(), from.Number(), from.Fixed(), from.Number()),
            "beat-ack" => new BeatAck(from.Id(), from.Fixed(), from.Number(), from.Number()),
            "suspend" => new Suspend(from.Ballot(), from.Id()),
            "suspended" => new Suspended(from.Id(), from.Ballot(), from.Id(), from.Number()),
            "ask-consent" => new AskConsent(from.Ballot(), from.Number(), from.Ranges(), from.Flag()),
            "consented" => new Consented(
                from.Id(), from.Ballot(), from.Number(), from.Number(), from.Flag(), from.Number()),
            "requested" => new Requested(from.Number(), from.Id(), Change(ref from)),
            "answered" => new Answered(from.Number(), Optional(from.Text()), from.Number()),
            "leader" => new LeaderBeat(from.Ballot(), from.Number(), from.Ids()),
            "ask-status" => new AskStatus(from.Id(), from.Number()),
            "status" => new PeerStatus(
                from.Id(), (NodePhase)from.Number(0, (int)NodePhase.Member), from.Number(), from.Fixed(), from.Number(),
                from.Flag(), from.Flag(), from.Number(0, int.MaxValue), from.Number(), from.Number()),
            "greet" => new Greet(from.Node(), from.Id(), from.Number(0, ushort.MaxValue), from.Ranges()),
            "greeted" => new Greeted(from.Id(), from.Text()),
            "publish" => new Publish([.. from.Bytes()], [.. from.Bytes()], from.Flag()),
            _ => throw new FormatException($"no message is called '{manifest}'"),
        };
        from.End();
        return message;
    }

    private static void WriteMore(WireWriter to, object message)
    {
        switch (message)
        {
            case Suspend suspend:
                to.Ballot(suspend.Ballot);
                to.Id(suspend.Primary);
                break;
            case Suspended suspended:
                to.Id(suspended.From);
                to.Ballot(suspended.Ballot);
                to.Id(suspended.Primary);
                to.Number(suspended.RemainingMs);
                break;
            case AskConsent ask:
                to.Ballot(ask.Ballot);
                to.Number(ask.Version);
                to.Ranges(ask.Slots);
                to.Flag(ask.PausesWriters);
                break;
            case Consented consented:
                to.Id(consented.From);
                to.Ballot(consented.Ballot);
                to.Number(consented.Version);
                to.Number(consented.Run);
                to.Flag(consented.IsAgreed);
                to.Number(consented.Offset);
                break;
            case Requested requested:
                to.Number(requested.Id);
                to.Id(requested.From);
                WriteChange(to, requested.Change);
                break;
            case Answered answered:
                to.Number(answered.Id);
                to.Text(answered.Error ?? "");
                to.Number(answered.Version);
                break;
            case LeaderBeat leader:
                to.Ballot(leader.Ballot);
                to.Number(leader.Version);
                to.Ids(leader.Failed);
                break;
            default:
                WriteNews(to, message);
                break;
        }
    }

    private static void WriteNews(WireWriter to, object message)
    {
        switch (message)
        {
            case AskStatus ask:
                to.Id(ask.From);
                to.Number(ask.Question);
                break;
            case PeerStatus status:
                to.Id(status.Node);
                to.Number((int)status.Phase);
                to.Number(status.Version);
                to.Fixed(status.Digest);
                to.Number(status.Offset);
                to.Flag(status.MayTakeOver);
                to.Flag(status.MayMigrate);
                to.Number(status.IslandSize);
                to.Number(status.Island);
                to.Number(status.Asked);
                break;
            case Greet greet:
                to.Node(greet.Node);
                to.Id(greet.Cluster);
                to.Number(greet.Members);
                to.Ranges(greet.Slots);
                break;
            case Greeted greeted:
                to.Id(greeted.Node);
                to.Text(greeted.Refusal);
                break;
            case Publish publish:
                to.Bytes(publish.Channel.AsSpan());
                to.Bytes(publish.Message.AsSpan());
                to.Flag(publish.IsSharded);
                break;
            default:
                throw new ArgumentException($"{message.GetType()} is no message of the bus", nameof(message));
        }
    }

    private static void WriteChange(WireWriter to, MapChange change)
    {
        switch (change)
        {
            case AddMember add:
                to.Number(1);
                to.Node(add.Node);
                to.Ranges(add.Slots);
                break;
            case MoveMember move:
                to.Number(2);
                to.Node(new ClusterNode(move.Node, move.Ip, move.Port, move.BusPort) { Hostname = move.Hostname });
                break;
            case RemoveMember remove:
                to.Number(3);
                to.Id(remove.Node);
                break;
            case GiveSlots give:
                to.Number(4);
                to.Ranges(give.Slots);
                to.Id(give.From);
                to.Id(give.To);
                to.Number(give.ExpectedEpoch ?? -1);
                break;
            case FollowPrimary follow:
                to.Number(5);
                to.Id(follow.Node);
                to.Id(follow.Primary);
                break;
            case PromoteReplica promote:
                to.Number(6);
                to.Id(promote.Replica);
                to.Id(promote.Former);
                to.Number((int)promote.Kind);
                break;
            case RaiseEpoch raise:
                to.Number(7);
                to.Id(raise.Node);
                break;
            default:
                to.Number(0);
                break;
        }
    }

    private static MapChange Change(ref WireReader from)
    {
        switch (from.Number(0, 7))
        {
            case 1:
                return new AddMember(from.Node(), from.Ranges());
            case 2:
                var node = from.Node();
                return new MoveMember(node.Id, node.Ip, node.Port, node.BusPort, node.Hostname);
            case 3:
                return new RemoveMember(from.Id());
            case 4:
                var (slots, giver, taker, epoch) = (from.Ranges(), from.Id(), from.Id(), from.Number());
                return new GiveSlots(slots, giver, taker, epoch < 0 ? null : epoch);
            case 5:
                return new FollowPrimary(from.Id(), from.Id());
            case 6:
                return new PromoteReplica(from.Id(), from.Id(), (FailoverKind)from.Number(0, 2));
            case 7:
                return new RaiseEpoch(from.Id());
            default:
                return new NothingNew();
        }
    }

    private static ImmutableDictionary<NodeId, long> Runs(ref WireReader from)
    {
        var runs = ImmutableDictionary.CreateBuilder<NodeId, long>();
        for (var left = from.Number(0, ushort.MaxValue); left > 0; left--)
            runs[from.Id()] = from.Number();
        return runs.ToImmutable();
    }

    private static string? Optional(string text) => text.Length == 0 ? null : text;
}
