using RedisLite.Commands.Server;
using RedisLite.Configuration;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>
/// SAVE, BGSAVE, LASTSAVE and save points of a server without an append only file; stop-writes-on-bgsave-error.
/// </summary>
public sealed class SnapshotTests : FilesTest
{
    private const string Refusal =
        "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands "
        + "that may modify "
        + "the data set are disabled, because this instance is configured to report errors during writes if RDB "
        + "snapshotting fails "
        + "(stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.";

    private static PersistenceSettings WithoutLog(PersistenceSettings persistence) =>
        persistence with { AppendOnly = false };

    private static PersistenceSettings WithSavePoint(PersistenceSettings persistence) =>
        persistence with { AppendOnly = false, SavePoints = [new SavePoint(3600, 1)] };

    [Theory]
    [InlineData("SAVE")]
    [InlineData("BGSAVE")]
    public async Task What_was_saved_is_there_after_a_restart_and_what_was_not_is_not(string command)
    {
        string digest;
        await using (var server = await StartAsync(WithoutLog))
        {
            await using var client = await server.ConnectAsync();
            await client.CallAsync("SET", "k", "v", "PXAT", "4102444800000");
            await client.CallAsync("SELECT", "3");
            await client.CallAsync("SET", "other", new string('x', 100_000));
            digest = await DigestAsync(client);
            Assert.Equal("2", await InfoAsync(client, "rdb_changes_since_last_save"));
            await client.CallAsync(command);
            await WaitForInfoAsync(client, "rdb_saves", "1");
            Assert.Equal("0", await InfoAsync(client, "rdb_changes_since_last_save"));
            Assert.Equal("ok", await InfoAsync(client, "rdb_last_bgsave_status"));
            await client.CallAsync("SET", "later", "lost");
        }

        Assert.Equal(digest, await DigestAfterRestartAsync(WithoutLog));
    }

