using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>While files are loaded clients are told so, and INFO shows how far it is.</summary>
public sealed class LoadingTests : FilesTest
{
    [Fact]
    public async Task During_the_load_info_is_answered_and_data_is_not()
    {
        await using (var server = await StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await client.CallAsync("SET", "k", "v");
            await client.CallAsync("BGREWRITEAOF");
            await WaitForInfoAsync(client, "aof_rewrites", "1");
            await client.CallAsync("SET", "later", "v");
        }

        using var disk = Device.Block("read appendonly.aof.2.incr.aof");
        var settings = Settings();
        settings = settings with { Network = settings.Network with { Port = FreePort.Next() } };
        var starting = ServerUnderTest.StartAsync(settings, Device);
        await disk.Arrived;
        await using var early = await RespClient.ConnectAsync(
            new IPEndPoint(IPAddress.Loopback, settings.Network.Port));
        Assert.Equal("1", await InfoAsync(early, "loading"));
        Assert.NotEqual("0", await InfoAsync(early, "loading_total_bytes"));
        Assert.Equal("LOADING Redis is loading the dataset in memory", (await early.CallAsync("GET", "k")).Text);

        disk.Open();
        await using var loaded = await starting;
        Assert.Equal("v", (await early.CallAsync("GET", "later")).Text);
        Assert.Equal("0", await InfoAsync(early, "loading"));
        Assert.Equal("1", await InfoAsync(early, "rdb_last_load_keys_loaded"));
        Assert.Contains(loaded.Log.Lines, line =>
            line.Contains("DB loaded from disk: 1 keys and 2 commands", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_start_that_is_given_up_ends_after_its_loader_and_changes_no_file()
    {
        await using (var server = await StartAsync())
        {
            await using var client = await server.ConnectAsync();
            for (var i = 0; i < 1000; i++)
                await client.CallAsync("SET", $"k{i}", "v");
        }

        var before = File.ReadAllBytes(Path.Combine(AppendDirectory, "appendonly.aof.1.incr.aof"));
        using var disk = Device.Block("read appendonly.aof.1.incr.aof");
        using var cancel = new CancellationTokenSource();
        var starting = ServerUnderTest.StartAsync(Settings(), Device, cancel.Token);
        await disk.Arrived;
        await cancel.CancelAsync();
        Assert.False(starting.IsCompleted);

        disk.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(AppendDirectory, "appendonly.aof.1.incr.aof")));
        await using var again = await StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal(1000, (await reader.CallAsync("DBSIZE")).Integer);
    }
}
