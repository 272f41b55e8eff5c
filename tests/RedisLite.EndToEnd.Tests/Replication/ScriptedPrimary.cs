using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>
/// A primary that answers the handshake as it should, or does not, and then sends what a test gives it.
/// </summary>
internal sealed class ScriptedPrimary : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _gate = new();
    private readonly List<string> _syncs = [];
    private readonly byte[]? _greeting;
    private readonly Func<int, byte[]> _answer;
    private readonly Task _serving;

    /// <param name="greeting">Sent at once in place of a handshake; null for one that goes as it should.</param>
    /// <param name="answer">What follows PSYNC, for each connection in turn; then the connection is closed.</param>
    public ScriptedPrimary(byte[]? greeting, Func<int, byte[]> answer)
    {
        (_greeting, _answer) = (greeting, answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>What replicas asked with PSYNC; empty texts for connections that did not come so far.</summary>
    public IReadOnlyList<string> Syncs
    {
        get
        {
            lock (_gate)
                return [.. _syncs];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _serving;
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                using var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await ServeAsync(client.GetStream());
            }
            catch (Exception e) when (
                e is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The replica has gone, or the test is over.
            }
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        var sync = "";
        if (_greeting is not null)
        {
            await stream.WriteAsync(_greeting, _stopping.Token);
        }
        else
        {
            using var reader = new StreamReader(stream, Encoding.Latin1, false, 1024, leaveOpen: true);
            while (sync.Length == 0)
            {
                var request = await ReadRequestAsync(reader);
                if (request[0] == "PSYNC")
                    sync = string.Join(' ', request);
                else
                    await stream.WriteAsync(
                        request[0] == "PING" ? "+PONG\r\n"u8.ToArray() : "+OK\r\n"u8.ToArray(), _stopping.Token);
            }
        }

        int number;
        lock (_gate)
        {
            number = _syncs.Count;
            _syncs.Add(sync);
        }

        if (sync.Length > 0)
            await stream.WriteAsync(_answer(number), _stopping.Token);
    }

    private async Task<string[]> ReadRequestAsync(StreamReader reader)
    {
        var words = new string[int.Parse((await LineAsync(reader))[1..])];
        for (var i = 0; i < words.Length; i++)
        {
            await LineAsync(reader);
            words[i] = await LineAsync(reader);
        }

        return words;
    }

    private async Task<string> LineAsync(StreamReader reader) =>
        await reader.ReadLineAsync(_stopping.Token) ?? throw new IOException("The replica has gone.");
}
