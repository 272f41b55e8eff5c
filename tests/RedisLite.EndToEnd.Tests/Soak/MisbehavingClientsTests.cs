using System.Diagnostics;
using RedisLite.Commands.Server;
using RedisLite.EndToEnd.Tests.Persistence;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Soak;

/// <summary>
/// Clients come, go and misbehave, and the disk fails and works again: what is left is sound, and all of it is on the
/// disk.
/// </summary>
/// <remarks>
/// By hand for half an hour: <c>REDISLITE_SOAK_SECONDS=1800 dotnet test tests/RedisLite.EndToEnd.Tests --filter
/// FullyQualifiedName~Soak</c>. The figures of the last run are in docs/RELIABILITY.md.
/// </remarks>
[Collection(AloneCollection.Name)]
public sealed class MisbehavingClientsTests(Xunit.Abstractions.ITestOutputHelper output) : FilesTest
{
    private const int Lives = 8;

    // What the server may complain of: the disk that fails on purpose, and clients that do not read.
    internal static readonly string[] Expected =
    [
        "append only file", "Could not delete the files", "Could not save", "waited for the disk",
        "does not read what is sent", "Bind commander died",
        "maxmemory-clients", "No space left on device", "replica", "copy", "within a minute",
    ];

    /// <summary>How long a soak lasts.</summary>
    internal static TimeSpan Duration => TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("REDISLITE_SOAK_SECONDS"), out var seconds) ? seconds : 5);

    [Fact]
    public async Task A_server_survives_them_with_its_tables_sound_and_its_files_complete()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"Seed {seed}");
        var settings = Settings(persistence => persistence with
        {
            AppendFsync = AppendFsync.EverySec,
            SavePoints = [new SavePoint(1, 100)],
            AutoAofRewriteMinSize = 256 * 1024,
        });
        settings = settings with { Network = settings.Network with { MaxClients = 60 } };
        string digest;
        await using (var server = await ServerUnderTest.StartAsync(settings, Device))
        {
            var lived = await MisbehaveAsync(server, seed);
            Device.Heal();
            await using var client = await server.ConnectAsync();
            await client.CallAsync("CONFIG", "SET", "maxmemory", "0", "maxmemory-clients", "0");
            await client.CallAsync("CLIENT", "UNPAUSE");
            await WaitForWriteAsync(client, "after");
            while ((await client.CallAsync("CLIENT", "LIST")).Text.Count(c => c == '\n') > 1)
                await Task.Yield();
            await UntilAsync(client, async () => (await client.CallAsync("INFO", "keyspace")).Text.Contains(
                "expires=0", StringComparison.Ordinal));
            digest = await DigestAsync(client);
            var databases = server.Server.Services.Databases;
            output.WriteLine(
                $"{lived} clients lived; {(await client.CallAsync("DBSIZE")).Integer} keys, {databases.UsedMemory} "
                    + "bytes at the end");
            databases.Verify();

            var complaints = server.Log.Complaints.Where(
                line => !Expected.Any(text => line.Contains(text, StringComparison.Ordinal)));
            Assert.Empty(complaints);
            await server.Server.StopAsync();
        }

        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    private async Task<long> MisbehaveAsync(ServerUnderTest server, int seed)
    {
        var started = Stopwatch.GetTimestamp();
        long lived = 0;
        var clients = Enumerable.Range(0, Lives).Select(i => Task.Run(async () =>
        {
            var misbehaviour = new Misbehaviour(server.EndPoint, new Random(seed + i));
            while (Stopwatch.GetElapsedTime(started) < Duration)
            {
                await misbehaviour.LiveAsync();
                Interlocked.Increment(ref lived);
            }
        })).ToList();
        var disk = Task.Run(async () =>
        {
            var random = new Random(seed + Lives);
            string[] operations = [
                "write appendonly", "fsync appendonly", "write temp-", "rename dump", "rename appendonly"];
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
            while (Stopwatch.GetElapsedTime(started) < Duration && await timer.WaitForNextTickAsync())
            {
                if (random.Next(3) == 0)
                    Device.Fail(operations[random.Next(operations.Length)]);
                else
                    Device.Heal();
            }

            Device.Heal();
        });
        await Task.WhenAll([.. clients, disk]);
        return lived;
    }
}
