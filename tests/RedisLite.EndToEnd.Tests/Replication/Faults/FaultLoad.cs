using System.Net;
using System.Net.Sockets;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication.Faults;

/// <summary>
/// Clients that write what <see cref="LoadCommands"/> gives them to whoever is the primary, and put up with everything.
/// </summary>
internal sealed class FaultLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _clients = [];
    private readonly Func<IPEndPoint?> _primary;
    private long _answered;

    /// <param name="seed">Of what they write.</param>
    /// <param name="clients">How many.</param>
    /// <param name="primary">Where to write; null while there is no primary.</param>
    public FaultLoad(int seed, int clients, Func<IPEndPoint?> primary)
    {
        _primary = primary;
        for (var id = 0; id < clients; id++)
        {
            var commands = new LoadCommands(new Random((seed * 31) + id));
            _clients.Add(Task.Run(() => WriteAsync(commands)));
        }
    }

    /// <summary>Requests that were answered, by errors too.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Returns when so many more are answered.</summary>
    public async Task UntilMoreAsync(long count)
    {
        var goal = Answered + count;
        await Eventually.IsAsync(() => Task.FromResult(Answered >= goal), true);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_clients);
        _stopping.Dispose();
    }

    private async Task WriteAsync(LoadCommands commands)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (_primary() is { } primary)
                    await WriteAsync(commands, primary);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // Killed, or cut off since its role has changed.
            }

            // So as not to connect in a busy loop while there is no primary.
            await Task.Delay(20);
        }
    }

    private async Task WriteAsync(LoadCommands commands, IPEndPoint primary)
    {
        await using var client = await RespClient.ConnectAsync(primary);
        while (!_stopping.IsCancellationRequested && primary.Equals(_primary()))
        {
            var pipeline = commands.NextPipeline();
            foreach (var request in pipeline)
                await client.SendAsync(request);
            var isReadOnly = false;
            foreach (var _ in pipeline)
            {
                isReadOnly |= (await client.ReadReplyAsync()).Text.StartsWith("READONLY", StringComparison.Ordinal);
                Interlocked.Increment(ref _answered);
            }

            // The load is meant to go on all the time, not to saturate the machine.
            await Task.Delay(isReadOnly ? 20 : 1);
        }
    }
}
