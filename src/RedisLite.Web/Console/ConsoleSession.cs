using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using RedisLite.Commands;

namespace RedisLite.Web.Console;

/// <summary>One user of the console: who it is, and its connection to the server.</summary>
/// <remarks>
/// Any thread; commands run one after the other. It ends when it is disposed of, or has not been used for a while:
/// then its connections are closed, and no other is made.
/// </remarks>
internal sealed class ConsoleSession : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _ending = new();
    private readonly TimeSpan _idle;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly EndPoint _server;
    private readonly CommandTable _commands;
    private readonly byte[][] _hello;
    private RespConnection? _connection;

    private ConsoleSession(EndPoint server, CommandTable commands, string user, string password, TimeSpan idle)
    {
        _server = server;
        _commands = commands;
        _idle = idle;
        var hello = NameOf("HELLO") ?? "HELLO";
        Ended = _ending.Token;
        Ended.Register(() => _ = DropConnectionAsync());
        _hello = user.Length == 0 && password.Length == 0
            ? [.. Words(hello, "3")]
            : [.. Words(hello, "3", "AUTH", user.Length == 0 ? "default" : user, password)];
    }

    /// <summary>What the browser shows to be this user.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    public long LastUsedMs { get; private set; } = Environment.TickCount64;

    /// <summary>Cancelled when the session ends.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Connects as a user.</summary>
    /// <param name="server">The server.</param>
    /// <param name="commands">By the names that they have there.</param>
    /// <param name="user">Empty for the default user.</param>
    /// <param name="password">Empty for none.</param>
    /// <param name="idle">How long the session lasts after each use.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <returns>The session, or the server's refusal.</returns>
    public static async Task<(ConsoleSession? Session, string? Refusal)> OpenAsync(
        EndPoint server, CommandTable commands, string user, string password, TimeSpan idle,
        CancellationToken cancellation)
    {
        var session = new ConsoleSession(server, commands, user, password, idle);
        if (session.NameOf("HELLO") is null)
            return (null, "ERR the console needs HELLO, which rename-command has taken away");
        var (connection, refusal) = await session.ConnectAsync(cancellation).ConfigureAwait(false);
        if (connection is null)
            return (null, refusal);
        session._connection = connection;
        session.TryUse();
        return (session, null);
    }

    /// <summary>Puts the end off.</summary>
    /// <returns>Whether it has not come yet.</returns>
    public bool TryUse()
    {
        _ending.CancelAfter(_idle);
        LastUsedMs = Environment.TickCount64;
        return !Ended.IsCancellationRequested;
    }

    /// <summary>Runs requests and writes their replies as the items of a list.</summary>
    /// <exception cref="IOException">The server is not there, or the replies are too large.</exception>
    /// <exception cref="OperationCanceledException">It was given up, or the session has ended.</exception>
    public async Task RunAsync(
        IReadOnlyList<IReadOnlyList<byte[]>> requests,
        Func<IReadOnlyList<byte[]>, string?> refusal,
        Utf8JsonWriter json,
        CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation, Ended);
        await _turn.WaitAsync(patience.Token).ConfigureAwait(false);
        patience.CancelAfter(Patience);
        try
        {
            // A connection that is stored after the end is met by the cancelled token in what follows, and dropped.
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
            if (Ended.IsCancellationRequested)
                throw new OperationCanceledException("The session has ended", e, Ended);
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
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, Ended);
        var connection = await RespConnection.ConnectAsync(_server, either.Token).ConfigureAwait(false);
        try
        {
            var reply = await connection.CallAsync(_hello, either.Token).ConfigureAwait(false);
            if (IsError(reply))
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                return (null, reply.GetProperty("e").GetString());
            }

            if (NameOf("CLIENT") is { } name)
                await connection.CallAsync(Words(name, "SETNAME", "console"), either.Token).ConfigureAwait(false);
            return (connection, null);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How a command is called by requests; null when none can.</summary>
    /// <param name="declared">Its own name.</param>
    public string? NameOf(string declared) =>
        _commands.NameOf(CommandTable.Default.Find(Encoding.ASCII.GetBytes(declared))!);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await DropConnectionAsync().ConfigureAwait(false);
    }

    internal static byte[][] Words(params string[] words) => [.. words.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether the server lets the user run a command.</summary>
    public async Task<bool> MayRunAsync(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        await using (var json = new Utf8JsonWriter(text))
        {
            byte[][] request = [.. words.Select(Encoding.Latin1.GetBytes)];
            await RunAsync([request], static _ => null, json, cancellation).ConfigureAwait(false);
        }

        using var reply = JsonDocument.Parse(text.GetBuffer().AsMemory(0, (int)text.Length));
        return !IsError(reply.RootElement);
    }

    private static bool IsError(JsonElement reply) =>
        reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("e", out _);

    private async Task DropConnectionAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }
}
