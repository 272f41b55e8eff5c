using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RedisLite.Commands;
using RedisLite.Hosting;

namespace RedisLite.Web.Console;

/// <summary>What the console's page asks for, below <c>/api/</c>.</summary>
/// <remarks>
/// <code>
///   POST   /api/session    {"user":"","password":""}        a session's token, for the header X-RedisLite-Session
///   DELETE /api/session                                     its end
///   POST   /api/commands   {"database":0,"commands":[["GET","a"],...]}   replies, as RespConnection writes them
///   GET    /api/reference                                   commands, for completion
///   GET    /api/stripes                                     waits and keys, by stripe
///   POST   /api/messages   {"channels":[],"patterns":[]}    a line for each message, until one side ends it
/// </code>
/// Any thread.
/// </remarks>
internal sealed class ConsoleApi(ServerView server, ConsoleRules rules) : IAsyncDisposable
{
    private const string TokenHeader = "X-RedisLite-Session";
    private const string SessionEnded = "The session has ended";
    private const int MostSessions = 64;

    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ConsoleSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>Answers one request; its host has been checked.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!ConsoleRules.IsSameOrigin(context.Request))
        {
            await FailAsync(context, StatusCodes.Status403Forbidden,
                "The request comes from another site").ConfigureAwait(false);
            return;
        }

        try
        {
            await RouteAsync(context).ConfigureAwait(false);
        }
        catch (Exception e) when (
            e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            await FailAsync(context, StatusCodes.Status400BadRequest,
                "The request is not understood").ConfigureAwait(false);
        }
        catch (BadHttpRequestException e)
        {
            // An IOException too, but the browser's doing: the body is too large, too slow, or cut short.
            if (!context.Response.HasStarted)
                await FailAsync(context, e.StatusCode, e.Message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // In the middle of messages there is nothing more to say.
            if (!context.Response.HasStarted)
                await FailAsync(context, StatusCodes.Status502BadGateway, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The session has ended, or the browser has gone.
            if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                await FailAsync(context, StatusCodes.Status401Unauthorized, SessionEnded).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in TakeAll())
            await session.DisposeAsync().ConfigureAwait(false);
    }

    private Task RouteAsync(HttpContext context)
    {
        var route = $"{context.Request.Method} {context.Request.Path}";
        if (route == "POST /api/session")
            return OpenAsync(context);
        if (Find(context) is not { } session)
            return FailAsync(context, StatusCodes.Status401Unauthorized, "There is no such session");
        return route switch
        {
            "DELETE /api/session" => CloseAsync(context, session),
            "POST /api/commands" => RunAsync(context, session),
            "GET /api/reference" => TellAsync(context, session, WriteReference, "command", "docs", "get"),
            "GET /api/stripes" => TellAsync(context, session, WriteStripes, "info", "server"),
            "POST /api/messages" => MessagesAsync(context, session),
            _ => FailAsync(context, StatusCodes.Status404NotFound, "There is no such page"),
        };
    }

    private async Task OpenAsync(HttpContext context)
    {
        using var body = await BodyAsync(context).ConfigureAwait(false);
        var user = body.RootElement.GetProperty("user").GetString() ?? "";
        var password = body.RootElement.GetProperty("password").GetString() ?? "";

        // The server takes the console for a local client; a remote one must not pass its protected mode so.
        var isRemote = context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address);
        if (isRemote && password.Length == 0)
        {
            await FailAsync(context, StatusCodes.Status401Unauthorized, "From another machine a password is needed")
                .ConfigureAwait(false);
            return;
        }

        EndPoint? endPoint = server.EndPoints is [var first, ..] ? first
            : server.UnixSocket is { } path ? new UnixDomainSocketEndPoint(path)
            : null;
        if (endPoint is null)
        {
            // One that serves and has none listens with TLS alone, which the console does not speak.
            await FailAsync(context, StatusCodes.Status503ServiceUnavailable,
                server.Readiness is ServerReadiness.Ready or ServerReadiness.Unlinked or ServerReadiness.ClusterDown
                    ? "The console needs the server's port without TLS, which is off (port 0), or a unixsocket"
                    : "The server loads its files").ConfigureAwait(false);
            return;
        }

        var (session, refusal) =
            await ConsoleSession.OpenAsync(endPoint, rules.Commands, user, password, Idle, context.RequestAborted)
            .ConfigureAwait(false);
        if (session is null)
        {
            await FailAsync(context, StatusCodes.Status401Unauthorized, refusal!).ConfigureAwait(false);
            return;
        }

        // Who has no password is let in with any: that is no proof for a remote client.
        if (isRemote && !server.NeedsPassword(user))
        {
            await session.DisposeAsync().ConfigureAwait(false);
            await FailAsync(context, StatusCodes.Status401Unauthorized,
                "From another machine a password is needed, and this user has none").ConfigureAwait(false);
            return;
        }

        await AddAsync(session).ConfigureAwait(false);
        await JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("token", session.Token);
            json.WriteBoolean("readOnly", rules.IsReadOnly);
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    private async Task CloseAsync(HttpContext context, ConsoleSession session)
    {
        lock (_gate)
            _sessions.Remove(session.Token);
        await session.DisposeAsync().ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task RunAsync(HttpContext context, ConsoleSession session)
    {
        using var body = await BodyAsync(context).ConfigureAwait(false);
        var requests = body.RootElement.GetProperty("commands").EnumerateArray()
            .Select(IReadOnlyList<byte[]> (request) => [.. request.EnumerateArray().Select(Argument)])
            .ToList();
        if (requests.Exists(request => request.Count == 0))
            throw new FormatException();
        if (!TryChoose(body.RootElement, session, requests))
        {
            await FailAsync(context, StatusCodes.Status400BadRequest,
                "There is no SELECT: rename-command has taken it away").ConfigureAwait(false);
            return;
        }

        using var text = new MemoryStream();
        await using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartArray();
            await session.RunAsync(requests, rules.Refusal, json, context.RequestAborted).ConfigureAwait(false);
            json.WriteEndArray();
        }

        await SendAsync(context, text).ConfigureAwait(false);
    }

    /// <summary>Has the database chosen first that the requests are for, if they say which.</summary>
    private static bool TryChoose(JsonElement body, ConsoleSession session, List<IReadOnlyList<byte[]>> requests)
    {
        if (!body.TryGetProperty("database", out var property))
            return true;
        var database = property.GetInt32();
        if (session.NameOf("SELECT") is { } name)
            requests.Insert(0, ConsoleSession.Words(
                name, database.ToString(CultureInfo.InvariantCulture)));
        else if (database != 0)
            return false;
        else
            requests.Insert(0, ConsoleSession.Words("PING"));
        return true;
    }

    private static async Task MessagesAsync(HttpContext context, ConsoleSession session)
    {
        using var body = await BodyAsync(context).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, session.Ended);
        var cancellation = either.Token;
        var (connection, refusal) = await session.ConnectAsync(cancellation).ConfigureAwait(false);
        if (connection is null)
        {
            await FailAsync(context, StatusCodes.Status401Unauthorized, refusal!).ConfigureAwait(false);
            return;
        }

        await using var closing = connection.ConfigureAwait(false);
        await connection.SendAsync(Subscriptions(session, body.RootElement), cancellation).ConfigureAwait(false);
        context.Response.ContentType = "application/x-ndjson";
        while (true)
        {
            var message = await connection.ReadAsync(cancellation).ConfigureAwait(false);
            await context.Response.WriteAsync(message.GetRawText() + "\n", cancellation).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static List<IReadOnlyList<byte[]>> Subscriptions(ConsoleSession session, JsonElement body)
    {
        var requests = new List<IReadOnlyList<byte[]>>();
        foreach (var (property, command) in ((string, string)[])[("channels", "SUBSCRIBE"), ("patterns", "PSUBSCRIBE")])
        {
            if (session.NameOf(command) is not { } name)
                continue;
            byte[][] names = [.. body.GetProperty(property).EnumerateArray().Select(Argument)];
            if (names.Length > 0)
                requests.Add([Encoding.Latin1.GetBytes(name), .. names]);
        }

        return requests;
    }

    private ConsoleSession? Find(HttpContext context)
    {
        lock (_gate)
        {
            if (!_sessions.TryGetValue(context.Request.Headers[TokenHeader].ToString(), out var session))
                return null;
            return session.TryUse() ? session : null;
        }
    }

    private async Task AddAsync(ConsoleSession session)
    {
        List<ConsoleSession> old;
        lock (_gate)
        {
            old = [.. _sessions.Values.Where(other => other.Ended.IsCancellationRequested)];
            if (_sessions.Count - old.Count >= MostSessions)
                old.Add(_sessions.Values.Except(old).MinBy(other => other.LastUsedMs)!);
            foreach (var other in old)
                _sessions.Remove(other.Token);
            _sessions.Add(session.Token, session);
        }

        foreach (var other in old)
            await other.DisposeAsync().ConfigureAwait(false);
    }

    private List<ConsoleSession> TakeAll()
    {
        lock (_gate)
        {
            List<ConsoleSession> all = [.. _sessions.Values];
            _sessions.Clear();
            return all;
        }
    }

    /// <summary>Tells what a command of the server tells too, to whom the server lets run that.</summary>
    private async Task TellAsync(
        HttpContext context, ConsoleSession session, Action<Utf8JsonWriter> write, string name, params string[] words)
    {
        if (rules.Commands.NameOf(CommandTable.Default.Find(Encoding.Latin1.GetBytes(name))!) is { } word
            && await session.MayRunAsync([word, .. words], context.RequestAborted).ConfigureAwait(false))
            await JsonAsync(context, write).ConfigureAwait(false);
        else
            await FailAsync(context, StatusCodes.Status403Forbidden,
                $"This is for users who may run {name.ToUpperInvariant()}").ConfigureAwait(false);
    }

    private void WriteReference(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var command in rules.Commands.Runnable)
        {
            if (rules.WordsFor(command) is not { } words
                || rules.Refusal([.. words.Select(Encoding.Latin1.GetBytes)]) is not null)
                continue;
            json.WriteStartObject();
            json.WriteString("name", string.Join(' ', words).ToUpperInvariant());
            json.WriteString("syntax", command.Declaration.Syntax);
            json.WriteString("summary", command.Declaration.Summary);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteStripes(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (name, values) in ((string, IReadOnlyList<long>)[])
                 [("waits", server.WaitsByStripe()), ("keys", server.KeysByStripe())])
        {
            json.WriteStartArray(name);
            foreach (var value in values)
                json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>A text, or bytes that are none.</summary>
    private static byte[] Argument(JsonElement value) => value.ValueKind == JsonValueKind.Object
        ? value.GetProperty("x").GetBytesFromBase64()
        : Encoding.UTF8.GetBytes(value.GetString() ?? "");

    private static Task<JsonDocument> BodyAsync(HttpContext context) =>
        JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted);

    private static async Task JsonAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var text = new MemoryStream();
        await using (var json = new Utf8JsonWriter(text))
        {
            write(json);
        }

        await SendAsync(context, text).ConfigureAwait(false);
    }

    private static async Task SendAsync(HttpContext context, MemoryStream text)
    {
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), context.RequestAborted)
            .ConfigureAwait(false);
    }

    private static Task FailAsync(HttpContext context, int status, string problem)
    {
        context.Response.StatusCode = status;
        return JsonAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("problem", problem);
            json.WriteEndObject();
        });
    }
}
