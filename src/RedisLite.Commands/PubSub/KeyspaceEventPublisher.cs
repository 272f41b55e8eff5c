using System.Buffers.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server;

namespace RedisLite.Commands.PubSub;

/// <summary>
/// Publishes keyspace notifications as messages: <c>__keyspace@0__:key</c> and <c>__keyevent@0__:event</c>.
/// </summary>
internal sealed class KeyspaceEventPublisher(PubSubRegistry registry, RuntimeOptions options) : IKeyspaceEventSink
{
    public void Publish(KeyspaceEvents kind, ReadOnlySpan<byte> name, ReadOnlySpan<byte> key, int database)
    {
        var configured = options.NotifyKeyspaceEvents;
        if ((configured & KeyspaceEvents.Keyspace) != 0)
            Publish("__keyspace@"u8, database, subject: key, message: name);
        if ((configured & KeyspaceEvents.Keyevent) != 0)
            Publish("__keyevent@"u8, database, subject: name, message: key);
    }

    private void Publish(
        ReadOnlySpan<byte> prefix, int database, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> message)
    {
        var length = prefix.Length + 16 + subject.Length;
        var channel = length <= 512 ? stackalloc byte[length] : new byte[length];
        prefix.CopyTo(channel);
        Utf8Formatter.TryFormat(database, channel[prefix.Length..], out var digits);
        var at = prefix.Length + digits;
        "__:"u8.CopyTo(channel[at..]);
        subject.CopyTo(channel[(at + 3)..]);
        registry.Publish(channel[..(at + 3 + subject.Length)], message);
    }
}
