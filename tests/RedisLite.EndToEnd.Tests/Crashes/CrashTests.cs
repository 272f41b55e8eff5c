using System.Globalization;
using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Crashes;

/// <summary>Kills the real process with SIGKILL under load, starts it again, and looks for every acknowledged write.</summary>
public sealed class CrashTests : IDisposable
{
    private const int ClientCount = 4;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task With_always_every_acknowledged_write_survives_twenty_kills() => KillAgainAndAgain(rounds: 20, seed: 20261123);

    [SkippableFact]
    [Trait("Category", "Soak")]
    public Task With_always_every_acknowledged_write_survives_hundreds_of_kills()
    {
        Skip.If(Environment.GetEnvironmentVariable("REDISLITE_SOAK") != "1", "A soak test: set REDISLITE_SOAK=1 to run it.");
        return KillAgainAndAgain(rounds: 300, seed: Environment.TickCount);
    }

    [Fact]
    public async Task With_everysec_what_is_older_than_two_seconds_survives_a_kill()
    {
        var acknowledged = new List<(int Number, long At)>();
        var server = Start("everysec");
        var port = await ServerProgram.WaitForPortAsync(server);
        await using (var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)))
        {
            // Long enough for data on both sides of the two seconds.
            var started = Environment.TickCount64;
            for (var number = 0; Environment.TickCount64 - started < 4000; number++)
            {
                Assert.Equal("OK", (await client.CallAsync("SET", $"k:{number}", $"{number}")).Text);
                acknowledged.Add((number, Environment.TickCount64));
            }
        }

        var killedAt = Environment.TickCount64;
        await server.DisposeAsync();

        await using var again = Start("everysec");
        await using var reader = await ConnectAsync(again);
        foreach (var (number, at) in acknowledged.Where(write => killedAt - write.At > 2000))
            Assert.Equal($"{number}", (await reader.CallAsync("GET", $"k:{number}")).Text);
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_loses_nothing_under_everysec()
    {
        await using (var server = Start("everysec"))
        {
            await using var client = await ConnectAsync(server);
            for (var number = 0; number < 1000; number++)
                await client.CallAsync("SET", $"k:{number}", $"{number}");
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        await using var again = Start("everysec");
        await using var reader = await ConnectAsync(again);
        Assert.Equal(1000, (await reader.CallAsync("DBSIZE")).Integer);
    }

    [Fact]
    public async Task Expired_keys_do_not_come_back_and_times_to_live_go_on()
    {
        await using (var server = Start("always"))
        {
            await using var client = await ConnectAsync(server);
            await client.CallAsync("SET", "short", "v", "PX", "1");
            await client.CallAsync("SET", "long", "v", "EXAT", "4102444800");
            await client.CallAsync("SET", "gone", "v", "EX", "1000");
            await client.CallAsync("PERSIST", "gone");
        }

        await using var again = Start("always");
        await using var reader = await ConnectAsync(again);
        Assert.True((await reader.CallAsync("GET", "short")).IsNull);
        Assert.Equal(4102444800, (await reader.CallAsync("EXPIRETIME", "long")).Integer);
        Assert.Equal(-1, (await reader.CallAsync("TTL", "gone")).Integer);
    }

    private async Task KillAgainAndAgain(int rounds, int seed)
    {
        var random = new Random(seed);
        var clients = Enumerable.Range(0, ClientCount).Select(id => new WritingClient(id)).ToArray();
        var server = Start("always");
        for (var round = 0; round < rounds; round++)
        {
            var endPoint = new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(server));
            var killAfter = random.Next(20, 400);
            var left = killAfter;
            var kill = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var writing = clients.Select(client => client.WriteUntilKilledAsync(endPoint, () =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    kill.TrySetResult();
            })).ToArray();
            if (round % 3 == 1)
                await RewriteAsync(endPoint);
            await Task.WhenAny(kill.Task, Task.WhenAll(writing)).WaitAsync(RespClient.SafetyNet);
            await server.DisposeAsync();
            await Task.WhenAll(writing);

            server = Start("always");
            await using var reader = await ConnectAsync(server);
            foreach (var client in clients)
                await client.VerifyAsync(reader, $"seed {seed}, round {round}, killed after {killAfter} writes");
        }

        await server.DisposeAsync();
        Assert.All(clients, client => Assert.True(client.Acknowledged > 0));
    }

    private static async Task RewriteAsync(IPEndPoint endPoint)
    {
        try
        {
            await using var client = await RespClient.ConnectAsync(endPoint);
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
        _folder, "--port", "0", "--bind", "127.0.0.1", "--appendfsync", fsync, "--auto-aof-rewrite-min-size", "16kb");

    /// <summary>Writes numbered keys, and pairs of keys in transactions, one after the other, until the server is gone.</summary>
    private sealed class WritingClient(int id)
    {
        /// <summary>Every number up to this one was acknowledged.</summary>
        public int Acknowledged { get; private set; }

        public static bool IsLostConnection(Exception e) =>
            e is IOException or System.Net.Sockets.SocketException or EndOfStreamException or ObjectDisposedException;

        public async Task WriteUntilKilledAsync(IPEndPoint endPoint, Action acknowledged)
        {
            try
            {
                await using var client = await RespClient.ConnectAsync(endPoint);
                while (true)
                {
                    var number = (Acknowledged + 1).ToString(CultureInfo.InvariantCulture);
                    if ((Acknowledged + 1) % 2 == 0)
                    {
                        await client.CallAsync("MULTI");
                        await client.CallAsync("SET", $"left:{id}", number);
                        await client.CallAsync("SET", $"right:{id}", number);
                        await client.CallAsync("SET", $"key:{id}:{number}", number);
                        Assert.Equal(3, (await client.CallAsync("EXEC")).Items.Count);
                    }
                    else
                    {
                        Assert.Equal("OK", (await client.CallAsync("SET", $"key:{id}:{number}", number)).Text);
                    }

                    Acknowledged++;
                    acknowledged();
                }
            }
            catch (Exception e) when (IsLostConnection(e))
            {
                // The server was killed: what was not acknowledged may be there or not, but never by half.
            }
        }

        public async Task VerifyAsync(RespClient reader, string when)
        {
            for (var number = 1; number <= Acknowledged; number++)
            {
                var value = await reader.CallAsync("GET", $"key:{id}:{number}");
                Assert.True(value.Text == $"{number}", $"Acknowledged write {number} of client {id} is {value} ({when})");
            }

            var left = await reader.CallAsync("GET", $"left:{id}");
            var right = await reader.CallAsync("GET", $"right:{id}");
            Assert.True(left.Equals(right), $"Half a transaction of client {id}: {left} and {right} ({when})");

            // The write under way at the kill may have been kept: go on after it.
            if (!(await reader.CallAsync("GET", $"key:{id}:{Acknowledged + 1}")).IsNull)
                Acknowledged++;
        }
    }
}
