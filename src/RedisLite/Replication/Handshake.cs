using System.Globalization;
using System.Text;
using RedisLite.Commands.Server;

namespace RedisLite.Replication;

/// <summary>What a replica says to its primary before the stream, step by step; pure.</summary>
/// <remarks>
/// <code>
///   PING --> AUTH --> REPLCONF listening-port --> ip-address --> capa --> PSYNC --> +FULLRESYNC id offset
///                                                                             \---> +CONTINUE [id]
/// </code>
/// One request at a time: each is sent when the one before it was answered. Used by one actor.
/// </remarks>
internal sealed class Handshake
{
    private readonly Queue<Step> _steps = new();

    /// <param name="options">Password, user, announced address.</param>
    /// <param name="port">Where this server listens.</param>
    /// <param name="id">The stream that this server knows.</param>
    /// <param name="offset">The first byte of it that it lacks, counted from 1.</param>
    /// <param name="isHandingOver">Whether the other is to take over from this server.</param>
    public Handshake(ReplicationOptions options, int port, string id, long offset, bool isHandingOver)
        : this(options)
    {
        var announced = options.AnnouncedPort > 0 ? options.AnnouncedPort : port;
        Optional("REPLCONF", "listening-port", announced.ToString(CultureInfo.InvariantCulture));
        if (options.AnnouncedAddress.Length > 0)
            Optional("REPLCONF", "ip-address", options.AnnouncedAddress);
        Optional("REPLCONF", "capa", "eof", "capa", "psync2");
        string[] sync = ["PSYNC", id, offset.ToString(CultureInfo.InvariantCulture)];
        _steps.Enqueue(new Step(Encode(isHandingOver ? [.. sync, "FAILOVER"] : sync), ReadSync));
    }

    /// <summary>One node of a cluster asks another.</summary>
    /// <param name="options">Password and user, as between replica and primary.</param>
    /// <param name="question">A request whose answer is one line.</param>
    public Handshake(ReplicationOptions options, IReadOnlyList<string> question)
        : this(options)
    {
        _steps.Enqueue(new Step(Encode([.. question]), reply =>
        {
            if (IsError(reply))
                return reply.TrimStart('-');
            Line = reply[1..];
            return null;
        }));
    }

    private Handshake(ReplicationOptions options)
    {
        _steps.Enqueue(new Step(Encode("PING"), PingRefusal));
        if (options.PrimaryPassword.Length > 0)
        {
            string[] words = options.PrimaryUser.Length > 0
                ? ["AUTH", options.PrimaryUser, options.PrimaryPassword]
                : ["AUTH", options.PrimaryPassword];
            _steps.Enqueue(
                new Step(Encode(words), reply => IsError(reply)
                    ? $"it refuses to authenticate this replica: {reply}" : null));
        }
    }

    /// <summary>The request to send now.</summary>
    public byte[] Request => _steps.Peek().Request;

    /// <summary>What PSYNC was answered with; null before that.</summary>
    public SyncAnswer? Answer { get; private set; }

    /// <summary>What a question was answered with; null before that.</summary>
    public string? Line { get; private set; }

    /// <summary>Takes a line of the primary's.</summary>
    /// <returns>Null, or why the handshake has failed.</returns>
    public string? Take(string line)
    {
        // A primary that prepares its answer sends line ends, so as not to be taken for dead.
        if (line.Length == 0)
            return null;
        var refusal = _steps.Peek().Check(line);
        if (refusal is null)
            _steps.Dequeue();
        return refusal;
    }

    /// <summary>A request as primaries take it; texts are one char a byte.</summary>
    public static byte[] Encode(params string[] words)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words)
            text.Append(CultureInfo.InvariantCulture, $"${word.Length}\r\n{word}\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    private static bool IsError(string reply) => !reply.StartsWith('+');

    // It answers, so it is there: that it wants a password first is what the next step is for.
    private static string? PingRefusal(string reply) =>
        !IsError(reply) || reply.StartsWith("-NOAUTH", StringComparison.Ordinal)
        || reply.StartsWith("-NOPERM", StringComparison.Ordinal)
        || reply.StartsWith("-ERR operation not permitted", StringComparison.Ordinal)
            ? null
            : $"it answers PING with {Shown(reply)}";

    private string? ReadSync(string reply)
    {
        var words = reply.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words is ["+CONTINUE", ..])
        {
            Answer = new SyncAnswer(words.Length > 1 && IsId(words[1]) ? words[1] : null, null);
            return null;
        }

        if (words is ["+FULLRESYNC", var id, var text] && IsId(id)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            Answer = new SyncAnswer(id, offset);
            return null;
        }

        return $"it answers PSYNC with {Shown(reply)}";
    }

    private static bool IsId(string text) => text.Length == 40 && text.All(char.IsAsciiLetterOrDigit);

    private static string Shown(string reply) => $"'{(reply.Length > 128 ? reply[..128] : reply)}'";

    // An older primary knows fewer of these, and goes on without.
    private void Optional(params string[] words) => _steps.Enqueue(new Step(Encode(words), _ => null));

    private sealed record Step(byte[] Request, Func<string, string?> Check);
}

/// <summary>What PSYNC was answered with.</summary>
/// <param name="Id">The stream's ID; null when it is the one that was asked for.</param>
/// <param name="Offset">Of a full copy; null when the stream goes on.</param>
internal sealed record SyncAnswer(string? Id, long? Offset);
