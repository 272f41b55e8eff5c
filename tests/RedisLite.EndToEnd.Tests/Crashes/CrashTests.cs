using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;
using Xunit.Abstractions;

namespace RedisLite.EndToEnd.Tests.Crashes;

/// <summary>
/// Kills the real process with SIGKILL under load, starts it again, and looks for every acknowledged write.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output) : IDisposable
{
    private const string Always = "always";
    private const string EverySec = "everysec";
    private const string Never = "no";
    private const int ClientCount = 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Always, 20, 20261123)]
    [InlineData(EverySec, 12, 20261124)]
    [InlineData(Never, 4, 20261128)]
    public Task Every_acknowledged_write_survives_kills(string fsync, int rounds, int seed) =>
        KillAgainAndAgain(fsync, rounds, seed);

    [SkippableTheory]
    [Trait("Category", "Soak")]
    [InlineData(Always, 300)]
    [InlineData(EverySec, 200)]
    [InlineData(Never, 100)]
    public Task What_was_promised_survives_hundreds_of_kills(string fsync, int rounds)
    {
        Skip.If(Environment.GetEnvironmentVariable("REDISLITE_SOAK") != "1",
            "A soak test: set REDISLITE_SOAK=1 to run it.");
        return KillAgainAndAgain(fsync, rounds, seed: Environment.TickCount);
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_loses_nothing_under_everysec()
    {
        await using (var server = Start(EverySec))
        {
            await using var client = await ConnectAsync(server);
            for (var number = 0; number < 1000; number++)
                await client.CallAsync("SET", $"k:{number}", $"{number}");
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        await using var again = Start(EverySec);
        await using var reader = await ConnectAsync(again);
        Assert.Equal(1000, (await reader.CallAsync("DBSIZE")).Integer);
    }

    [Fact]
    public async Task Expired_keys_do_not_come_back_and_times_to_live_go_on()
    {
        await using (var server = Start(Always))
        {
            await using var client = await ConnectAsync(server);
            await client.CallAsync("SET", "short", "v", "PX", "1");
            await client.CallAsync("SET", "long", "v", "EXAT", "4102444800");
            await client.CallAsync("SET", "gone", "v", "EX", "1000");
            await client.CallAsync("PERSIST", "gone");
        }

        await using var again = Start(Always);
        await using var reader = await ConnectAsync(again);
        Assert.True((await reader.CallAsync("GET", "short")).IsNull);
        Assert.Equal(4102444800, (await reader.CallAsync("EXPIRETIME", "long")).Integer);
        Assert.Equal(-1, (await reader.CallAsync("TTL", "gone")).Integer);
    }

    private async Task KillAgainAndAgain(string fsync, int rounds, int seed)
    {
        var random = new Random(seed);
        var clients = Enumerable.Range(0, ClientCount).Select(id => new WritingClient(id)).ToArray();
        var started = Environment.TickCount64;
        var server = Start(fsync);
        for (var round = 0; round < rounds; round++)
        {
            var endPoint = new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(server));
            var killAfter = fsync == Always ? random.Next(20, 400) : random.Next(20, 6000);
            var left = killAfter;
            var kill = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writing = clients.Select(client => client.WriteUntilKilledAsync(endPoint, () =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    kill.TrySetResult();
            })).ToArray();
            var rewriting = round % 3 == 1 ? RewriteUntilKilledAsync(endPoint) : Task.CompletedTask;
            await Task.WhenAny(kill.Task, Task.WhenAll(writing)).WaitAsync(RespClient.SafetyNet);
            await server.DisposeAsync();
            await Task.WhenAll(writing);
            await rewriting;

            server = Start(fsync);
            await using var reader = await ConnectAsync(server);
            foreach (var client in clients)
                await client.VerifyAsync(
                    reader, $"{fsync}, seed {seed}, round {round}, killed after {killAfter} writes");
        }

        await server.DisposeAsync();
        Assert.All(clients, client => Assert.True(client.Acknowledged > 0));
        output.WriteLine(
            $"{fsync}: {rounds} kills, {clients.Sum(client => client.Acknowledged)} acknowledged writes, none lost, "
            + $"{(Environment.TickCount64 - started) / 1000} s, seed {seed}");
    }

    /// <summary>One rewrite after the other, so that many writes fall between a cut and its new increment.</summary>
    private static async Task RewriteUntilKilledAsync(IPEndPoint endPoint)
    {
        try
        {
            await using var client = await RespClient.ConnectAsync(endPoint);
            while (true)
                await client.CallAsync("BGREWRITEAOF");
        }
        catch (Exception e) when (WritingClient.IsLostConnection(e))
        {
            // Killed meanwhile: that is the test.
        }
    }

    private static async Task<RespClient> ConnectAsync(ChildProcess server) =>
        await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(server)));

    private ChildProcess Start(string fsync) => ServerProgram.Start(
        _folder, "--port", "random", "--bind", "127.0.0.1", "--appendfsync", fsync,
        "--auto-aof-rewrite-min-size", "16kb");
}
