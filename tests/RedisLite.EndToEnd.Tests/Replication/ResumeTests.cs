using System.Net;
using RedisLite.EndToEnd.Tests.CommandLine;
using RedisLite.EndToEnd.Tests.Persistence;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>
/// A replica that starts again with its append only file goes on where that ends, without a full copy.
/// </summary>
public sealed class ResumeTests : FilesTest
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replica_goes_on_where_its_append_only_file_ends(bool hasRewritten)
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await primary.CallAsync("SET", "before", "1");
        await using (var replica = await StartReplicaAsync(primary))
        {
            await WriteAsync(primary, 1);
            await replica.AgreesWithAsync(primary);
            if (hasRewritten)
            {
                await replica.CallAsync("CONFIG", "SET", "aof-use-rdb-preamble", "no");
                await replica.CallAsync("BGREWRITEAOF");
                await Eventually.IsAsync(() => Task.FromResult(CountRewrites(replica)), 2);
            }
        }

        await WriteAsync(primary, 2);
        await using (var again = await StartReplicaAsync(primary))
        {
            await WriteAsync(primary, 3);
            await again.AgreesWithAsync(primary);
        }

        await using var last = await StartReplicaAsync(primary);
        await last.AgreesWithAsync(primary);
        Assert.Equal(("1", "2"), await SyncsOfAsync(primary));
    }

    [Fact]
    public async Task A_replica_that_was_killed_goes_on_where_its_append_only_file_ends()
    {
        using var folder = new TemporaryFolder();
        await using var primary = await Node.StartAsync(isOurs: true);
        for (var life = 1; life <= 3; life++)
        {
            await using var process = StartProcess(folder, 0, primary);
            await using var replica = await Node.OfAsync(
                new ServerAt(await ServerProgram.WaitForPortAsync(process)));
            await replica.UntilAsync("master_link_status", "up");
            await WriteAsync(primary, life);
            await replica.AgreesWithAsync(primary);
            Assert.Equal(1, (await primary.Client.CallAsync("WAITAOF", "0", "1", "0")).Items[1].Integer);
        }

        Assert.Equal(("1", "2"), await SyncsOfAsync(primary));
    }

    [Theory]
    [InlineData("yes", "")]
    [InlineData("no", "3600 1")]
    public async Task A_primary_that_comes_back_with_its_files_goes_on_with_its_replica(string appendOnly, string save)
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var replica = await Node.StartAsync(isOurs: true);
        await using (var first = StartProcess(folder, port, primary: null, appendOnly, save))
        {
            await ServerProgram.WaitForPortAsync(first);
            await using var node = await Node.OfAsync(new ServerAt(port));
            await replica.FollowAsync(node.EndPoint);
            await WriteAsync(node, 1);
            Assert.Equal("1", await node.CallAsync("WAIT", "1", "0"));
            first.Terminate();
            Assert.Equal(0, await first.WaitForExitAsync());
        }

        await using var second = StartProcess(folder, port, primary: null, appendOnly, save);
        await ServerProgram.WaitForPortAsync(second);
        await using var again = await Node.OfAsync(new ServerAt(port));
        await replica.UntilAsync("master_link_status", "up");
        await WriteAsync(again, 2);
        await replica.AgreesWithAsync(again);
        Assert.Equal(("0", "1"), await SyncsOfAsync(again));
    }

    [Fact]
    public async Task A_primary_whose_place_was_taken_goes_on_in_the_database_that_the_stream_had_selected()
    {
        using var folder = new TemporaryFolder();
        var port = FreePort.Next();
        await using var replica = await Node.StartAsync(isOurs: true);
        await using (var first = StartProcess(folder, port, primary: null, appendOnly: "no"))
        {
            await ServerProgram.WaitForPortAsync(first);
            await using var node = await Node.OfAsync(new ServerAt(port));
            await replica.FollowAsync(node.EndPoint);
            await node.CallAsync("SELECT", "5");
            await node.CallAsync("SET", "a", "1");
            await node.CallAsync("SAVE");
            await node.CallAsync("SET", "b", "2");
            Assert.Equal("1", await node.CallAsync("WAIT", "1", "0"));
        }

        await replica.CallAsync("REPLICAOF", "NO", "ONE");
        await using var second = StartProcess(folder, port, primary: null, appendOnly: "no");
        await ServerProgram.WaitForPortAsync(second);
        await using var again = await Node.OfAsync(new ServerAt(port));
        await again.FollowAsync(replica.EndPoint);
        await again.AgreesWithAsync(replica);
        await again.CallAsync("SELECT", "5");
        Assert.Equal("2", await again.CallAsync("GET", "b"));
        Assert.Equal(("0", "1"), await SyncsOfAsync(replica));
    }

    [SkippableFact]
    public async Task After_redis_server_has_written_to_the_file_there_is_a_full_copy()
    {
        ExternalProgram.Require("redis-server");
        var checker = ExternalProgram.Require("redis-check-aof");
        await using var primary = await Node.StartAsync(isOurs: true);
        await using (var replica = await StartReplicaAsync(primary))
        {
            await WriteAsync(primary, 1);
            await replica.AgreesWithAsync(primary);
        }

        var (exitCode, output, _) = await ChildProcess.RunAsync(
            checker, [Path.Combine(AppendDirectory, "appendonly.aof.manifest")]);
        Assert.True(exitCode == 0, output);
        await using (var redis = await Node.OfAsync(
            await RedisOracle.StartAsync("--dir", Folder, "--appendonly", "yes", "--appendfsync", "always")))
        {
            Assert.Equal(await primary.CallAsync("DEBUG", "DIGEST"), await redis.CallAsync("DEBUG", "DIGEST"));
            await redis.CallAsync("SET", "foreign", "1");
        }

        await WriteAsync(primary, 2);
        await using var again = await StartReplicaAsync(primary);
        await again.AgreesWithAsync(primary);
        Assert.Null(await again.CallAsync("GET", "foreign"));
        Assert.Equal(("2", "0"), await SyncsOfAsync(primary));
    }

    [Fact]
    public async Task A_replica_that_was_promoted_for_a_moment_goes_on_if_nothing_was_written()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isOurs: true);
        await replica.FollowAsync(primary.EndPoint);
        await WriteAsync(primary, 1);
        await replica.AgreesWithAsync(primary);
        await replica.CallAsync("REPLICAOF", "NO", "ONE");
        await WriteAsync(primary, 2);
        await replica.FollowAsync(primary.EndPoint);
        await replica.AgreesWithAsync(primary);
        Assert.Equal(("1", "1"), await SyncsOfAsync(primary));

        await replica.CallAsync("REPLICAOF", "NO", "ONE");
        await replica.CallAsync("SET", "own", "1");
        await replica.FollowAsync(primary.EndPoint);
        await replica.AgreesWithAsync(primary);
        Assert.Equal(("2", "1"), await SyncsOfAsync(primary));
    }

    private static int CountRewrites(Node replica) => replica.Ours!.Log.Lines.Count(
        line => line.Contains("Background append only file rewriting done", StringComparison.Ordinal));

    [Fact]
    public async Task Without_replicas_the_offset_stands_still_whatever_the_append_only_file_gets()
    {
        await using var primary = await Node.OfAsync(await StartAsync());
        await primary.CallAsync("SET", "a", "1");
        Assert.Equal("0", await primary.FieldAsync("master_repl_offset"));
        Assert.Equal(0, (await primary.Client.CallAsync("ROLE")).Items[1].Integer);
        await using (var replica = await Node.StartAsync(isOurs: true))
        {
            await replica.FollowAsync(primary.EndPoint);
            await primary.CallAsync("SET", "a", "2");
            await replica.AgreesWithAsync(primary);
        }

        await primary.UntilAsync("connected_slaves", "0");
        primary.Ours!.Server.Clock.Advance(TimeSpan.FromHours(1.1));
        await primary.UntilAsync("repl_backlog_active", "0");
        var offset = await primary.FieldAsync("master_repl_offset");
        Assert.NotEqual("0", offset);
        await primary.CallAsync("SET", "a", "3");
        Assert.Equal(offset, await primary.FieldAsync("master_repl_offset"));
        Assert.Equal(offset, $"{(await primary.Client.CallAsync("ROLE")).Items[1].Integer}");
        await using var next = await Node.StartAsync(isOurs: true);
        await next.FollowAsync(primary.EndPoint);
        await next.AgreesWithAsync(primary);
    }

    [Fact]
    public async Task Large_arguments_go_through_a_chain_as_they_came()
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var middle = await Node.OfAsync(await StartAsync());
        await using var last = await Node.StartAsync(isOurs: true);
        await middle.FollowAsync(primary.EndPoint);
        await last.FollowAsync(middle.EndPoint);
        var large = new string('x', 3_000_000);
        for (var turn = 0; turn < 3; turn++)
        {
            await primary.CallAsync("SET", $"a{turn}", large);
            await primary.CallAsync("MULTI");
            await primary.CallAsync("APPEND", "a0", large);
            await primary.CallAsync("PUBLISH", "channel", large);
            await primary.CallAsync("MSET", $"b{turn}", large, $"c{turn}", new string('y', 100_000));
            await primary.CallAsync("EXEC");
            await primary.CallAsync("RPUSH", "list", large, "small", large);
        }

        await middle.AgreesWithAsync(primary);
        await last.AgreesWithAsync(primary);
        Assert.Equal(("1", "0"), await SyncsOfAsync(primary));
    }

    /// <summary>Effects of all kinds, with some among them that are in the stream and in no file.</summary>
    private static async Task WriteAsync(Node primary, int turn)
    {
        await primary.CallAsync("SELECT", $"{turn}");
        await primary.CallAsync("SET", "a", $"{turn}", "PX", "1000000");
        await primary.CallAsync("PUBLISH", "channel", "not in the file");
        await primary.CallAsync("MULTI");
        await primary.CallAsync("RPUSH", "list", "x");
        await primary.CallAsync("PUBLISH", "channel", "nor this");
        await primary.CallAsync("INCR", "counter");
        await primary.CallAsync("EXEC");
        await primary.CallAsync("SET", "large", new string((char)('a' + turn), 300_000));
        await primary.CallAsync("WAIT", "1", "1");
        await primary.CallAsync("SELECT", "0");
        await primary.CallAsync("INCR", "counter");
        await primary.CallAsync("PUBLISH", "channel", "the last");
    }

    private static async Task<(string Full, string Partial)> SyncsOfAsync(Node primary) =>
        (await primary.FieldAsync("sync_full", "stats"), await primary.FieldAsync("sync_partial_ok", "stats"));

    private async Task<Node> StartReplicaAsync(Node primary)
    {
        var settings = Settings();
        settings = settings with
        {
            Replication = settings.Replication with { ReplicaOf = $"127.0.0.1 {primary.EndPoint.Port}" },
        };
        var replica = await Node.OfAsync(await ServerUnderTest.StartAsync(settings));
        await replica.UntilAsync("master_link_status", "up");
        await Eventually.IsAsync(() => replica.FieldAsync("aof_rewrite_in_progress", "persistence"), "0");
        return replica;
    }

    private static ChildProcess StartProcess(
        TemporaryFolder folder, int port, Node? primary, string appendOnly = "yes", string save = "")
    {
        string[] following = primary is null ? [] : ["--replicaof", $"127.0.0.1 {primary.EndPoint.Port}"];
        string[] arguments =
        [
            "--port", port == 0 ? "random" : $"{port}", "--bind", "127.0.0.1", "--dir", folder.Path,
            "--appendonly", appendOnly, "--save", save, "--repl-diskless-sync-delay", "0",
            "--enable-debug-command", "yes",
        ];
        return ServerProgram.Start(folder, [.. arguments, .. following]);
    }

    private sealed class ServerAt(int port) : ITestServer
    {
        public string Name => "redislite-server";

        public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, port);

        public ValueTask DisposeAsync() => default;
    }
}
