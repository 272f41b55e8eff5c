using System.Diagnostics;
using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>The end of the real process by a signal, with clients connected.</summary>
[Collection(AloneCollection.Name)]
public sealed class ProcessEndTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [SkippableFact]
    public async Task SIGTERM_ends_a_server_with_a_thousand_clients_with_exit_code_0()
    {
        SkipWhereThereAreNoSignals();
        await using var process = ServerProgram.Start("--port", "random", "--appendonly", "no");
        var endPoint = new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(process));
        var clients = new RespClient[1000];
        for (var i = 0; i < clients.Length; i++)
        {
            clients[i] = await RespClient.ConnectAsync(endPoint);
            await clients[i].CallAsync("SET", $"k{i}", "v");
        }

        var ends = Task.WhenAll(clients.Select(client => client.ReadToEndAsync()));
        var started = Stopwatch.GetTimestamp();
        process.Terminate();
        var exitCode = await process.WaitForExitAsync();
        var took = Stopwatch.GetElapsedTime(started);
        Assert.Equal(0, exitCode);
        Assert.All(await ends, rest => Assert.Equal("", rest));

        // Told, not asserted: the promise of two seconds is for a machine that has time for it.
        output.WriteLine($"The server took {took.TotalMilliseconds:F0} ms to end.");
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    [SkippableTheory]
    [InlineData(null)]
    [InlineData("NOSAVE")]
    [InlineData("SAVE")]
    public async Task A_server_that_still_loads_ends_with_exit_code_0_and_its_files_as_they_were(string? shutdown)
    {
        SkipWhereThereAreNoSignals();
        using var folder = new TemporaryFolder();
        var directory = Directory.CreateDirectory(Path.Combine(folder.Path, "appendonlydir")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(directory, "appendonly.aof.manifest"), "file appendonly.aof.1.incr.aof seq 1 type i\n");
        var aof = Path.Combine(directory, "appendonly.aof.1.incr.aof");
        await using (var file = File.Create(aof))
        {
            await file.WriteAsync(RespClient.Encode("SELECT", "0"));
            for (var i = 0; i < 400_000; i++)
                await file.WriteAsync(RespClient.Encode("SET", $"k{i}", "v"));
        }

        var length = new FileInfo(aof).Length;
        await using var process = ServerProgram.Start(
            folder, "--port", "random", "--appendonly", "yes", "--save", "3600 1", "--dir", ".");
        var line = await process.WaitForLineAsync("Listening on 127.0.0.1:");
        await process.WaitForLineAsync("Loading appendonly.aof.1.incr.aof");
        if (shutdown is null)
        {
            process.Terminate();
        }
        else
        {
            var port = int.Parse(line[(line.LastIndexOf(':') + 1)..]);
            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await client.SendAsync("SHUTDOWN", shutdown);
            Assert.Equal("", await client.ReadToEndAsync());
        }

        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.DoesNotContain("xception", process.Output, StringComparison.Ordinal);
        Assert.Equal(length, new FileInfo(aof).Length);
    }

    [SkippableFact]
    public async Task A_client_in_mid_pipeline_gets_whole_replies_up_to_the_end_when_SIGTERM_comes()
    {
        SkipWhereThereAreNoSignals();
        await using var process = ServerProgram.Start("--port", "random", "--appendonly", "no");
        await using var client = await RespClient.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(process)));
        var requests = Enumerable.Repeat(RespClient.Encode("INCR", "n"), 200_000).SelectMany(bytes => bytes).ToArray();
        var sending = SendUntilClosedAsync(client, requests);
        var replies = 0;
        while (replies < 1000)
            Assert.Equal(++replies, (await client.ReadReplyAsync()).Integer);

        process.Terminate();
        var rest = await client.ReadToEndAsync();
        Assert.Equal(0, await process.WaitForExitAsync());
        await sending;
        Assert.True(rest.Length == 0 || rest.EndsWith("\r\n", StringComparison.Ordinal));
        var lines = rest.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(1001, lines.Length).Select(i => $":{i}"), lines);
    }

    private static async Task SendUntilClosedAsync(RespClient client, byte[] requests)
    {
        try
        {
            await client.SendRawAsync(requests);
        }
        catch (IOException)
        {
            // The server has stopped reading, as it should.
        }
    }

    private static void SkipWhereThereAreNoSignals() => Skip.If(OperatingSystem.IsWindows(), "Windows has no signals");
}
