using System.Net;
using System.Text.Json;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Audit;

/// <summary>The audit trail of whole servers: what is in the file, also when that cannot be written.</summary>
[Collection(AloneCollection.Name)]
public sealed class AuditTrailTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "audit.jsonl");

    [Fact]
    public async Task An_embedded_server_records_from_its_start_to_its_end()
    {
        await using (var server = await ServerUnderTest.StartAsync(Settings()))
        {
            await using var client = await server.ConnectAsync();
            await client.CallAsync("ACL", "SETUSER", "ada", "on", ">engine", "~*", "+@all", "-flushall");
            await client.CallAsync("AUTH", "ada", "wrong");
            await client.CallAsync("AUTH", "ada", "engine");
            await client.CallAsync("SET", "k", "a value");
            await client.CallAsync("GET", "k");
            await client.CallAsync("FLUSHALL");
            await server.StopAndCheckAsync();
        }

        Assert.Equal(["start", "admin", "login", "login", "write", "denied", "stop"], Records().Select(Event));
        Assert.DoesNotContain("engine", await System.IO.File.ReadAllTextAsync(File), StringComparison.Ordinal);
        Assert.DoesNotContain("a value", await System.IO.File.ReadAllTextAsync(File), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_can_switch_it_off_and_what_a_client_sees_of_it_is_where_it_is()
    {
        await using var server = await ServerUnderTest.StartAsync(Settings());
        await using var client = await server.ConnectAsync();
        foreach (var name in (string[])["audit-file", "audit-events", "audit-on-failure", "audit-max-file-size"])
            Assert.Contains("can't set immutable config", (await client.CallAsync("CONFIG", "SET", name, "")).Text,
                StringComparison.Ordinal);
        var events = await client.CallAsync("CONFIG", "GET", "audit-events");
        Assert.Equal("login denied admin write", events.Items[1].Text);
        Assert.Empty((await client.CallAsync("CONFIG", "GET", "audit*")).Items);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Every_write_of_many_clients_is_in_it()
    {
        await using (var server = await ServerUnderTest.StartAsync(Settings()))
        {
            var clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.ConnectAsync()));
            await Task.WhenAll(clients.Select(async (client, n) =>
            {
                for (var i = 0; i < 500; i++)
                    await client.SendAsync("SET", $"{n}:{i}", "v");
                for (var i = 0; i < 500; i++)
                    await client.ReadReplyAsync();
            }));
            foreach (var client in clients)
                await client.DisposeAsync();
            await server.StopAndCheckAsync();
        }

        var keys = Records().Where(record => Event(record) == "write")
            .Select(record => record.GetProperty("keys")[0].GetString()).ToList();
        Assert.Equal(4000, keys.Count);
        Assert.Equal(4000, keys.Distinct().Count());
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_stops_the_start()
    {
        var settings = Settings();
        Directory.CreateDirectory(File);
        var e = await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(settings));
        Assert.StartsWith("audit-file: 'audit.jsonl' cannot be opened: ", e.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_file_that_was_moved_away_is_made_again_at_SIGHUP()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals");
        await using var server = await StartAsync("drop");
        await using var client = await ConnectAsync(server);
        await client.CallAsync("SET", "before", "v");
        await WaitForRecordsAsync("before");
        System.IO.File.Move(File, File + ".old");
        server.HangUp();
        while (!Path.Exists(File))
            await client.CallAsync("SET", "after", "v");
        await WaitForRecordsAsync("after");
        Assert.DoesNotContain("\"before\"", await System.IO.File.ReadAllTextAsync(File), StringComparison.Ordinal);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Equal("stop", Event(Records()[^1]));
    }

    [SkippableFact]
    public async Task On_a_full_disk_records_are_dropped_and_counted()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "limits of files");
        await using var server = await StartAsync("drop");
        await using var client = await ConnectAsync(server);
        await client.CallAsync("SET", "before", "v");
        await WaitForRecordsAsync("before");
        server.LimitFiles(new FileInfo(File).Length + 10);
        var filler = new string('k', 100);
        for (var i = 0; i < 2000; i++)
            Assert.Equal("OK", (await client.CallAsync("SET", $"{i}{filler}", "v")).Text);
        await server.WaitForLineAsync("The audit trail cannot be written to");

        server.LimitFiles(null);
        await server.WaitForLineAsync("The audit trail is written again; ");
        await client.CallAsync("SET", "last", "v");
        await WaitForRecordsAsync("last");
        var records = Records();
        var dropped = records.Where(record => Event(record) == "dropped")
            .Sum(record => record.GetProperty("count").GetInt64());
        Assert.InRange(dropped, 1, 1999);
        Assert.Equal(2002, dropped + records.Count(record => Event(record) == "write"));
    }

    [SkippableFact]
    public async Task On_a_full_disk_writes_are_refused_where_nothing_may_be_lost()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "limits of files");
        await using var server = await StartAsync("refuse");
        await using var client = await ConnectAsync(server);
        await client.CallAsync("SET", "before", "v");
        await WaitForRecordsAsync("before");
        server.LimitFiles(new FileInfo(File).Length + 10);
        var done = 0;
        var reply = (await client.CallAsync("SET", "k", "v")).Text;
        for (; reply == "OK"; done++)
            reply = (await client.CallAsync("SET", "k", "v")).Text;
        Assert.StartsWith("MISCONF The audit trail cannot be written", reply, StringComparison.Ordinal);
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);
        Assert.StartsWith("MISCONF", (await client.CallAsync("PING")).Text, StringComparison.Ordinal);

        server.LimitFiles(null);
        await server.WaitForLineAsync("The audit trail is written again; 0 records");
        Assert.Equal("OK", (await client.CallAsync("SET", "last", "v")).Text);
        await WaitForRecordsAsync("last");
        Assert.Equal(done + 2, Records().Count(record => Event(record) == "write"));
        Assert.DoesNotContain(Records(), record => Event(record) == "dropped");
    }

    public void Dispose() => _folder.Dispose();

    private static string? Event(JsonElement record) => record.GetProperty("event").GetString();

    private RedisLiteSettings Settings()
    {
        var settings = ServerUnderTest.Settings();
        return settings with
        {
            Audit = settings.Audit with { File = "audit.jsonl" },
            Persistence = settings.Persistence with { Directory = _folder.Path },
        };
    }

    private async Task<ChildProcess> StartAsync(string policy)
    {
        // A file that may not grow is to be an error, and not a signal; nor must the runtime need files of its own.
        var server = ChildProcess.Start(
            "/bin/sh",
            [
                "-c", "trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; exec \"$@\"", "sh",
                .. ServerProgram.CommandLine, "--port", "random", "--bind", "127.0.0.1", "--appendonly", "no",
                "--dir", _folder.Path, "--audit-file", "audit.jsonl", "--audit-on-failure", policy,
                "--audit-queue-limit", "64kb",
            ],
            _folder.Path);
        await server.WaitForLineAsync("Ready to accept connections");
        return server;
    }

    private static async Task<RespClient> ConnectAsync(ChildProcess server) => await RespClient.ConnectAsync(
        new IPEndPoint(IPAddress.Loopback, await ServerProgram.WaitForPortAsync(server)));

    private async Task WaitForRecordsAsync(string key)
    {
        using var patience = new CancellationTokenSource(RespClient.SafetyNet);
        while (!Path.Exists(File)
            || !(await System.IO.File.ReadAllTextAsync(File)).Contains($"\"{key}\"", StringComparison.Ordinal))
            await Task.Delay(20, patience.Token);
    }

    private List<JsonElement> Records() =>
        [.. System.IO.File.ReadAllLines(File).Select(line => JsonDocument.Parse(line).RootElement)];
}