    [Fact]
    public async Task Lastsave_is_the_time_of_the_last_success()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        var before = (await client.CallAsync("LASTSAVE")).Integer;
        server.Server.Clock.Advance(TimeSpan.FromSeconds(100));
        Device.Fail("open temp-");
        Assert.StartsWith("ERR", (await client.CallAsync("SAVE")).Text, StringComparison.Ordinal);
        Assert.Equal(before, (await client.CallAsync("LASTSAVE")).Integer);
        Device.Heal();
        Assert.Equal("OK", (await client.CallAsync("SAVE")).Text);
        Assert.InRange((await client.CallAsync("LASTSAVE")).Integer, before + 100, before + 160);
    }

    [Fact]
    public async Task A_failed_snapshot_leaves_the_last_good_one()
    {
        string digest;
        await using (var server = await StartAsync(WithoutLog))
        {
            await using var client = await server.ConnectAsync();
            await client.CallAsync("SET", "k", "v");
            digest = await DigestAsync(client);
            await client.CallAsync("SAVE");
            await client.CallAsync("SET", "later", "v");
            foreach (var failing in new[] { "open temp-", "write temp-", "fsync temp-", "rename dump.rdb" })
            {
                Device.Fail(failing);
                Assert.Contains(
                    "No space left on device", (await client.CallAsync("SAVE")).Text, StringComparison.Ordinal);
            }

            Device.Heal();
        }

        Assert.Equal(digest, await DigestAfterRestartAsync(WithoutLog));
        Assert.Equal(["dump.rdb"], Directory.EnumerateFiles(Folder).Select(path => Path.GetFileName(path)));
    }

    [Theory]
    [InlineData("SAVE")]
    [InlineData("FLUSHALL")]
    public async Task A_snapshot_that_failed_is_tried_again_though_no_save_point_asks_for_it(string command)
    {
        await using var server = await StartAsync(WithSavePoint);
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        Device.Fail("write temp-");
        await client.CallAsync(command);
        Assert.StartsWith("MISCONF", (await client.CallAsync("SET", "k", "w")).Text, StringComparison.Ordinal);
        Device.Heal();
        await WaitForWriteAsync(client, "after");
    }

    [Fact]
    public async Task Save_points_start_a_snapshot_by_themselves()
    {
        await using var server = await StartAsync(
            persistence => persistence with { AppendOnly = false, SavePoints = [new SavePoint(60, 2)] });
        await using var client = await server.ConnectAsync();
        server.Server.Clock.Advance(TimeSpan.FromSeconds(100));
        await client.CallAsync("SET", "a", "1");
        Assert.Equal("0", await InfoAsync(client, "rdb_saves"));
        await client.CallAsync("SET", "b", "1");
        await WaitForInfoAsync(client, "rdb_saves", "1");
        Assert.True(File.Exists(Path.Combine(Folder, "dump.rdb")));
    }

    [Fact]
    public async Task A_bgsave_while_one_runs_is_refused_and_a_scheduled_one_follows_a_rewrite()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        using (var disk = Device.Block("write temp-"))
        {
            Assert.Equal("Background saving started", (await client.CallAsync("BGSAVE")).Text);
            await disk.Arrived;
            Assert.Equal("ERR Background save already in progress", (await client.CallAsync("BGSAVE")).Text);
            Assert.Equal("ERR Background save already in progress", (await client.CallAsync("SAVE")).Text);
            Assert.Equal(
                "Background append only file rewriting scheduled", (await client.CallAsync("BGREWRITEAOF")).Text);
        }

        await WaitForInfoAsync(client, "aof_rewrites", "1");
        using (var disk = Device.Block("write temp-"))
        {
            await client.CallAsync("BGREWRITEAOF");
            await disk.Arrived;
            Assert.StartsWith("ERR Another child process is active (AOF?)", (
                await client.CallAsync("BGSAVE")).Text, StringComparison.Ordinal);
            Assert.Equal("Background saving scheduled", (await client.CallAsync("BGSAVE", "SCHEDULE")).Text);
        }

        await WaitForInfoAsync(client, "rdb_saves", "2");
    }

    [Fact]
    public async Task With_save_points_a_failed_snapshot_stops_writes_until_one_succeeds()
    {
        await using var server = await StartAsync(WithSavePoint);
        await using var client = await server.ConnectAsync();
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
        Device.Fail("open temp-");
        await client.CallAsync("BGSAVE");
        await WaitForInfoAsync(client, "rdb_last_bgsave_status", "err");
        Assert.Equal(Refusal, (await client.CallAsync("SET", "k", "w")).Text);
        Assert.Equal(Refusal, (await client.CallAsync("PING")).Text);
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);

        await client.CallAsync("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "w")).Text);
        await client.CallAsync("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
        Assert.Equal(Refusal, (await client.CallAsync("SET", "k", "x")).Text);
        await client.CallAsync("CONFIG", "SET", "save", "");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "x")).Text);
        await client.CallAsync("CONFIG", "SET", "save", "3600 1");
        Assert.Equal(Refusal, (await client.CallAsync("SET", "k", "y")).Text);

        Device.Heal();
        await client.CallAsync("BGSAVE");
        await WaitForInfoAsync(client, "rdb_last_bgsave_status", "ok");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "y")).Text);
    }

    [Fact]
    public async Task Without_save_points_a_failed_snapshot_stops_nothing()
    {
        await using var server = await StartAsync(WithoutLog);
        await using var client = await server.ConnectAsync();
        Device.Fail("open temp-");
        await client.CallAsync("BGSAVE");
        await WaitForInfoAsync(client, "rdb_last_bgsave_status", "err");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "v")).Text);
    }

    [SkippableFact]
    public async Task Redis_refuses_writes_in_the_same_words()
    {
        await using var redis = await RedisOracle.StartAsync("--save", "3600 1");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        await client.CallAsync("SET", "k", "v");

        // A directory has the snapshot's name: the rename fails, for root as well.
        Directory.CreateDirectory(Path.Combine(redis.Folder, "dump.rdb", "in the way"));
        await client.CallAsync("BGSAVE");
        await WaitForInfoAsync(client, "rdb_last_bgsave_status", "err");
        Assert.Equal(Refusal, (await client.CallAsync("SET", "k", "w")).Text);
        Assert.Equal(Refusal, (await client.CallAsync("PING")).Text);
    }
}
