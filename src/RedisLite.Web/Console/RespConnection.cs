using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace RedisLite.Web.Console;

/// <summary>A RESP3 connection to the server on this machine, whose replies come as JSON.</summary>
/// <remarks>
/// As any client: access control, MONITOR, statistics and limits apply to the console as they do to redis-cli.
/// <code>
///   text {"s":"..."}  bytes that are no UTF-8 {"x":"base64"}  number {"i":"1"}  double {"d":"1.5"}  flag true
///   null null         error {"e":"ERR ..."}                   list or set [...] map {"m":[[key,value],...]}
/// </code>
/// One caller at a time.
/// </remarks>
internal sealed class RespConnection(Socket socket) : IAsyncDisposable
{
    /// <summary>For all replies between two calls of <see cref="SendAsync"/>; for one message.</summary>
    private const long LargestReply = 16 * 1024 * 1024;

    /// <summary>
    /// For the JSON of all of them: a list of a million short texts, or text full of what JSON writes as \u0000, is
    /// many times as large as its replies.
    /// </summary>
    private const long LargestText = 16 * 1024 * 1024;

    // What JSON makes of a byte at most.
    private const int Escaped = 6;

    private const int DeepestReply = 32;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private long _replyLength;

    /// <param name="server">Where the server listens: a TCP port, or a Unix socket.</param>
    /// <param name="cancellation">Gives it up.</param>
    public static async Task<RespConnection> ConnectAsync(EndPoint server, CancellationToken cancellation)
    {
        // A server that listens everywhere is reached here too.
        if (server is IPEndPoint ip && ip.Address.Equals(IPAddress.Any))
            server = new IPEndPoint(IPAddress.Loopback, ip.Port);
        else if (server is IPEndPoint ip6 && ip6.Address.Equals(IPAddress.IPv6Any))
            server = new IPEndPoint(IPAddress.IPv6Loopback, ip6.Port);
        var socket = server is IPEndPoint
            ? new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(server, cancellation).ConfigureAwait(false);
            return new RespConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>Sends requests.</summary>
    public async Task SendAsync(IEnumerable<IReadOnlyList<byte[]>> requests, CancellationToken cancellation)
    {
        _replyLength = 0;
        using var text = new MemoryStream();
        foreach (var request in requests)
        {
            text.Write(Encoding.ASCII.GetBytes($"*{request.Count}\r\n"));
            foreach (var argument in request)
            {
                text.Write(Encoding.ASCII.GetBytes($"${argument.Length}\r\n"));
                text.Write(argument);
                text.Write("\r\n"u8);
            }
        }

        await _stream.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends one request and reads its reply.</summary>
    public async Task<JsonElement> CallAsync(IReadOnlyList<byte[]> request, CancellationToken cancellation)
    {
        await SendAsync([request], cancellation).ConfigureAwait(false);
        return await ReadAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads one reply, or message.</summary>
    public async Task<JsonElement> ReadAsync(CancellationToken cancellation)
    {
        _replyLength = 0;
        using var text = new MemoryStream();
        await using (var json = new Utf8JsonWriter(text))
        {
            await WriteReplyAsync(json, cancellation).ConfigureAwait(false);
        }

        using var document = JsonDocument.Parse(text.GetBuffer().AsMemory(0, (int)text.Length));
        return document.RootElement.Clone();
    }

    /// <summary>Reads one reply into a JSON text.</summary>
    /// <exception cref="IOException">The connection has ended, or this reply and those before it since the last
    /// <see cref="SendAsync"/> are too large; the connection is of no more use.</exception>
    public Task WriteReplyAsync(Utf8JsonWriter json, CancellationToken cancellation) =>
        WriteValueAsync(json, 0, cancellation);

    private async Task WriteValueAsync(Utf8JsonWriter json, int depth, CancellationToken cancellation)
    {
        if (depth > DeepestReply)
            throw new IOException("The reply is nested too deeply");
        MakeRoom(json, 0);
        var line = await ReadLineAsync(cancellation).ConfigureAwait(false);
        var text = line[1..];
        switch (line[0])
        {
            case '+':
                Write(json, "s", text);
                break;
            case '-':
                Write(json, "e", text);
                break;
            case ':' or '(':
                Write(json, "i", text);
                break;
            case ',':
                Write(json, "d", text);
                break;
            case '#':
                json.WriteBooleanValue(text == "t");
                break;
            case '_':
                json.WriteNullValue();
                break;
            case '$' or '=' or '!':
                await WriteBulkAsync(json, line[0], Length(text), cancellation).ConfigureAwait(false);
                break;
            case '*' or '~' or '>':
                await WriteArrayAsync(json, Length(text), depth, cancellation).ConfigureAwait(false);
                break;
            case '%':
                await WriteMapAsync(json, Length(text), depth, cancellation).ConfigureAwait(false);
                break;
            default:
                throw new IOException($"The server sent '{line}'");
        }
    }

    private async Task WriteArrayAsync(Utf8JsonWriter json, int count, int depth, CancellationToken cancellation)
    {
        if (count < 0)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        for (var i = 0; i < count; i++)
            await WriteValueAsync(json, depth + 1, cancellation).ConfigureAwait(false);
        json.WriteEndArray();
    }

    private async Task WriteMapAsync(Utf8JsonWriter json, int count, int depth, CancellationToken cancellation)
    {
        json.WriteStartObject();
        json.WriteStartArray("m");
        for (var i = 0; i < count; i++)
        {
            json.WriteStartArray();
            await WriteValueAsync(json, depth + 1, cancellation).ConfigureAwait(false);
            await WriteValueAsync(json, depth + 1, cancellation).ConfigureAwait(false);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private async Task WriteBulkAsync(Utf8JsonWriter json, char kind, int length, CancellationToken cancellation)
    {
        if (length < 0)
        {
            json.WriteNullValue();
            return;
        }

        var bytes = new byte[length];
        for (var read = 0; read < length;)
        {
            if (_start == _end)
                await FillAsync(cancellation).ConfigureAwait(false);
            var part = Math.Min(length - read, _end - _start);
            _buffer.AsSpan(_start, part).CopyTo(bytes.AsSpan(read));
            _start += part;
            read += part;
        }

        await ReadLineAsync(cancellation).ConfigureAwait(false);

        // What is certainly short enough need not be looked at.
        MakeRoom(json, bytes.Length > LargestText / Escaped ? EscapedLength(bytes) : bytes.Length);
        try
        {
            var text = Strict.GetString(bytes);
            Write(json, kind == '!' ? "e" : "s", kind == '=' ? text[4..] : text);
        }
        catch (ArgumentException)
        {
            Write(json, "x", Convert.ToBase64String(bytes));
        }
    }

    private static void Write(Utf8JsonWriter json, string kind, string text)
    {
        json.WriteStartObject();
        json.WriteString(kind, text);
        json.WriteEndObject();
    }

    /// <summary>Gives up when the text becomes too large with so many bytes more.</summary>
    private static void MakeRoom(Utf8JsonWriter json, long more)
    {
        if (json.BytesCommitted + json.BytesPending + more > LargestText)
            throw new IOException("The reply is larger than 16 MB as JSON, or the replies together: ask for a part");
    }

    private static long EscapedLength(ReadOnlySpan<byte> bytes)
    {
        var length = 0L;
        foreach (var value in bytes)
            length += char.IsAsciiLetterOrDigit((char)value) || value == ' ' ? 1 : Escaped;
        return length;
    }

    private int Length(string text)
    {
        var length = int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        _replyLength += Math.Max(0, length);
        if (_replyLength > LargestReply)
            throw new IOException("The reply is larger than 16 MB, or the replies together: ask for a part");
        return length;
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, end).TrimEnd('\r');
                _start += end + 1;
                return line;
            }

            await FillAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        if (read == 0)
            throw new IOException("The server has closed the connection");
        _end += read;
    }
}
