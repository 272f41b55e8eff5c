using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>
/// A connection that sends what it is told, byte for byte, and gives back replies with their exact types.
/// </summary>
/// <remarks>
/// One caller at a time reads and one at a time writes; reading and writing may overlap, as a pipeline needs. Every
/// operation fails with a <see cref="TimeoutException"/> after <see cref="SafetyNet"/>, so that a server that does not
/// answer fails a test instead of hanging the run; no test's outcome depends on its length.
/// </remarks>
internal sealed class RespClient : IAsyncDisposable
{
    /// <summary>How long any one operation may take before the test is given up.</summary>
    public static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly RespStreamReader _reader;

    private RespClient(Socket socket, Stream? stream = null)
    {
        _socket = socket;
        _stream = stream ?? new NetworkStream(socket, ownsSocket: true);
        _reader = new RespStreamReader(_stream);
    }

    /// <summary>Push frames that arrived while a reply was being waited for, oldest first.</summary>
    public Queue<RespValue> Pushes { get; } = new();

    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Bytes that have arrived and that nobody has read from the socket yet.</summary>
    public int Available => _socket.Available;

    public static async Task<RespClient> ConnectAsync(
        IPEndPoint endPoint, int? receiveBufferSize = null, IPAddress? from = null)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (from is not null)
                socket.Bind(new IPEndPoint(from, 0));
            if (receiveBufferSize is { } size)
                socket.ReceiveBufferSize = size;
            using var timeout = new CancellationTokenSource(SafetyNet);
            await socket.ConnectAsync(endPoint, timeout.Token);
            return new RespClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects by a Unix socket.</summary>
    public static async Task<RespClient> ConnectAsync(UnixDomainSocketEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using var timeout = new CancellationTokenSource(SafetyNet);
            await socket.ConnectAsync(endPoint, timeout.Token);
            return new RespClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects with TLS.</summary>
    public static async Task<RespClient> ConnectAsync(
        IPEndPoint endPoint, SslClientAuthenticationOptions tls, int? receiveBufferSize = null)
    {
        var plain = await ConnectAsync(endPoint, receiveBufferSize);
        var stream = new SslStream(plain._stream);
        await stream.AuthenticateAsClientAsync(tls).WaitAsync(SafetyNet);
        return new RespClient(plain._socket, stream);
    }

    /// <summary>A multi-bulk request as it goes over the wire.</summary>
    public static byte[] Encode(IReadOnlyList<byte[]> arguments)
    {
        using var request = new MemoryStream();
        WriteHeader(request, '*', arguments.Count);
        foreach (var argument in arguments)
        {
            WriteHeader(request, '$', argument.Length);
            request.Write(argument);
            request.Write("\r\n"u8);
        }

        return request.ToArray();
    }

    /// <summary>A multi-bulk request of UTF-8 arguments.</summary>
    public static byte[] Encode(params string[] arguments) =>
        Encode(Array.ConvertAll(arguments, Encoding.UTF8.GetBytes));

    /// <summary>Sends a multi-bulk request without reading its reply.</summary>
    public Task SendAsync(params string[] arguments) => SendRawAsync(Encode(arguments));

    /// <summary>Sends a multi-bulk request without reading its reply.</summary>
    public Task SendAsync(IReadOnlyList<byte[]> arguments) => SendRawAsync(Encode(arguments));

    /// <summary>Sends text as it stands, a byte a character (Latin-1).</summary>
    public Task SendRawAsync(string text) => SendRawAsync(Encoding.Latin1.GetBytes(text));

    public Task SendRawAsync(ReadOnlyMemory<byte> bytes) =>
        WithinAsync(async token =>
        {
            await _stream.WriteAsync(bytes, token);
            return true;
        });

    /// <summary>The next frame, push or reply.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public Task<RespValue> ReadAsync() => WithinAsync(token => _reader.ReadAsync(token));

    /// <summary>The next frame that is no push; push frames on the way go to <see cref="Pushes"/>.</summary>
    public async Task<RespValue> ReadReplyAsync()
    {
        while (true)
        {
            var frame = await ReadAsync();
            if (frame.Kind != RespKind.Push)
                return frame;
            Pushes.Enqueue(frame);
        }
    }

    /// <summary>
    /// The next push frame: one that waits in <see cref="Pushes"/>, else the next frame, which must be one.
    /// </summary>
    public async Task<RespValue> ReadPushAsync()
    {
        if (Pushes.TryDequeue(out var waiting))
            return waiting;
        var frame = await ReadAsync();
        return frame.Kind == RespKind.Push ? frame : throw new FormatException($"Expected a push frame, got {frame}");
    }

    public async Task<RespValue> CallAsync(params string[] arguments)
    {
        await SendAsync(arguments);
        return await ReadReplyAsync();
    }

    public async Task<RespValue> CallAsync(IReadOnlyList<byte[]> arguments)
    {
        await SendAsync(arguments);
        return await ReadReplyAsync();
    }

    /// <summary>One line of a plain reply, without its line end.</summary>
    public Task<string> ReadLineAsync() => WithinAsync(token => _reader.ReadTextLineAsync(token));

    public Task<byte[]> ReadBytesAsync(int count) => WithinAsync(token => _reader.ReadBytesAsync(count, token));

    /// <summary>Everything until the server closes the connection, by an orderly end or a reset.</summary>
    public async Task<string> ReadToEndAsync() =>
        Encoding.Latin1.GetString(await WithinAsync(token => _reader.ReadToEndAsync(token)));

    /// <summary>Says "no more requests" and goes on reading, as <c>printf ... | nc</c> does.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Vanishes: the server sees a reset instead of an orderly close.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static void WriteHeader(MemoryStream request, char kind, int length)
    {
        Span<byte> digits = stackalloc byte[16];
        length.TryFormat(digits, out var written, provider: CultureInfo.InvariantCulture);
        request.WriteByte((byte)kind);
        request.Write(digits[..written]);
        request.Write("\r\n"u8);
    }

    private static async Task<T> WithinAsync<T>(Func<CancellationToken, ValueTask<T>> operation)
    {
        using var timeout = new CancellationTokenSource(SafetyNet);
        try
        {
            return await operation(timeout.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException($"The server did nothing for {SafetyNet.TotalSeconds} s.");
        }
    }
}
