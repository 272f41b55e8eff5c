using RedisLite.Commands.Server;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>
/// A disk that takes its time: readers do not notice, writers are slowed down before memory fills up, and INFO says so.
/// </summary>
public sealed class SlowDiskTests : FilesTest
{
    private const int QueueLimit = 64 * 1024;

    [Fact]
    public async Task Writers_wait_when_the_queue_is_full_and_readers_go_on()
    {
        await using var server = await StartAsync(
            persistence => persistence with { AppendFsync = AppendFsync.No, AofQueueLimit = QueueLimit });
        await using var client = await server.ConnectAsync();
        Assert.Equal("0", await InfoAsync(client, "aof_queue_full_count"));

        // Each waits for the write that holds its command, so that it takes several to fill the queue.
        using var disk = Device.Block("write appendonly.aof.1.incr.aof");
        var value = new string('x', 8 * 1024);
        var writers = new List<RespClient>();
        var replies = new List<Task<RespValue>>();
        for (var i = 0; i < 40; i++)
        {
            writers.Add(await server.ConnectAsync());
            replies.Add(writers[i].CallAsync("SET", $"k{i}", value));
        }

        await disk.Arrived;
        await WaitForInfoAsync(client, "aof_queue_full", "1");
        Assert.Equal($"{QueueLimit}", await InfoAsync(client, "aof_queue_limit"));

        // Those executed before it was full are over it: a writer waits before it starts, never in the middle.
        var waiting = long.Parse(await InfoAsync(client, "aof_buffer_length"));
        Assert.True(waiting > QueueLimit);
        Assert.All(replies, reply => Assert.False(reply.IsCompleted));
        Assert.Equal(value, (await client.CallAsync("GET", "k0")).Text);

        disk.Open();
        Assert.All(await Task.WhenAll(replies), reply => Assert.Equal("OK", reply.Text));
        Assert.Equal("0", await InfoAsync(client, "aof_queue_full"));
        Assert.NotEqual("0", await InfoAsync(client, "aof_queue_full_count"));
        foreach (var writer in writers)
            await writer.DisposeAsync();
        var digest = await DigestAsync(client);
        await server.Server.StopAsync();
        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    [Theory]
    [InlineData(AppendFsync.EverySec)]
    [InlineData(AppendFsync.No)]
    public async Task Nothing_is_acknowledged_before_it_is_written(AppendFsync policy)
    {
        await using var server = await StartAsync(persistence => persistence with { AppendFsync = policy });
        await using var client = await server.ConnectAsync();
        await using var writer = await server.ConnectAsync();
        using var disk = Device.Block("write appendonly.aof.1.incr.aof");
        var write = writer.CallAsync("SET", "k", "v");
        await disk.Arrived;

        // Its effect can be seen, as in Redis, and its client waits; so does one who comes later, and readers do not.
        var later = client.CallAsync("INCR", "n");
        await using var reader = await server.ConnectAsync();
        Assert.Equal("v", (await reader.CallAsync("GET", "k")).Text);
        await UntilAsync(reader, async () => (await reader.CallAsync("GET", "n")).Text == "1");
        Assert.False(write.IsCompleted);
        Assert.False(later.IsCompleted);
        disk.Open();
        Assert.Equal("OK", (await write).Text);
        Assert.Equal(1, (await later).Integer);
        Assert.Contains(
            "INCR", await File.ReadAllTextAsync(Path.Combine(AppendDirectory, "appendonly.aof.1.incr.aof")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_an_fsync_of_everysec_runs_writes_go_on()
    {
        await using var server = await StartAsync(
            persistence => persistence with { AppendFsync = AppendFsync.EverySec });
        await using var client = await server.ConnectAsync();
        using var disk = Device.Block("fsync appendonly.aof.1.incr.aof");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
        await disk.Arrived;
        for (var i = 0; i < 10; i++)
            Assert.Equal("OK", (await client.CallAsync("SET", $"k{i}", "v")).Text);
        Assert.Equal("1", await InfoAsync(client, "aof_pending_bio_fsync"));
        Assert.Equal("0", await InfoAsync(client, "aof_buffer_length"));

        // What needs the file for itself comes after it.
        var rewrite = await client.CallAsync("BGREWRITEAOF");
        Assert.False(rewrite.IsError);
        disk.Open();
        await WaitForInfoAsync(client, "aof_rewrites", "1");
        Assert.Equal("ok", await InfoAsync(client, "aof_last_bgrewrite_status"));
    }

    [Fact]
    public async Task With_everysec_writers_wait_before_something_is_two_seconds_old_and_not_on_the_disk()
    {
        await using var server = await StartAsync(
            persistence => persistence with { AppendFsync = AppendFsync.EverySec });
        await using var client = await server.ConnectAsync();
        await using var writer = await server.ConnectAsync();
        using var disk = Device.Block("fsync appendonly.aof.1.incr.aof");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
        await disk.Arrived;
        await WaitForInfoAsync(client, "aof_queue_full", "1");
        var write = writer.CallAsync("SET", "other", "v");
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);
        Assert.True((await client.CallAsync("GET", "other")).IsNull);
        Assert.False(write.IsCompleted);

        disk.Open();
        Assert.Equal("OK", (await write).Text);
        await WaitForInfoAsync(client, "aof_queue_full", "0");
        Assert.Equal("1", await InfoAsync(client, "aof_queue_full_count"));
    }

    [Fact]
    public async Task One_fsync_serves_all_that_have_waited_for_the_disk()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        using var disk = Device.Block("fsync appendonly.aof.1.incr.aof");
        var clients = new List<RespClient>();
        var writes = new List<Task<RespValue>>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await server.ConnectAsync());
            writes.Add(clients[i].CallAsync("SET", $"k{i}", "v"));
        }

        await disk.Arrived;
        Assert.Equal("1", await InfoAsync(client, "aof_pending_bio_fsync"));
        await UntilAsync(client, async () => (await client.CallAsync("DBSIZE")).Integer == 10);
        Assert.All(writes, write => Assert.False(write.IsCompleted));

        disk.Open();
        Assert.All(await Task.WhenAll(writes), reply => Assert.Equal("OK", reply.Text));
        foreach (var one in clients)
            await one.DisposeAsync();
    }

    [Fact]
    public async Task Waitaof_waits_for_the_fsync_and_counts_it()
    {
        await using var server = await StartAsync(persistence => persistence with { AppendFsync = AppendFsync.No });
        await using var client = await server.ConnectAsync();
        using var disk = Device.Block("fsync appendonly.aof.1.incr.aof");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
        Assert.Equal([0, 0], (await client.CallAsync("WAITAOF", "1", "0", "50")).Items.Select(item => item.Integer));

        var waiting = client.CallAsync("WAITAOF", "1", "0", "0");
        await disk.Arrived;
        Assert.False(waiting.IsCompleted);
        disk.Open();
        Assert.Equal([1, 0], (await waiting).Items.Select(item => item.Integer));
    }
}
