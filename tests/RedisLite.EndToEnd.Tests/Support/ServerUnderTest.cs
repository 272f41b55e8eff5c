using System.Net;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.Hosting;
using RedisLite.Persistence.Files;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>A whole RedisLite server in this process, on a port of its own, with its log kept.</summary>
internal sealed class ServerUnderTest : ITestSubject
{
    private readonly LogRecorder _log;

    private ServerUnderTest(RedisLiteServer server, LogRecorder log)
    {
        Server = server;
        _log = log;
    }

    public string Name => "RedisLite";

    public IPEndPoint EndPoint => Server.EndPoint;

    public RedisLiteServer Server { get; }

    public LogRecorder Log => _log;

    /// <summary>The settings that tests start from: any free port, DEBUG allowed as in the oracle.</summary>
    public static RedisLiteSettings Settings()
    {
        var settings = RedisLiteSettings.ForTests();
        return settings with
        {
            Network = settings.Network with { Bind = ["127.0.0.1"] },
            Security = settings.Security with { EnableDebugCommand = ProtectedAccess.Local },
        };
    }

    /// <param name="settings">Those of <see cref="Settings"/> unless given.</param>
    /// <param name="device">Where its files are; a real disk unless given.</param>
    public static async Task<ServerUnderTest> StartAsync(
        RedisLiteSettings? settings = null, IStorageDevice? device = null,
        CancellationToken cancellationToken = default)
    {
        var log = new LogRecorder();
        return new ServerUnderTest(await RedisLiteServer.StartAsync(
            settings ?? Settings(), log, device ?? DiskDevice.Instance, cancellationToken), log);
    }

    public Task<RespClient> ConnectAsync(int? receiveBufferSize = null) =>
        RespClient.ConnectAsync(EndPoint, receiveBufferSize);

    /// <summary>The commands that this server has, in upper case.</summary>
    public IReadOnlySet<string> Commands =>
        Server.Services.Commands.Commands.Select(command => command.Name.ToUpperInvariant()).ToHashSet(
            StringComparer.Ordinal);

    public Task StopAndCheckAsync() => StopAndCheckAsync("Bind commander died");

    /// <summary>Stops the server; it must have logged nothing worse than news but for some lines.</summary>
    /// <param name="expected">What those lines contain.</param>
    public async Task StopAndCheckAsync(params string[] expected)
    {
        await Server.StopAsync();

        // Akka.IO warns of every listener whose binder stops, also when that is the end of the server.
        var complaints = _log.Complaints.Where(line =>
            !expected.Append("Bind commander died")
                .Any(part => line.Contains(part, StringComparison.Ordinal))).ToList();
        Assert.True(complaints.Count == 0, $"The server logged:\n{string.Join('\n', complaints)}");
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
