using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.CommandLine;

/// <summary>A data directory has one server.</summary>
public sealed class DataDirectoryLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] CommandLine => ["--port", "random", "--bind", "127.0.0.1", "--dir", _folder.Path];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_second_server_on_a_data_directory_does_not_start_and_says_why()
    {
        await using var first = ServerProgram.Start(_folder, CommandLine);
        var port = await ServerProgram.WaitForPortAsync(first);

        var (exitCode, _, error) = await ServerProgram.RunAsync(CommandLine);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            $"redislite-server: Another server uses the data directory {_folder.Path}: redislite.lock in it is "
                + "locked. Each server needs a directory of its own (--dir)\n",
            error);

        await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
    }

    [Fact]
    public async Task A_server_that_was_killed_leaves_no_lock()
    {
        await using (var first = ServerProgram.Start(_folder, CommandLine))
            await ServerProgram.WaitForPortAsync(first);
        await using var second = ServerProgram.Start(_folder, CommandLine);
        await ServerProgram.WaitForPortAsync(second);
    }

    [Fact]
    public async Task Two_servers_in_one_process_are_kept_apart_as_well()
    {
        var settings = ServerUnderTest.Settings();
        settings =
            settings with { Persistence = settings.Persistence with { AppendOnly = true, Directory = _folder.Path } };
        await using (await ServerUnderTest.StartAsync(settings))
            await Assert.ThrowsAsync<ServerStartException>(() => ServerUnderTest.StartAsync(settings));
        await using var again = await ServerUnderTest.StartAsync(settings);
    }

    [Fact]
    public async Task Servers_without_files_may_share_a_directory()
    {
        var settings = ServerUnderTest.Settings();
        settings = settings with { Persistence = settings.Persistence with { Directory = _folder.Path } };
        await using var one = await ServerUnderTest.StartAsync(settings);
        await using var other = await ServerUnderTest.StartAsync(settings);
        Assert.Empty(System.IO.Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [SkippableFact]
    public async Task Redis_server_loads_a_directory_that_holds_a_lock()
    {
        await using (var server = ServerProgram.Start(_folder, CommandLine))
        {
            var port = await ServerProgram.WaitForPortAsync(server);
            await using var client = await RespClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await client.CallAsync("SET", "k", "v");
            server.Terminate();
            await server.WaitForExitAsync();
        }

        await using var redis = await RedisOracle.StartAsync("--dir", _folder.Path, "--appendonly", "yes");
        await using var reader = await RespClient.ConnectAsync(redis.EndPoint);
        Assert.Equal("v", (await reader.CallAsync("GET", "k")).Text);
    }
}
