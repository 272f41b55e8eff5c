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
        await using var writer = await server.ConnectAsync();
        Assert.Equal("0", await InfoAsync(client, "aof_queue_full_count"));

        using var disk = Device.Block("write appendonly.aof.1.incr.aof");
        var value = new string('x', 8 * 1024);
        var replies = 0;
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                Assert.Equal("OK", (await writer.CallAsync("SET", $"k{i}", value)).Text);
                Interlocked.Increment(ref replies);
            }
        });
        await disk.Arrived;
        await WaitForInfoAsync(client, "aof_queue_full", "1");
        Assert.Equal($"{QueueLimit}", await InfoAsync(client, "aof_queue_limit"));

        // The one write that crosses the limit is let in: a writer waits before it starts, never in the middle.
        var waiting = long.Parse(await InfoAsync(client, "aof_buffer_length"));
        Assert.InRange(waiting, QueueLimit + 1, QueueLimit + (2 * value.Length));
        Assert.InRange(Volatile.Read(ref replies), QueueLimit / value.Length / 2, 99);
        Assert.Equal(value, (await client.CallAsync("GET", "k0")).Text);
        Assert.False(writing.IsCompleted);

        disk.Open();
        await writing;
        Assert.Equal("0", await InfoAsync(client, "aof_queue_full"));
        Assert.NotEqual("0", await InfoAsync(client, "aof_queue_full_count"));
        var digest = await DigestAsync(client);
        await server.Server.StopAsync();
        Assert.Equal(digest, await DigestAfterRestartAsync());
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
