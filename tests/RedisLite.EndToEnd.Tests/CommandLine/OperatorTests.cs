using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Server;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>
/// The executable among what an operator has around it: shells, service managers, log rotation, limits.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class OperatorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task SIGHUP_ends_nothing_and_a_renamed_log_file_is_made_again()
    {
        SkipOnWindows();
        var log = Path.Combine(_folder.Path, "server.log");
        await using var server = ServerProgram.Start(
            _folder, "--port", "random", "--bind", "127.0.0.1", "--appendonly", "no", "--logfile", "server.log",
            "--dir", _folder.Path, "--loglevel", "verbose");
        var port = await WaitForPortAsync(server, log);
        File.Move(log, log + ".1");
        server.HangUp();
        await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal("PONG", (await client.CallAsync("PING")).Text);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Contains("Received SIGTERM", await File.ReadAllTextAsync(log), StringComparison.Ordinal);
        Assert.DoesNotContain("Received SIGTERM", await File.ReadAllTextAsync(log + ".1"), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(">&-")]
    [InlineData("<&- >&- 2>&-")]
    [InlineData(">/dev/full")]
    public async Task It_starts_serves_and_stops_whatever_standard_output_is(string redirections)
    {
        SkipOnWindows();
        var port = FreePort.Next();
        await using var server = StartByShell(
            $"exec \"$@\" {redirections}", "--port", $"{port}", "--appendonly", "yes", "--appendfsync", "always",
            "--dir", _folder.Path);
        await using var client = await ConnectAsync(port);
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync());
        var increment = await File.ReadAllTextAsync(
            Path.Combine(_folder.Path, "appendonlydir", "appendonly.aof.1.incr.aof"));
        Assert.EndsWith("$1\r\nv\r\n", increment, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_signal_that_the_parent_left_ignored_ends_it_all_the_same()
    {
        SkipOnWindows();
        var port = FreePort.Next();
        await using var server = StartByShell("trap '' INT; exec \"$@\"", "--port", $"{port}", "--appendonly", "no");
        await using (await ConnectAsync(port))
            server.Interrupt();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [SkippableTheory]
    [InlineData(256, 15)]
    [InlineData(1024, 750)]
    public async Task With_few_descriptors_there_are_fewer_clients_and_one_too_many_is_told_so(
        int descriptors, int atLeast)
    {
        SkipOnWindows();
        var port = FreePort.Next();
        await using var server = StartByShell(
            $"ulimit -n {descriptors}; exec \"$@\"", "--port", $"{port}", "--appendonly", "yes", "--save", "3600 1",
            "--dir", _folder.Path);
        await server.WaitForLineAsync("Ready to accept connections");
        var line = Regex.Match(
            server.Output,
            @"maxclients is (\d+) instead of 10000: the process may have (\d+) descriptors, and needs \d+ itself");
        Assert.Equal($"{descriptors}", line.Groups[2].Value);
        var most = int.Parse(line.Groups[1].Value);
        Assert.True(most >= atLeast, line.Value);
        var clients = new List<RespClient>();
        for (var i = 0; i < most; i++)
        {
            clients.Add(await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)));
            Assert.Equal("PONG", (await clients[i].CallAsync("PING")).Text);
        }

        // All that come on top of them at once are refused, while files are written.
        var crowd = await Task.WhenAll(
            Enumerable.Range(0, 500).Select(_ => RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port))));
        await clients[0].CallAsync("SET", "k", "v");
        Assert.StartsWith("Background", (await clients[0].CallAsync("BGSAVE")).Text, StringComparison.Ordinal);
        Assert.StartsWith("Background", (await clients[0].CallAsync("BGREWRITEAOF")).Text, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(crowd.Select(IsRefusedAsync)), Assert.True);
        Assert.Equal("PONG", (await clients[^1].CallAsync("PING")).Text);
        Assert.Contains(
            $"The operating system is not able to handle the specified number of clients, try with {most}",
            (await clients[0].CallAsync("CONFIG", "SET", "maxclients", "10000")).Text,
            StringComparison.Ordinal);
        foreach (var client in clients.Concat(crowd))
            await client.DisposeAsync();
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Theory]
    [InlineData(1024, 150, 874)]
    [InlineData(100, 150, 1)]
    [InlineData(ulong.MaxValue, 150, int.MaxValue)]
    public void Clients_get_what_the_server_leaves(ulong limit, int own, int most) =>
        Assert.Equal(most, DescriptorLimit.MostClients(limit, own));

    [SkippableTheory]
    [InlineData("systemd")]
    [InlineData("auto")]
    public async Task The_service_manager_is_told_when_it_is_ready_and_when_it_stops(string supervised)
    {
        SkipOnWindows();
        var path = Path.Combine(_folder.Path, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        var port = FreePort.Next();
        await using var server = StartByShell(
            $"export NOTIFY_SOCKET={path}; exec \"$@\"", "--port", $"{port}", "--appendonly", "no", "--supervised",
            supervised, "--pidfile", "server.pid", "--dir", _folder.Path);
        Assert.Equal("STATUS=Loading the data\n", await ReceiveAsync(manager));
        Assert.Equal("STATUS=Ready to accept connections\nREADY=1\n", await ReceiveAsync(manager));
        var pidFile = Path.Combine(_folder.Path, "server.pid");
        Assert.Equal($"{server.Id}\n", await File.ReadAllTextAsync(pidFile));
        server.Terminate();
        Assert.Equal("STATUS=Saving and closing connections\nSTOPPING=1\n", await ReceiveAsync(manager));
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.False(File.Exists(pidFile));
    }

    [SkippableFact]
    public async Task SIGTERM_is_refused_while_it_cannot_save_and_a_second_one_ends_it_with_exit_code_1()
    {
        SkipOnWindows();
        var directory = Directory.CreateDirectory(Path.Combine(_folder.Path, "data")).FullName;
        await using var server = ServerProgram.Start(
            _folder, "--port", "random", "--bind", "127.0.0.1", "--appendonly", "no", "--save", "3600 1",
            "--dir", directory);
        var port = await ServerProgram.WaitForPortAsync(server);
        await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await client.CallAsync("SET", "k", "v");

        // A directory in the place of the file: no snapshot can take its name, whoever the tests run as.
        Directory.CreateDirectory(Path.Combine(directory, "dump.rdb"));
        server.Terminate();
        await server.WaitForLineAsync("The server goes on, since its data would be lost");
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);
        server.Terminate();
        Assert.Equal(1, await server.WaitForExitAsync());
    }

    public void Dispose() => _folder.Dispose();

    private static void SkipOnWindows() => Skip.If(OperatingSystem.IsWindows(), "for systems with signals and a shell");

    private ChildProcess StartByShell(string script, params string[] arguments) =>
        ChildProcess.Start("/bin/sh", ["-c", script, "sh", .. ServerProgram.CommandLine, .. arguments], _folder.Path);

    /// <summary>Connects to a server whose output nobody can read, once it is there.</summary>
    private static async Task<RespClient> ConnectAsync(int port)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
                if ((await client.CallAsync("PING")).Text == "PONG")
                    return client;
                await client.DisposeAsync();
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < RespClient.SafetyNet)
            {
                await Task.Yield();
            }
        }
    }

    private static async Task<bool> IsRefusedAsync(RespClient client)
    {
        try
        {
            var reply = await client.CallAsync("PING");
            return reply.Text == "ERR max number of clients reached";
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task<string> ReceiveAsync(Socket manager)
    {
        var buffer = new byte[256];
        using var timeout = new CancellationTokenSource(RespClient.SafetyNet);
        return Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer, timeout.Token));
    }

    private static async Task<int> WaitForPortAsync(ChildProcess server, string log)
    {
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(log)!) { EnableRaisingEvents = true };
        while (true)
        {
            var text = File.Exists(log) ? await File.ReadAllTextAsync(log) : "";
            if (text.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                var line = text.Split('\n').First(
                    line => line.Contains("Listening on 127.0.0.1:", StringComparison.Ordinal));
                return int.Parse(line[(line.LastIndexOf(':') + 1)..]);
            }

            Assert.False(server.HasExited, server.Output);
            watcher.WaitForChanged(WatcherChangeTypes.All, timeout: 100);
        }
    }
}
