using System.Diagnostics;
using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Soak;

/// <summary>
/// The program with few descriptors, little memory and a file system that is full now and then, among clients that
/// misbehave: it lives until it is told to stop or is killed, and its next life finds what the one before had.
/// </summary>
/// <remarks>
/// A full disk is a limit on the length of files, which a running process can be given and relieved of: a write beyond
/// it takes a part and then fails, as on a disk without room. By hand for half an hour as
/// <see cref="MisbehavingClientsTests"/> says.
/// </remarks>
[Collection(AloneCollection.Name)]
public sealed class MisusedProgramTests(Xunit.Abstractions.ITestOutputHelper output) : IDisposable
{
    private const int Streams = 6;

    private static readonly TimeSpan LongestLife = TimeSpan.FromMinutes(2);

    // What it may say of a disk that is full, a limit that is low, and a process that was killed before.
    private static readonly string[] Expected =
        [.. MisbehavingClientsTests.Expected, "maxclients is", "cut off", "truncated", "The server goes on",
            "File too large"];

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task It_lives_through_low_limits_full_disks_and_kills_and_keeps_its_data()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "for systems where a running process can be given limits");
        var seed = Environment.TickCount;
        output.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var started = Stopwatch.GetTimestamp();
        var life = MisbehavingClientsTests.Duration / 2 < LongestLife
            ? MisbehavingClientsTests.Duration / 2 : LongestLife;
        string? digest = null;
        var lives = 0;
        do
        {
            // The last life ends in order.
            var isKilled = lives % 2 == 0;
            digest = await LiveAsync(random, life, isKilled, digest);
            lives++;
        }
        while (Stopwatch.GetElapsedTime(started) < MisbehavingClientsTests.Duration || lives < 2 || lives % 2 != 0);
        await using var last = Start(1024, out var port);
        await using var client = await ConnectAsync(last, port);
        Assert.Equal(digest, (await client.CallAsync("DEBUG", "DIGEST")).Text);
        last.Terminate();
        Assert.Equal(0, await last.WaitForExitAsync());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>One life of the program.</summary>
    /// <param name="random">Decides what happens in it.</param>
    /// <param name="length">Until it is ended.</param>
    /// <param name="isKilled">Ended by SIGKILL, and not in order.</param>
    /// <param name="before">What it has to have at its start; null if nobody knows.</param>
    /// <returns>What its next life has to have; null if nobody knows.</returns>
    private async Task<string?> LiveAsync(Random random, TimeSpan length, bool isKilled, string? before)
    {
        int[] limits = [256, 300, 512, 1024];
        var descriptors = limits[random.Next(limits.Length)];
        await using var server = Start(descriptors, out var port);
        await using var client = await ConnectAsync(server, port);
        if (before is not null)
            Assert.Equal(before, (await client.CallAsync("DEBUG", "DIGEST")).Text);
        var lived = await MisuseAsync(server, client, port, descriptors, random, length);
        await SettleAsync(client);
        var memory = await MemoryAsync(client);
        output.WriteLine(
            $"{descriptors} descriptors, {lived} clients, {memory}, RSS {ResidentMegabytes(server)} "
                + $"MB{(isKilled ? ", killed" : "")}");
        Assert.Empty(Complaints(server));
        if (isKilled)
            return null;
        var digest = (await client.CallAsync("DEBUG", "DIGEST")).Text;
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync());
        return digest;
    }

    private ChildProcess Start(int descriptors, out int port)
    {
        port = FreePort.Next();
        string[] options =
        [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", _folder.Path, "--appendonly", "yes", "--appendfsync",
            "everysec", "--save", "1 100",
            "--auto-aof-rewrite-min-size", "256kb", "--enable-debug-command", "local", "--maxmemory", "20mb",
            "--maxmemory-policy", "allkeys-lru",
            "--client-output-buffer-limit", "normal 32mb 0 0",
        ];

        // A process that leaves this signal as it is would be ended by the limit on files; and the runtime's own memory
        // for code is a file of a kind, unless it is told to do without.
        return ChildProcess.Start(
            "/bin/sh",
            ["-c", $"ulimit -n {descriptors}; trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; exec \"$@\"", "sh",
                .. ServerProgram.CommandLine, .. options], _folder.Path);
    }

    private static async Task<RespClient> ConnectAsync(ChildProcess server, int port)
    {
        await server.WaitForLineAsync("Ready to accept connections");
        return await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
    }

    private static async Task<long> MisuseAsync(
        ChildProcess server, RespClient client, int port, int descriptors, Random random, TimeSpan length)
    {
        var started = Stopwatch.GetTimestamp();
        long lived = 0;
        var seed = random.Next();
        var clients = Enumerable.Range(0, Streams).Select(i => Task.Run(async () =>
        {
            var misbehaviour = new Misbehaviour(
                new IPEndPoint(IPAddress.Loopback, port), new Random(seed + i), descriptors / 2);
            while (Stopwatch.GetElapsedTime(started) < length)
            {
                await misbehaviour.LiveAsync();
                Interlocked.Increment(ref lived);
            }
        })).ToList();
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(400)))
        {
            while (Stopwatch.GetElapsedTime(started) < length && await timer.WaitForNextTickAsync())
            {
                if (random.Next(4) == 0)
                    server.LimitFiles(random.Next(2) == 0 ? 0 : random.Next(2_000_000));
                else
                    server.LimitFiles(null);
                if (random.Next(10) == 0)
                    server.HangUp();
                Assert.False(server.HasExited, server.Output);

                // Not PING: it tells of a disk that fails, as in Redis.
                Assert.Equal("here", (await client.CallAsync("ECHO", "here")).Text);
            }
        }

        server.LimitFiles(null);
        await Task.WhenAll(clients);
        return lived;
    }

    /// <summary>
    /// Waits until everybody is gone, what was to expire has expired, and the disk takes writes again.
    /// </summary>
    private static async Task SettleAsync(RespClient client)
    {
        await client.CallAsync("CLIENT", "UNPAUSE");
        await client.CallAsync("CONFIG", "SET", "maxmemory", "0", "maxmemory-clients", "0");
        await UntilAsync(client, async () => (await client.CallAsync("SET", "after", "v")).Text == "OK");
        await UntilAsync(
            client, async () => (await client.CallAsync("CLIENT", "LIST")).Text.Count(c => c == '\n') == 1);
        await UntilAsync(client, async () =>
            (await client.CallAsync("INFO", "keyspace")).Text is var text
            && text.Contains("expires=0", StringComparison.Ordinal));
        await UntilAsync(client, async () =>
            (await client.CallAsync("INFO", "persistence")).Text.Contains(
                "rdb_bgsave_in_progress:0", StringComparison.Ordinal));
        await client.CallAsync("MEMORY", "PURGE");
    }

    private static async Task UntilAsync(RespClient client, Func<Task<bool>> isTrue)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isTrue())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < 2 * RespClient.SafetyNet, "It did not come true.");
            await client.CallAsync("DEBUG", "SLEEP", "0.02");
        }
    }

    /// <summary>What is used is accounted for: data, tables, and next to nothing for clients that are gone.</summary>
    private static async Task<string> MemoryAsync(RespClient client)
    {
        var info = (await client.CallAsync("INFO", "memory")).Text.Split("\r\n")
            .Select(line => line.Split(':')).Where(parts => parts.Length == 2).ToDictionary(
                parts => parts[0], parts => parts[1]);
        var used = long.Parse(info["used_memory"]);
        var clients = long.Parse(info["mem_clients_normal"]);
        Assert.InRange(clients, 0, 100_000);
        Assert.Equal(used, long.Parse(info["used_memory_dataset"]) + long.Parse(info["used_memory_overhead"]));
        return $"{used} bytes used, {clients} of clients";
    }

    private static long ResidentMegabytes(ChildProcess server)
    {
        var line = File.ReadLines($"/proc/{server.Id}/status").First(
            line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
    }

    private static IEnumerable<string> Complaints(ChildProcess server) =>
        server.Output.Split('\n').Where(line => line.Contains(" # ", StringComparison.Ordinal)
            && !Expected.Any(text => line.Contains(text, StringComparison.Ordinal)));
}
