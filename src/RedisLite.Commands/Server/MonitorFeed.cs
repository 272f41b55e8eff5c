using System.Globalization;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Server.Diagnostics;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server;

/// <summary>One client that monitors; registered while it does.</summary>
internal sealed class MonitorFeed : IDisposable
{
    private readonly MonitorRegistry _monitors;

    public MonitorFeed(ClientSession session, MonitorRegistry monitors)
    {
        Session = session;
        _monitors = monitors;
        monitors.Add(this);
    }

    public ClientSession Session { get; }

    public void Dispose() => _monitors.Remove(this);
}

/// <summary>The clients in MONITOR mode. Any thread; costs one read per command while there are none.</summary>
public sealed class MonitorRegistry
{
    private readonly Lock _gate = new();
    private MonitorFeed[] _feeds = [];

    public bool Any => Volatile.Read(ref _feeds).Length > 0;

    /// <summary>
    /// Shows a command to all monitors, in the form of Redis: time, database and client, quoted arguments.
    /// </summary>
    internal void Feed(ClientSession session, Command command, in Arguments args, DateTimeOffset now)
    {
        var line = new StringBuilder(64);
        line.Append(
            CultureInfo.InvariantCulture,
            $"{now.ToUnixTimeSeconds()}.{now.Ticks / 10 % 1_000_000:D6} [{session.Database} {Origin(session)}]");
        for (var i = 0; i < args.Count; i++)
            AppendQuoted(line.Append(' '), SensitiveArguments.IsSensitive(command, args, i)
                ? SensitiveArguments.Shown : args[i]);
        var text = Encoding.Latin1.GetBytes(line.ToString());
        foreach (var feed in Volatile.Read(ref _feeds))
        {
            using var writer = new ReplyWriter(feed.Session.PushFormat);
            writer.SimpleString(text);
            feed.Session.Connection.Push(writer.ToArray());
        }
    }

    private static string Origin(ClientSession session) =>
        session.Origin == SessionOrigin.Script ? "lua"
            : session.Connection.IsUnixSocket ? $"unix:{session.Connection.RemoteAddress[..^":0".Length]}"
            : session.Connection.RemoteAddress;

    internal void Add(MonitorFeed feed)
    {
        lock (_gate)
            Volatile.Write(ref _feeds, [.. _feeds, feed]);
    }

    internal void Remove(MonitorFeed feed)
    {
        lock (_gate)
            Volatile.Write(ref _feeds, [.. _feeds.Where(other => other != feed)]);
    }

    private static void AppendQuoted(StringBuilder line, ReadOnlySpan<byte> text)
    {
        line.Append('"');
        foreach (var value in text)
        {
            _ = value switch
            {
                (byte)'"' or (byte)'\\' => line.Append('\\').Append((char)value),
                (byte)'\n' => line.Append("\\n"),
                (byte)'\r' => line.Append("\\r"),
                (byte)'\t' => line.Append("\\t"),
                (byte)'\a' => line.Append("\\a"),
                (byte)'\b' => line.Append("\\b"),
                >= 0x20 and < 0x7f => line.Append((char)value),
                _ => line.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            };
        }

        line.Append('"');
    }
}
