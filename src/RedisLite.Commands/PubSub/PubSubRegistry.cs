using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.PubSub;

/// <summary>Who listens to which channel, pattern and shard channel.</summary>
/// <remarks>
/// Any thread. Publishing reads arrays that are never changed in place, so it takes no lock and waits for nobody: each
/// subscriber gets a message for its connection's actor, and one that does not read costs only itself.
/// Subscribing copies the channel's array: O(subscribers of the channel).
/// </remarks>
public sealed class PubSubRegistry
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<byte[], ClientSubscriptions[]>[] _byKind =
        [.. Enum.GetValues<SubscriptionKind>().Select(
            _ => new ConcurrentDictionary<byte[], ClientSubscriptions[]>(ByteArrayComparer.Instance))];

    // The patterns again, as an array for PUBLISH to walk.
    private SubscribedPattern[] _patterns = [];
    private readonly Dictionary<byte[], GlobPattern> _read = new(ByteArrayComparer.Instance);

    /// <summary>Distinct patterns that somebody listens to.</summary>
    public int PatternCount => _patterns.Length;

    /// <summary>Sends a message to all who listen to the channel, or to a pattern that matches it.</summary>
    /// <param name="channel">Copied.</param>
    /// <param name="message">Copied.</param>
    /// <param name="publisher">
    /// The publishing client with its reply buffer: its own copy goes in front of its reply, as Redis orders them.
    /// </param>
    /// <returns>How many copies were sent.</returns>
    public int Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, Publisher publisher = default)
    {
        var receivers = Send(SubscriptionKind.Channel, "message"u8, channel, message, publisher);
        foreach (var (pattern, read, subscribers) in Volatile.Read(ref _patterns))
        {
            if (!read.IsMatch(channel))
                continue;
            var encoded = new EncodedMessage("pmessage"u8, pattern, channel, message);
            Deliver(subscribers, ref encoded, publisher);
            receivers += subscribers.Length;
        }

        return receivers;
    }

    /// <summary>Sends a message to all who listen to a shard channel.</summary>
    /// <inheritdoc cref="Publish"/>
    public int PublishShard(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, Publisher publisher = default) =>
        Send(SubscriptionKind.Shard, "smessage"u8, channel, message, publisher);

    /// <summary>Channels with at least one listener; patterns do not count as listeners.</summary>
    public IEnumerable<byte[]> Channels(SubscriptionKind kind) => _byKind[(int)kind].Keys;

    /// <summary>Who listens to what; a walk that may miss what changes meanwhile.</summary>
    internal IEnumerable<(SubscriptionKind Kind, byte[] Name, ClientSession Session)> Subscriptions =>
        from kind in Enum.GetValues<SubscriptionKind>()
        from item in _byKind[(int)kind]
        from client in item.Value
        select (kind, item.Key, client.Session);

    public int CountSubscribers(SubscriptionKind kind, ReadOnlySpan<byte> name) =>
        TryGet(kind, name, out var subscribers) ? subscribers.Length : 0;

    /// <summary>
    /// Ends the subscriptions to shard channels that have gone to another node, and tells the clients.
    /// </summary>
    internal void EndShardChannels(Predicate<byte[]> hasGone)
    {
        foreach (var (channel, subscribers) in _byKind[(int)SubscriptionKind.Shard])
        {
            if (!hasGone(channel))
                continue;
            foreach (var subscriber in subscribers)
            {
                if (!subscriber.Remove(SubscriptionKind.Shard, channel))
                    continue;
                using var writer = new ReplyWriter(subscriber.Session.PushFormat);
                writer.Push(3);
                writer.Bulk("sunsubscribe"u8);
                writer.Bulk(channel);
                writer.Integer(subscriber.Count(SubscriptionKind.Shard));
                subscriber.Session.Connection.Push(writer.ToArray());
            }
        }
    }

    internal void Add(SubscriptionKind kind, byte[] name, ClientSubscriptions client)
    {
        // A long pattern is read once, and where nobody waits for it.
        var read = kind == SubscriptionKind.Pattern ? new GlobPattern(name) : null;
        lock (_gate)
        {
            if (read is not null)
                _read[name] = read;
            var byName = _byKind[(int)kind];
            byName[name] = byName.TryGetValue(name, out var present) ? [.. present, client] : [client];
            PublishPatterns(kind);
        }
    }

    internal void Remove(SubscriptionKind kind, byte[] name, ClientSubscriptions client)
    {
        lock (_gate)
        {
            var byName = _byKind[(int)kind];
            if (!byName.TryGetValue(name, out var present))
                return;
            ClientSubscriptions[] rest = [.. present.Where(other => other != client)];
            if (rest.Length > 0)
            {
                byName[name] = rest;
            }
            else
            {
                byName.TryRemove(name, out _);
                if (kind == SubscriptionKind.Pattern)
                    _read.Remove(name);
            }

            PublishPatterns(kind);
        }
    }

    private void PublishPatterns(SubscriptionKind kind)
    {
        if (kind == SubscriptionKind.Pattern)
            Volatile.Write(
                ref _patterns,
                [.. _byKind[(int)kind].Select(
                    entry => new SubscribedPattern(entry.Key, _read[entry.Key], entry.Value))]);
    }

    private int Send(
        SubscriptionKind kind, ReadOnlySpan<byte> type, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message,
        Publisher publisher)
    {
        if (!TryGet(kind, channel, out var subscribers))
            return 0;
        var encoded = new EncodedMessage(type, default, channel, message);
        Deliver(subscribers, ref encoded, publisher);
        return subscribers.Length;
    }

    private static void Deliver(ClientSubscriptions[] subscribers, ref EncodedMessage message, Publisher publisher)
    {
        foreach (var subscriber in subscribers)
        {
            var session = subscriber.Session;
            var bytes = message.For(session.PushFormat);
            if (publisher.Session == session)
                session.PushesAmong(publisher.Reply!).Raw(bytes);
            else
                session.Connection.Push(bytes);
        }
    }

    private bool TryGet(
        SubscriptionKind kind, ReadOnlySpan<byte> name, [NotNullWhen(true)] out ClientSubscriptions[]? subscribers) =>
        _byKind[(int)kind].GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out subscribers);

    private readonly record struct SubscribedPattern(byte[] Name, GlobPattern Read, ClientSubscriptions[] Subscribers);

    /// <summary>A message, encoded at most once for each format that a subscriber speaks.</summary>
    private ref struct EncodedMessage(
        ReadOnlySpan<byte> type, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        private readonly ReadOnlySpan<byte> _type = type;
        private readonly ReadOnlySpan<byte> _pattern = pattern;
        private readonly ReadOnlySpan<byte> _channel = channel;
        private readonly ReadOnlySpan<byte> _message = message;
        private byte[]? _plain;
        private byte[]? _resp2;
        private byte[]? _resp3;

        public byte[] For(ReplyFormat format) => format switch
        {
            ReplyFormat.Plain => _plain ??= Encode(format),
            ReplyFormat.Resp2 => _resp2 ??= Encode(format),
            _ => _resp3 ??= Encode(format),
        };

        private readonly byte[] Encode(ReplyFormat format)
        {
            var isPattern = _type.SequenceEqual("pmessage"u8);
            using var writer = new ReplyWriter(format);
            writer.Push(isPattern ? 4 : 3);
            writer.Bulk(_type);
            if (isPattern)
                writer.Bulk(_pattern);
            writer.Bulk(_channel);
            writer.Bulk(_message);
            return writer.ToArray();
        }
    }
}

/// <summary>The publishing client, so that what it sends to itself can go into its own reply buffer.</summary>
public readonly record struct Publisher(ClientSession? Session, ReplyWriter? Reply);

/// <summary>What a client can subscribe to.</summary>
public enum SubscriptionKind
{
    Channel,
    Pattern,
    Shard,
}
