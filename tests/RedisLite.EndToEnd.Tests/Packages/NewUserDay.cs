using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Packages;

/// <summary>
/// What somebody does on the first day, by the README and docs/OPERATIONS.md, in a folder with nothing else: start,
/// connect, look, secure, back up, restart, restore, upgrade.
/// </summary>
/// <param name="program">The installed tool.</param>
/// <param name="folder">An empty folder.</param>
internal sealed class NewUserDay(string program, string folder)
{
    private const string Password = "a-long-password";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _cli = ExternalProgram.Require("redis-cli");

    public async Task RunAsync()
    {
        var port = FreePort.Next();
        await File.WriteAllTextAsync(
            Path.Combine(folder, "redis.conf"), $"port {port}\nbind 127.0.0.1\ndir {folder}/data\nappendonly yes\n");
        await using (var server = Start("redis.conf"))
        {
            await LookAsync(server, port);
            await SecureAsync(port);
            await BackUpAsync(port);
            server.Terminate();
            Assert.Equal(0, await server.WaitForExitAsync());
        }

        await using var again = Start("redis.conf");
        await again.WaitForLineAsync("Ready to accept connections");
        Assert.StartsWith("NOAUTH", await AskAsync(port, "GET", "cart:1"), StringComparison.Ordinal);
        Assert.Equal("apples", await AskAsOwnerAsync(port, "GET", "cart:1"));
        await RestoreAsync();
        await UpgradeAsync(again, port);
    }

    private async Task LookAsync(ChildProcess server, int port)
    {
        await server.WaitForLineAsync("Ready to accept connections");
        await using var terminal = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await terminal.SendRawAsync("PING\r\nEXIT\r\n");
        Assert.Equal("PONG\n", (await terminal.ReadToEndAsync()).Replace("\r", "", StringComparison.Ordinal));
        Assert.Equal("OK", await AskAsync(port, "SET", "cart:1", "apples"));
        Assert.Contains("redis_version:7.0.15", await AskAsync(port, "INFO", "server"), StringComparison.Ordinal);
        Assert.Equal("cart:1", await AskAsync(port, "--scan", "--pattern", "cart:*"));
    }

    private async Task SecureAsync(int port)
    {
        Assert.Equal("OK", await AskAsync(
            port, "ACL", "SETUSER", "shop", "on", ">shop-password", "~cart:*", "+@read", "+@write", "-@dangerous"));
        Assert.Equal("OK", await AskAsync(port, "CONFIG", "SET", "requirepass", Password));
        Assert.StartsWith("NOAUTH", await AskAsync(port, "GET", "cart:1"), StringComparison.Ordinal);
        string[] shop = ["--user", "shop", "--pass", "shop-password", "--no-auth-warning"];
        Assert.Equal("apples", await AskAsync(port, [.. shop, "GET", "cart:1"]));
        Assert.StartsWith("NOPERM", await AskAsync(port, [.. shop, "GET", "other"]), StringComparison.Ordinal);
        Assert.StartsWith("NOPERM", await AskAsync(port, [.. shop, "FLUSHALL"]), StringComparison.Ordinal);
        Assert.Equal("OK", await AskAsOwnerAsync(port, "CONFIG", "REWRITE"));
        var file = await File.ReadAllTextAsync(Path.Combine(folder, "redis.conf"));
        Assert.Contains("user shop on #", file, StringComparison.Ordinal);
        Assert.DoesNotContain("shop-password", file, StringComparison.Ordinal);
    }

    private async Task BackUpAsync(int port)
    {
        await AskAsOwnerAsync(port, "BGSAVE");
        await UntilAsync(async () => (await AskAsOwnerAsync(port, "INFO", "persistence"))
            .Contains("rdb_bgsave_in_progress:0", StringComparison.Ordinal));
        Directory.CreateDirectory(Path.Combine(folder, "backup"));
        File.Copy(Path.Combine(folder, "data", "dump.rdb"), Path.Combine(folder, "backup", "dump.rdb"));
        await AskAsOwnerAsync(port, "--rdb", Path.Combine(folder, "from-afar.rdb"));
        Assert.StartsWith("REDIS", await File.ReadAllTextAsync(Path.Combine(folder, "from-afar.rdb")),
            StringComparison.Ordinal);
    }

    private async Task RestoreAsync()
    {
        var port = FreePort.Next();
        await using var restored = Start(
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", Path.Combine(folder, "backup"), "--appendonly", "no");
        await restored.WaitForLineAsync("Ready to accept connections");
        Assert.Equal("apples", await AskAsync(port, "GET", "cart:1"));
    }

    private async Task UpgradeAsync(ChildProcess old, int oldPort)
    {
        var port = FreePort.Next();
        await using var upgraded = Start(
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", Path.Combine(folder, "new"),
            "--replicaof", "127.0.0.1", $"{oldPort}", "--masterauth", Password, "--requirepass", Password);
        await upgraded.WaitForLineAsync("Ready to accept connections");
        await UntilAsync(async () => (await AskAsOwnerAsync(port, "INFO", "replication"))
            .Contains("master_link_status:up", StringComparison.Ordinal));
        await AskAsOwnerAsync(oldPort, "CONFIG", "SET", "masterauth", Password);
        Assert.Equal("OK", await AskAsOwnerAsync(oldPort, "FAILOVER"));
        await UntilAsync(async () => (await AskAsOwnerAsync(port, "ROLE"))
            .StartsWith("master", StringComparison.Ordinal));
        Assert.Equal("OK", await AskAsOwnerAsync(port, "SET", "cart:2", "pears"));
        Assert.Equal("apples", await AskAsOwnerAsync(port, "GET", "cart:1"));
        old.Terminate();
        Assert.Equal(0, await old.WaitForExitAsync());
        Assert.Equal("pears", await AskAsOwnerAsync(port, "GET", "cart:2"));
    }

    private ChildProcess Start(params string[] arguments) => ChildProcess.Start(program, arguments, folder);

    private Task<string> AskAsOwnerAsync(int port, params string[] words) =>
        AskAsync(port, ["--pass", Password, "--no-auth-warning", .. words]);

    private async Task<string> AskAsync(int port, params string[] words) =>
        (await ChildProcess.RunAsync(_cli, ["-p", $"{port}", .. words])).Output.Trim();

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await holds())
            await Task.Delay(50, patience.Token);
    }
}
