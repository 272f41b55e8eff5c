using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RedisLite.Web.Console;

/// <summary>One user of the console: who it is, and its connection to the server.</summary>
/// <remarks>Any thread; commands run one after the other.</remarks>
internal sealed class ConsoleSession : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly IPEndPoint _server;
    private readonly byte[][] _hello;
    private RespConnection? _connection;
    private int _isGone;

    private ConsoleSession(IPEndPoint server, string user, string password)
    {
        _server = server;
        _hello = user.Length == 0 && password.Length == 0
            ? [.. Words("HELLO", "3")]
            : [.. Words("HELLO", "3", "AUTH", user.Length == 0 ? "default" : user, password)];
    }

    /// <summary>What the browser shows to be this user.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public long LastUsedMs { get; set; } = Environment.TickCount64;

    /// <summary>Connects as a user.</summary>
    /// <returns>The session, or the server's refusal.</returns>
    public static async Task<(ConsoleSession? Session, string? Refusal)> OpenAsync(
        IPEndPoint server, string user, string password, CancellationToken cancellation)
    {
        var session = new ConsoleSession(server, user, password);
        var (connection, refusal) = await session.ConnectAsync(cancellation).ConfigureAwait(false);
        if (connection is null)
            return (null, refusal);
        session._connection = connection;
        return (session, null);
    }

    /// <summary>Runs requests and writes their replies as the items of a list.</summary>
    /// <exception cref="IOException">The server is not there, or the replies are too large.</exception>
    public async Task RunAsync(
        IReadOnlyList<IReadOnlyList<byte[]>> requests,
        Func<IReadOnlyList<byte[]>, string?> refusal,
        Utf8JsonWriter json,
        CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            _connection ??= (await ConnectAsync(patience.Token).ConfigureAwait(false)).Connection
                ?? throw new IOException("The server does not accept the session any more");
            string?[] refusals = [.. requests.Select(refusal)];
            var allowed = requests.Where((_, i) => refusals[i] is null);
            await _connection.SendAsync(allowed, patience.Token).ConfigureAwait(false);
            foreach (var refused in refusals)
            {
                if (refused is null)
                {
                    await _connection.WriteReplyAsync(json, patience.Token).ConfigureAwait(false);
                    continue;
                }

                json.WriteStartObject();
                json.WriteString("e", refused);
                json.WriteEndObject();
            }
        }
        catch (Exception e)
        {
            // Half a reply may be on its way: nothing that follows could be told from it.
            await DropConnectionAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                throw new IOException("The command took more than 30 seconds and was given up", e);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A further connection as the same user; null when the server refuses it.</summary>
    public async Task<(RespConnection? Connection, string? Refusal)> ConnectAsync(CancellationToken cancellation)
    {
        var connection = await RespConnection.ConnectAsync(_server, cancellation).ConfigureAwait(false);
        var reply = await connection.CallAsync(_hello, cancellation).ConfigureAwait(false);
        if (IsError(reply))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            return (null, reply.GetProperty("e").GetString());
        }

        await connection.CallAsync(Words("CLIENT", "SETNAME", "console"), cancellation).ConfigureAwait(false);
        return (connection, null);
    }

    /// <summary>Whether the user needs no password, so that the server takes any.</summary>
    /// <remarks>Asked by a wrong one: what tells of users is not for every user.</remarks>
    public async Task<bool> AcceptsAnyPasswordAsync(CancellationToken cancellation)
    {
        if (_hello.Length < 5)
            return true; // None was given.
        byte[] wrong = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        await using var connection = await RespConnection.ConnectAsync(_server, cancellation).ConfigureAwait(false);
        var reply = await connection.CallAsync([.. _hello[..4], wrong], cancellation).ConfigureAwait(false);
        return !IsError(reply);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isGone, 1) != 0)
            return;
        await DropConnectionAsync().ConfigureAwait(false);
    }

    internal static byte[][] Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];

    private static bool IsError(JsonElement reply) =>
        reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("e", out _);

    private async Task DropConnectionAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }
}
