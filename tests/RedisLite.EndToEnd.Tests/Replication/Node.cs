using System.Net;
using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>A server in a replication test, and a client of it.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly ITestServer _server;

    private Node(ITestServer server, RespClient client)
    {
        _server = server;
        Client = client;
    }

    public RespClient Client { get; }

    public IPEndPoint EndPoint => _server.EndPoint;

    public ServerUnderTest? Ours => _server as ServerUnderTest;

    /// <param name="isOurs">RedisLite in this process, or redis-server.</param>
    public static async Task<Node> StartAsync(bool isOurs)
    {
        if (!isOurs)
            return await OfAsync(await RedisOracle.StartAsync("--repl-diskless-sync-delay", "0"));
        return await OfAsync(await ServerUnderTest.StartAsync());
    }

    public static async Task<Node> OfAsync(ITestServer server) =>
        new(server, await RespClient.ConnectAsync(server.EndPoint));

    /// <summary>The reply as text; null for null.</summary>
    public async Task<string?> CallAsync(params string[] arguments)
    {
        var reply = await Client.CallAsync(arguments);
        return reply.IsNull ? null : reply.Text;
    }

    /// <summary>Follows a primary, and returns when the link stands.</summary>
    public async Task FollowAsync(IPEndPoint primary)
    {
        Assert.Equal("OK", await CallAsync("REPLICAOF", "127.0.0.1", $"{primary.Port}"));
        await UntilAsync("master_link_status", "up");
    }

    /// <summary>Returns when INFO replication has a field with a value.</summary>
    public async Task UntilAsync(string field, string value) =>
        await Eventually.IsAsync(async () => await FieldAsync(field), value);

    private string Log => Ours is { } ours ? string.Join('\n', ours.Log.Lines) : "";

    public async Task<string> InfoAsync() =>
        Encoding.Latin1.GetString((await Client.CallAsync("INFO", "replication")).Bytes);

    public async Task<string> FieldAsync(string field, string section = "replication")
    {
        var info = Encoding.Latin1.GetString((await Client.CallAsync("INFO", section)).Bytes!);
        return info.Split("\r\n").FirstOrDefault(line => line.StartsWith(field + ":", StringComparison.Ordinal))?[
            (field.Length + 1)..] ?? "";
    }

    /// <summary>
    /// Returns when this replica has all that its primary has, and fails the test if it then differs.
    /// </summary>
    public async Task AgreesWithAsync(Node primary)
    {
        // A PING may come between the two questions, and then is there at the next try.
        await Eventually.IsAsync(
            async () => await FieldAsync("master_repl_offset") == await primary.FieldAsync("master_repl_offset")
                ? "" : $"{await InfoAsync()}\n{await primary.InfoAsync()}\n{Log}\n{primary.Log}",
            "");
        await Eventually.IsAsync(
            async () => await CallAsync("DEBUG", "DIGEST"), (await primary.CallAsync("DEBUG", "DIGEST"))!);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _server.DisposeAsync();
    }
}

/// <summary>Waits for what happens by itself, up to a limit that no test's outcome depends on.</summary>
internal static class Eventually
{
    // To look may itself take as long as the limit, on a machine that has much else to do.
    private const int LeastTries = 4;

    public static async Task IsAsync<T>(Func<Task<T>> actual, T expected)
    {
        using var limit = new CancellationTokenSource(RespClient.SafetyNet);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var tries = 1; ; tries++)
        {
            var found = await actual();
            if (Equals(found, expected))
                return;
            if (limit.IsCancellationRequested && tries >= LeastTries)
                Assert.Equal(expected, found);
            else if (!limit.IsCancellationRequested)
                await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
