using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace RedisLite.Commands.Execution;

/// <summary>Writes one record of the audit trail: an object of JSON and a line end.</summary>
/// <remarks>
/// One thread at a time. Keys, names and other bytes are text where they are valid UTF-8, and <c>\xHH</c> for each byte
/// otherwise; a backslash is doubled in either case, so that the two can be told apart. What is long is cut.
/// </remarks>
internal sealed class AuditLine
{
    private const int LongestText = 128;

    // A record is no web page: letters and signs stay what they are. Line ends are escaped all the same.
    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private readonly Utf8JsonWriter _json;

    public AuditLine() => _json = new Utf8JsonWriter(_buffer, Readable);

    /// <summary>Begins a record.</summary>
    public Utf8JsonWriter Begin(string @event, long nowMs)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString("time", DateTimeOffset.FromUnixTimeMilliseconds(nowMs).UtcDateTime.ToString(
            "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        _json.WriteString("event", @event);
        return _json;
    }

    /// <summary>Who, and from where.</summary>
    public void Client(ClientSession session, string user)
    {
        _json.WriteString("user", Shown(Encoding.Latin1.GetBytes(user)));
        _json.WriteString("address", Shown(Encoding.UTF8.GetBytes(session.Connection.RemoteAddress)));
        _json.WriteNumber("client", session.Id);
    }

    /// <summary>Ends it.</summary>
    /// <returns>Valid until the next one begins.</returns>
    public ReadOnlySpan<byte> End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        return _buffer.WrittenSpan;
    }

    /// <summary>Bytes as a record shows them.</summary>
    public static string Shown(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes.Length - LongestText;
        var head = rest > 0 ? bytes[..LongestText] : bytes;
        var isText = Utf8.IsValid(head);
        if (!isText && rest > 0)
        {
            // Perhaps only because a character was cut in two.
            var end = LongestText;
            while (end > LongestText - 4 && (head[end - 1] & 0xC0) == 0x80)
                end--;
            if (Utf8.IsValid(head[..(end - 1)]) && head[end - 1] >= 0xC0)
            {
                head = head[..(end - 1)];
                rest = bytes.Length - head.Length;
                isText = true;
            }
        }

        var text = isText ? Encoding.UTF8.GetString(head).Replace("\\", "\\\\", StringComparison.Ordinal) : Hex(head);
        return rest > 0 ? string.Create(CultureInfo.InvariantCulture, $"{text}... ({rest} more bytes)") : text;
    }

    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length * 2);
        foreach (var value in bytes)
        {
            _ = value switch
            {
                (byte)'\\' => text.Append("\\\\"),
                >= 0x20 and < 0x7f => text.Append((char)value),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            };
        }

        return text.ToString();
    }
}
