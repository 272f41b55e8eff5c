using System.Net;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Hosting;
using StackExchange.Redis;

namespace RedisLite.Clients.Tests.Support;

/// <summary>
/// One library's usual work, done on RedisLite, and on redis-server to be sure that the test asks for what is right.
/// </summary>
public abstract class LibraryTests
{
    /// <summary>A bound for what hangs, not a measure of anything.</summary>
    protected static readonly TimeSpan SafetyNet = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_library_works_on_RedisLite()
    {
        var settings = RedisLiteSettings.ForTests();
        var log = new LogRecorder();
        await using var server = await RedisLiteServer.StartAsync(
            settings with { Network = settings.Network with { Bind = ["127.0.0.1"] } }, log);
        await RunAsync(server.EndPoint);
        await server.StopAsync();

        // Akka.IO warns of every listener whose binder stops, also when that is the end of the server.
        Assert.DoesNotContain(log.Complaints, line => !line.Contains("Bind commander died", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task The_same_holds_for_redis_server()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await RunAsync(oracle.EndPoint);
    }

    /// <summary>The work of a program that uses the library; the server is empty before.</summary>
    protected abstract Task RunAsync(IPEndPoint server);

    /// <summary>How to connect; patient, since the machine may be busy.</summary>
    protected static ConfigurationOptions Options(IPEndPoint server) => new()
    {
        EndPoints = { server },
        AbortOnConnectFail = true,
        AllowAdmin = true,
        ConnectTimeout = 60_000,
        SyncTimeout = 60_000,
        AsyncTimeout = 60_000,
    };

    protected static async Task<ConnectionMultiplexer> ConnectAsync(IPEndPoint server) =>
        await ConnectionMultiplexer.ConnectAsync(Options(server));

    /// <summary>Asks again until it is so: for what a library does beside its caller and tells nobody.</summary>
    protected static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        using var timeout = new CancellationTokenSource(SafetyNet);
        while (!await isSo())
        {
            if (timeout.IsCancellationRequested)
                throw new TimeoutException($"{what}: not within {SafetyNet}.");
            await Task.Delay(10, CancellationToken.None);
        }
    }
}
