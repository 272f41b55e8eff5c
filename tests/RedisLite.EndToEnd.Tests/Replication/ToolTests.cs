using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Replication;

/// <summary>What redis-cli does as a replica, and what tests do with DEBUG.</summary>
public sealed class ToolTests
{
    [SkippableTheory]
    [InlineData("--rdb", true)]
    [InlineData("--functions-rdb", false)]
    public async Task Redis_cli_takes_a_copy_that_redis_server_s_tools_can_read(string option, bool hasKeys)
    {
        var program = ExternalProgram.Require("redis-cli");
        var check = ExternalProgram.Require("redis-check-rdb");
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "copy.rdb");
        await using var server = await Node.StartAsync(isOurs: true);
        await server.CallAsync("SET", "a", "1");
        await server.CallAsync(
            "FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)");
        var (exitCode, output, error) = await ChildProcess.RunAsync(
            program, ["-p", $"{server.EndPoint.Port}", option, file]);
        Assert.True(exitCode == 0, output + error);
        var (checkCode, report, _) = await ChildProcess.RunAsync(check, [file]);
        Assert.True(checkCode == 0, report);
        Assert.Equal(hasKeys, report.Contains("1 keys read", StringComparison.Ordinal));
        await server.UntilAsync("connected_slaves", "0");
    }

    [SkippableFact]
    public async Task Redis_cli_shows_the_stream()
    {
        var program = ExternalProgram.Require("redis-cli");
        await using var server = await Node.StartAsync(isOurs: true);
        await using var client = ChildProcess.Start(program, ["-p", $"{server.EndPoint.Port}", "--replica"]);
        await server.UntilAsync("connected_slaves", "1");
        await Eventually.IsAsync(
            async () =>
            {
                await server.CallAsync("SET", "a", "shown");
                return client.Output.Contains("\"SET\",\"a\",\"shown\"", StringComparison.Ordinal);
            },
            true);
        var list = (await server.Client.CallAsync("CLIENT", "LIST", "TYPE", "replica")).Text;
        Assert.Contains(" flags=S ", list, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task DEBUG_REPLICATE_reaches_the_replica_alone(bool isPrimaryOurs, bool isReplicaOurs)
    {
        await using var primary = await Node.StartAsync(isPrimaryOurs);
        await using var replica = await Node.StartAsync(isReplicaOurs);
        await replica.FollowAsync(primary.EndPoint);
        await primary.CallAsync("SET", "a", "1");
        Assert.Equal("OK", await primary.CallAsync("DEBUG", "REPLICATE", "SET", "a", "2"));
        await Eventually.IsAsync(() => replica.CallAsync("GET", "a"), "2");
        Assert.Equal("1", await primary.CallAsync("GET", "a"));
        Assert.Contains(" flags=M ", (await replica.Client.CallAsync("CLIENT", "LIST", "TYPE", "master")).Text,
            StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DEBUG_CHANGE_REPL_ID_has_replicas_take_a_copy_when_they_come_again(bool isReplicaOurs)
    {
        await using var primary = await Node.StartAsync(isOurs: true);
        await using var replica = await Node.StartAsync(isReplicaOurs);
        await replica.FollowAsync(primary.EndPoint);
        var id = await primary.FieldAsync("master_replid");
        Assert.Equal("OK", await primary.CallAsync("DEBUG", "CHANGE-REPL-ID"));
        Assert.NotEqual(id, await primary.FieldAsync("master_replid"));
        await primary.CallAsync("CLIENT", "KILL", "TYPE", "replica");
        await Eventually.IsAsync(async () => await primary.FieldAsync("sync_full", "stats"), "2");
        await replica.AgreesWithAsync(primary);
    }
}
