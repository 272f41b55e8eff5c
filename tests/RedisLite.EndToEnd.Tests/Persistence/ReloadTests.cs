using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>DEBUG RELOAD and DEBUG LOADAOF, as tests of clients and of Redis itself use them.</summary>
public sealed class ReloadTests : FilesTest
{
    private const string LoadFailed = "ERR Error trying to load the RDB dump";

    private static PersistenceSettings WithoutLog(PersistenceSettings persistence) =>
        persistence with { AppendOnly = false };

    private static PersistenceSettings EverySecond(PersistenceSettings persistence) =>
        persistence with { AppendFsync = AppendFsync.EverySec };

    [Fact]
    public async Task Reload_saves_and_loads_the_same_data_back()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        await FillAsync(client);
        var digest = await DigestAsync(client);
        Assert.Equal("OK", (await client.CallAsync("DEBUG", "RELOAD")).Text);
        Assert.Equal(digest, await DigestAsync(client));
        Assert.Equal("0", await InfoAsync(client, "rdb_changes_since_last_save"));
        Assert.Equal("0", await InfoAsync(client, "loading"));
        Assert.Equal("4102444800", (await client.CallAsync("EXPIRETIME", "expires")).Text);
        Assert.Equal("7", (await client.CallAsync("FCALL", "seven", "0")).Text);
        Assert.Equal("OK", (await client.CallAsync("SET", "after", "v")).Text);
    }

    [Fact]
    public async Task Nosave_brings_back_what_was_saved_last()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        await FillAsync(client);
        var digest = await DigestAsync(client);
        await client.CallAsync("SAVE");
        await client.CallAsync("SET", "later", "v");
        await client.CallAsync("DEL", "list");
        Assert.Equal("OK", (await client.CallAsync("DEBUG", "RELOAD", "NOSAVE")).Text);
        Assert.Equal(digest, await DigestAsync(client));
    }

    [Fact]
    public async Task Noflush_and_merge_add_what_was_saved()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        await FillAsync(client);
        await client.CallAsync("SAVE");
        await client.CallAsync("SET", "string", "changed");
        await client.CallAsync("DEL", "list");
        await client.CallAsync("SET", "own", "v");

        // Without MERGE a key that is there ends it, and nothing has changed.
        var digest = await DigestAsync(client);
        Assert.Equal(LoadFailed, (await client.CallAsync("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH")).Text);
        Assert.Equal(digest, await DigestAsync(client));
        Assert.Equal("OK", (await client.CallAsync("DEBUG", "RELOAD", "nosave", "noflush", "merge")).Text);
        Assert.Equal("text", (await client.CallAsync("GET", "string")).Text);
        Assert.Equal(3, (await client.CallAsync("LLEN", "list")).Integer);
        Assert.Equal("v", (await client.CallAsync("GET", "own")).Text);
    }

    [Fact]
    public async Task A_file_that_is_damaged_or_missing_or_cannot_be_written_changes_nothing()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        await FillAsync(client);
        var digest = await DigestAsync(client);
        Assert.Equal(LoadFailed, (await client.CallAsync("DEBUG", "RELOAD", "NOSAVE")).Text);
        await client.CallAsync("SAVE");
        var path = Path.Combine(Folder, "dump.rdb");
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        Assert.Equal(LoadFailed, (await client.CallAsync("DEBUG", "RELOAD", "NOSAVE")).Text);
        Device.Fail("write temp-");
        Assert.Equal("ERR", (await client.CallAsync("DEBUG", "RELOAD")).Text);
        Device.Heal();
        Assert.Equal(digest, await DigestAsync(client));
        Assert.Equal("OK", (await client.CallAsync("SET", "after", "v")).Text);
        Assert.Equal(
            "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
            (await client.CallAsync("DEBUG", "RELOAD", "MERGE", "FLUSH")).Text);
    }

    [Fact]
    public async Task Others_are_told_LOADING_meanwhile_and_their_transactions_too()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await FillAsync(client);
        await client.CallAsync("SAVE");
        await other.CallAsync("MULTI");
        await other.CallAsync("SET", "string", "lost");
        using var disk = Device.Block("read dump.rdb");
        var reload = client.CallAsync("DEBUG", "RELOAD", "NOSAVE");
        await disk.Arrived;
        Assert.StartsWith(
            "EXECABORT Transaction discarded because of: LOADING", (await other.CallAsync("EXEC")).Text,
            StringComparison.Ordinal);
        Assert.StartsWith("LOADING", (await other.CallAsync("GET", "string")).Text, StringComparison.Ordinal);
        Assert.Equal("1", await InfoAsync(other, "loading"));
        Assert.False(reload.IsCompleted);
        disk.Open();
        Assert.Equal("OK", (await reload).Text);
        Assert.Equal("text", (await other.CallAsync("GET", "string")).Text);
    }

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_by_reloads_among_writers()
    {
        string digest;
        await using (var server = await StartAsync(EverySecond))
        {
            await using var client = await server.ConnectAsync();
            using var end = new CancellationTokenSource();
            var writers = Enumerable.Range(0, 4).Select(id => Task.Run(async () =>
            {
                await using var writer = await server.ConnectAsync();
                var acknowledged = 0;
                while (!end.IsCancellationRequested)
                {
                    var reply = await writer.CallAsync("INCR", $"counter:{id}");
                    if (!reply.IsError)
                        acknowledged++;
                    else
                        Assert.StartsWith("LOADING", reply.Text, StringComparison.Ordinal);
                }

                return acknowledged;
            })).ToArray();
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal("OK", (await client.CallAsync("DEBUG", "RELOAD")).Text);
                Assert.Equal("OK", (await client.CallAsync("DEBUG", "LOADAOF")).Text);
            }

            await end.CancelAsync();
            var counts = await Task.WhenAll(writers);
            for (var id = 0; id < counts.Length; id++)
                Assert.Equal($"{counts[id]}", (await client.CallAsync("GET", $"counter:{id}")).Text ?? "0");
            digest = await DigestAsync(client);
        }

        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    [Fact]
    public async Task Loadaof_loads_what_the_append_only_file_has()
    {
        await using var server = await StartAsync(EverySecond);
        await using var client = await server.ConnectAsync();
        await FillAsync(client);
        await client.CallAsync("BGREWRITEAOF");
        await WaitForInfoAsync(client, "aof_rewrites", "1");
        await client.CallAsync("DEL", "list");
        await client.CallAsync("HSET", "hash", "new", "1");
        var digest = await DigestAsync(client);
        Assert.Equal("OK", (await client.CallAsync("DEBUG", "LOADAOF")).Text);
        Assert.Equal(digest, await DigestAsync(client));
        Assert.Equal("7", (await client.CallAsync("FCALL", "seven", "0")).Text);
        await client.CallAsync("SET", "after", "v");
        digest = await DigestAsync(client);
        await server.Server.StopAsync();
        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    [Fact]
    public async Task Loadaof_of_a_damaged_file_changes_nothing()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        var path = Path.Combine(AppendDirectory, "appendonly.aof.1.incr.aof");
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.Write("*x\r\n"u8);
        Assert.StartsWith(
            "ERR Error trying to load the append only file", (await client.CallAsync("DEBUG", "LOADAOF")).Text,
            StringComparison.Ordinal);
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);
    }

    [Fact]
    public async Task Without_an_append_only_file_there_is_none_to_load()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        Assert.StartsWith(
            "ERR appendonly is off", (await client.CallAsync("DEBUG", "LOADAOF")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_loaded_is_in_the_append_only_file_too()
    {
        string digest;
        await using (var server = await StartAsync())
        {
            await using var client = await server.ConnectAsync();
            await client.CallAsync("SET", "saved", "v");
            await client.CallAsync("SAVE");
            await client.CallAsync("SET", "later", "v");
            Assert.Equal("OK", (await client.CallAsync("DEBUG", "RELOAD", "NOSAVE")).Text);
            Assert.Equal("OK", (await client.CallAsync("SET", "after", "v")).Text);
            Assert.Equal(2, (await client.CallAsync("DBSIZE")).Integer);
            digest = await DigestAsync(client);
        }

        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    [Fact]
    public async Task Watched_keys_and_cached_keys_are_told()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        await using var watcher = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        await watcher.CallAsync("WATCH", "k");
        await watcher.CallAsync("MULTI");
        await watcher.CallAsync("GET", "k");
        Assert.Equal("OK", (await client.CallAsync("DEBUG", "RELOAD")).Text);
        Assert.True((await watcher.CallAsync("EXEC")).IsNull);
    }

    private static async Task FillAsync(RespClient client)
    {
        await client.CallAsync("SET", "string", "text");
        await client.CallAsync("SET", "expires", "v", "PXAT", "4102444800000");
        await client.CallAsync("RPUSH", "list", "a", "b", "c");
        await client.CallAsync("HSET", "hash", "f", "1", "g", "2");
        await client.CallAsync("SADD", "set", "x", "y");
        await client.CallAsync("ZADD", "sorted", "1.5", "m");
        await client.CallAsync("XADD", "stream", "1-1", "f", "v");
        await client.CallAsync("SET", "large", new string('x', 200_000));
        await client.CallAsync("SELECT", "3");
        await client.CallAsync("SET", "other", "v");
        await client.CallAsync("SELECT", "0");
        await client.CallAsync(
            "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('seven', function() return 7 end)");
    }
}
