using RedisLite.Commands.Server;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>
/// A whole server on a disk that fails: nobody is told OK for what is not on it, and writing goes on by itself when it
/// can.
/// </summary>
public sealed class DiskFailureTests : FilesTest
{
    private const string Increment = "appendonly.aof.1.incr.aof";

    [Fact]
    public async Task On_a_full_disk_writes_are_refused_and_reads_go_on_until_there_is_room()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");

        Device.Fail("write " + Increment);
        var unanswered = waiting.CallAsync("SET", "during", "2");
        await WaitForInfoAsync(client, "aof_last_write_status", "err");
        Assert.Equal(
            $"MISCONF Errors writing to the AOF file: No space left on device: write {Increment}",
            (await client.CallAsync("SET", "k", "v")).Text);
        Assert.StartsWith("MISCONF", (await client.CallAsync("PING")).Text, StringComparison.Ordinal);
        Assert.Equal("1", (await client.CallAsync("GET", "before")).Text);
        Assert.False(unanswered.IsCompleted);
        Assert.Contains(server.Log.Complaints, line =>
            line.Contains("Could not write to the append only file", StringComparison.Ordinal));

        Device.Heal();
        await WaitForWriteAsync(client, "after");
        Assert.Equal("OK", (await unanswered).Text);
        Assert.Equal("ok", await InfoAsync(client, "aof_last_write_status"));
        Assert.Contains(server.Log.Lines, line => line.Contains("can be written again", StringComparison.Ordinal));
        await AssertSurvivesAsync(server, client);
    }

    [Theory]
    [InlineData(AppendFsync.EverySec)]
    [InlineData(AppendFsync.No)]
    public async Task On_a_full_disk_nothing_is_acknowledged_that_was_not_written(AppendFsync policy)
    {
        await using var server = await StartAsync(persistence => persistence with { AppendFsync = policy });
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");
        Device.Fail("write " + Increment);
        var unanswered = waiting.CallAsync("SET", "during", "2");
        await WaitForInfoAsync(client, "aof_last_write_status", "err");
        Assert.StartsWith("MISCONF", (await client.CallAsync("SET", "k", "v")).Text, StringComparison.Ordinal);
        Assert.False(unanswered.IsCompleted);

        Device.Heal();
        Assert.Equal("OK", (await unanswered).Text);
        await WaitForWriteAsync(client, "after");
        await AssertSurvivesAsync(server, client);
    }

    [Theory]
    [InlineData(AppendFsync.Always)]
    [InlineData(AppendFsync.EverySec)]
    public async Task After_a_failed_fsync_everything_is_written_to_new_files(AppendFsync policy)
    {
        await using var server = await StartAsync(persistence => persistence with { AppendFsync = policy });
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");

        Device.Fail("fsync");
        var write = waiting.CallAsync("SET", "during", "2");
        await WaitForInfoAsync(client, "aof_last_write_status", "err");
        Assert.StartsWith("MISCONF", (await client.CallAsync("SET", "k", "v")).Text, StringComparison.Ordinal);
        Assert.Equal("1", (await client.CallAsync("GET", "before")).Text);
        Assert.Equal(policy == AppendFsync.EverySec, write.IsCompleted);

        Device.Heal();
        await WaitForWriteAsync(client, "after");
        Assert.Equal("OK", (await write).Text);
        Assert.StartsWith("file appendonly.aof.1.base.rdb seq 1 type b\n", Manifest, StringComparison.Ordinal);
        Assert.DoesNotContain(Increment, Manifest, StringComparison.Ordinal);
        await AssertSurvivesAsync(server, client);
    }

    [Theory]
    [InlineData("rename appendonly.aof.manifest")]
    [InlineData("fsync appendonlydir")]
    [InlineData("open temp-appendonly.aof.base")]
    [InlineData("write temp-appendonly.aof.base")]
    [InlineData("fsync temp-appendonly.aof.base")]
    [InlineData("rename appendonly.aof.1.base.rdb")]
    public async Task A_file_whose_fsync_failed_counts_again_only_when_its_replacement_is_complete(string failing)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");

        Device.Fail("fsync " + Increment, failing);
        var unanswered = waiting.CallAsync("SET", "during", "2");
        await WaitForInfoAsync(client, "aof_last_bgrewrite_status", "err");
        var tries = int.Parse(await InfoAsync(client, "aof_rewrites"));
        await UntilAsync(client, async () => int.Parse(await InfoAsync(client, "aof_rewrites")) > tries + 1);
        Assert.False(unanswered.IsCompleted);
        Assert.StartsWith("MISCONF", (await client.CallAsync("SET", "k", "v")).Text, StringComparison.Ordinal);

        Device.Heal();
        Assert.Equal("OK", (await unanswered).Text);
        await WaitForWriteAsync(client, "after");
        await AssertSurvivesAsync(server, client);
        AssertOnlyFilesOfTheManifest();
    }

    [Theory]
    [InlineData("rename appendonly.aof.manifest")]
    [InlineData("fsync appendonlydir")]
    [InlineData("open appendonly.aof.2.incr.aof")]
    [InlineData("write temp-appendonly.aof.base")]
    [InlineData("rename appendonly.aof.1.base.rdb")]
    public async Task A_rewrite_that_fails_leaves_the_files_in_use_and_writing_goes_on(string failing)
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "before", "1");

        Device.Fail(failing);
        await client.CallAsync("BGREWRITEAOF");
        await WaitForInfoAsync(client, "aof_last_bgrewrite_status", "err");
        Assert.Equal("ok", await InfoAsync(client, "aof_last_write_status"));
        Assert.Equal("OK", (await client.CallAsync("SET", "during", "2")).Text);

        Device.Heal();
        await client.CallAsync("BGREWRITEAOF");
        await WaitForInfoAsync(client, "aof_last_bgrewrite_status", "ok");
        Assert.Equal("OK", (await client.CallAsync("SET", "after", "3")).Text);
        await AssertSurvivesAsync(server, client);
        AssertOnlyFilesOfTheManifest();
    }

    [Fact]
    public async Task Replaced_files_that_cannot_be_deleted_do_not_make_a_rewrite_fail()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        Device.Fail("delete " + Increment);
        await client.CallAsync("BGREWRITEAOF");
        await WaitForInfoAsync(client, "aof_rewrites", "1");
        Assert.Equal("ok", await InfoAsync(client, "aof_last_bgrewrite_status"));
        Assert.Contains(
            server.Log.Complaints, line => line.Contains("Could not delete the files", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(AppendDirectory, Increment)));

        await AssertSurvivesAsync(server, client);
        Assert.False(File.Exists(Path.Combine(AppendDirectory, Increment)));
    }

    [Fact]
    public async Task A_failed_fsync_waits_for_a_snapshot_that_runs_and_is_mended_then()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        using var snapshot = Device.Block(".rdb");
        await client.CallAsync("BGSAVE");
        await snapshot.Arrived;

        Device.FailOnce("fsync " + Increment);
        var unanswered = waiting.CallAsync("SET", "during", "2");
        await WaitForInfoAsync(client, "aof_rewrite_scheduled", "1");
        Assert.Equal("1", await InfoAsync(client, "rdb_bgsave_in_progress"));
        Assert.False(unanswered.IsCompleted);

        snapshot.Open();
        Assert.Equal("OK", (await unanswered).Text);
        await AssertSurvivesAsync(server, client);
    }

    [Fact]
    public async Task Who_waits_for_an_fsync_is_answered_although_the_policy_changes_meanwhile()
    {
        await using var server = await StartAsync();
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        using var fsync = Device.Block("fsync " + Increment);
        var write = waiting.CallAsync("SET", "k", "v");
        await fsync.Arrived;
        Assert.Equal("OK", (await client.CallAsync("CONFIG", "SET", "appendfsync", "no")).Text);
        Assert.Equal("OK", (await client.CallAsync("SET", "other", "v")).Text);
        Assert.False(write.IsCompleted);

        fsync.Open();
        Assert.Equal("OK", (await write).Text);
    }

    [Fact]
    public async Task A_server_that_is_stopped_after_a_failed_fsync_saves_everything_first()
    {
        string digest;
        await using (var server = await StartAsync(persistence => persistence with { AppendFsync = AppendFsync.No }))
        {
            await using var client = await server.ConnectAsync();
            for (var i = 0; i < 100; i++)
                await client.CallAsync("SET", $"k{i}", "v");
            digest = await DigestAsync(client);
            Device.FailOnce("fsync " + Increment);
        }

        Assert.Equal(digest, await DigestAfterRestartAsync());
        Assert.StartsWith("file appendonly.aof.1.base.rdb", Manifest, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("create")]
    [InlineData("open " + Increment)]
    [InlineData("rename appendonly.aof.manifest")]
    public async Task A_directory_that_cannot_be_written_stops_the_start(string failing)
    {
        Device.Fail(failing);
        var error = await Assert.ThrowsAsync<ServerStartException>(() => StartAsync());
        Assert.Contains("No space left on device: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(failing == "create", error.Message.StartsWith(
            $"dir: '{Folder}' cannot be used: ", StringComparison.Ordinal));
    }

    private async Task AssertSurvivesAsync(ServerUnderTest server, RespClient client)
    {
        var digest = await DigestAsync(client);
        await server.Server.StopAsync();
        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    private void AssertOnlyFilesOfTheManifest()
    {
        var listed = Manifest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1]);
        Assert.Equal(
            listed.Append("appendonly.aof.manifest").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(AppendDirectory).Select(path => Path.GetFileName(path)).Order(
                StringComparer.Ordinal));
    }
}
