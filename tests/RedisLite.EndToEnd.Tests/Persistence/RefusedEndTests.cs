using RedisLite.Commands.Server;
using RedisLite.Configuration;

namespace RedisLite.EndToEnd.Tests.Persistence;

/// <summary>A server does not end with what it could not save, unless somebody insists.</summary>
public sealed class RefusedEndTests : FilesTest
{
    [Fact]
    public async Task What_SIGTERM_does_first_fails_on_a_full_disk_and_the_server_goes_on()
    {
        await using var server = await StartAsync(SnapshotsOnly);
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");

        Device.Fail("write temp-");
        Assert.Contains("No space left on device", await server.Server.SaveBeforeStopAsync(), StringComparison.Ordinal);
        Assert.True(server.Server.IsUnsaved);
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);

        // Writers go on as well: what refuses them is the failed snapshot, and they do not hang.
        await client.CallAsync("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
        Assert.Equal("OK", (await client.CallAsync("SET", "k", "w")).Text);

        Device.Heal();
        Assert.Null(await server.Server.SaveBeforeStopAsync());
        Assert.False(server.Server.IsUnsaved);
        var digest = await DigestAsync(client);
        await server.Server.StopAsync();
        Assert.Equal(digest, await DigestAfterRestartAsync(SnapshotsOnly));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SHUTDOWN_is_refused_while_the_disk_is_full_and_FORCE_is_not(bool appendOnly)
    {
        await using var server = await StartAsync(persistence => appendOnly
            ? persistence with { AppendFsync = AppendFsync.EverySec }
            : SnapshotsOnly(persistence));
        await using var client = await server.ConnectAsync();
        await using var writer = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        Device.Fail(appendOnly ? "write appendonly" : "write temp-");
        if (appendOnly)
        {
            // It is not acknowledged, and can be seen.
            await writer.SendAsync("SET", "k", "w");
            await UntilAsync(client, async () => (await client.CallAsync("GET", "k")).Text == "w");
        }

        Assert.Equal("ERR Errors trying to SHUTDOWN. Check logs.", (await client.CallAsync("SHUTDOWN")).Text);
        Assert.Equal(appendOnly ? "w" : "v", (await client.CallAsync("GET", "k")).Text);
        Assert.False(server.Server.ShutdownRequested.IsCompleted);

        await client.SendAsync("SHUTDOWN", "FORCE");
        Assert.Equal("", await client.ReadToEndAsync());
        await server.Server.WhenStopped;
        Assert.True(server.Server.IsUnsaved);
    }

    [Fact]
    public async Task SHUTDOWN_NOSAVE_ends_a_server_on_a_full_disk()
    {
        await using var server = await StartAsync(SnapshotsOnly);
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        Device.Fail("write temp-");

        await client.SendAsync("SHUTDOWN", "NOSAVE");
        Assert.Equal("", await client.ReadToEndAsync());
        await server.Server.WhenStopped;
    }

    [Fact]
    public async Task Writers_wait_while_the_last_snapshot_is_written_and_are_not_acknowledged()
    {
        await using var server = await StartAsync(SnapshotsOnly);
        await using var client = await server.ConnectAsync();
        await using var writer = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        using var disk = Device.Block("write temp-");
        var saving = server.Server.SaveBeforeStopAsync();
        await disk.Arrived;
        await writer.SendAsync("SET", "k", "late");
        Assert.Equal("v", (await client.CallAsync("GET", "k")).Text);

        disk.Open();
        Assert.Null(await saving);
        var digest = await DigestAsync(client);
        await server.Server.StopAsync();
        Assert.Equal("", await writer.ReadToEndAsync());
        Assert.Equal(digest, await DigestAfterRestartAsync(SnapshotsOnly));
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("FLUSHALL ASYNC")]
    public async Task What_FLUSHALL_took_is_gone_from_the_disk_before_its_reply(string command)
    {
        await using var server = await StartAsync(SnapshotsOnly);
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        await client.CallAsync("SAVE");
        Assert.Equal("OK", (await client.CallAsync(command.Split(' '))).Text);
        Assert.Equal("0", await InfoAsync(client, "rdb_changes_since_last_save"));

        // As after SIGKILL: the file as it is now.
        var copy = File.ReadAllBytes(Path.Combine(Folder, "dump.rdb"));
        Assert.Equal(-1, copy.AsSpan().IndexOf("\u0001k\u0001v"u8));
    }

    [Fact]
    public async Task A_snapshot_that_runs_while_FLUSHALL_comes_does_not_bring_the_data_back()
    {
        await using var server = await StartAsync(SnapshotsOnly);
        await using var client = await server.ConnectAsync();
        await using var other = await server.ConnectAsync();
        await client.CallAsync("SET", "k", "v");
        using var disk = Device.Block("write temp-");
        await other.CallAsync("BGSAVE");
        await disk.Arrived;
        var flushing = client.CallAsync("FLUSHALL");
        while ((await other.CallAsync("DBSIZE")).Integer != 0)
            await Task.Yield();
        disk.Open();

        Assert.Equal("OK", (await flushing).Text);
        Assert.Equal("ok", await InfoAsync(other, "rdb_last_bgsave_status"));
        Assert.Equal(-1, File.ReadAllBytes(Path.Combine(Folder, "dump.rdb")).AsSpan().IndexOf("\u0001k\u0001v"u8));
    }

    [Fact]
    public async Task A_killed_snapshot_s_file_goes_at_the_next_start()
    {
        var left = Path.Combine(Folder, $"temp-{int.MaxValue}.rdb");
        await File.WriteAllTextAsync(left, "half of the data");
        var mine = Path.Combine(Folder, "temp-mine.rdb");
        await File.WriteAllTextAsync(mine, "not the server's");
        await using var server = await StartAsync(SnapshotsOnly);
        Assert.False(File.Exists(left));
        Assert.True(File.Exists(mine));
    }

    [Fact]
    public async Task Whose_write_a_full_disk_does_not_take_is_told_so_in_time()
    {
        await using var server = await StartAsync(
            persistence => persistence with { CommitPatience = TimeSpan.FromMilliseconds(100) });
        await using var client = await server.ConnectAsync();
        await using var waiting = await server.ConnectAsync();
        Device.Fail("write appendonly");
        Assert.StartsWith("MISCONF ", (await waiting.CallAsync("SET", "k", "v")).Text, StringComparison.Ordinal);
        Assert.Equal("", await waiting.ReadToEndAsync());
        Device.Heal();
        await WaitForWriteAsync(client, "after");
    }

    [Fact]
    public async Task Disk_errors_are_one_line_without_a_stack()
    {
        await using var server = await StartAsync(SnapshotsOnly);
        await using var client = await server.ConnectAsync();
        Device.Fail("write temp-");
        await client.CallAsync("SAVE");
        var line = Assert.Single(
            server.Log.Complaints, line => line.Contains("Could not save", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line.TrimEnd());
    }

    private static PersistenceSettings SnapshotsOnly(PersistenceSettings persistence) =>
        persistence with { AppendOnly = false, SavePoints = [new SavePoint(3600, 1)] };
}
