using System.Text.RegularExpressions;
using RedisLite.EndToEnd.Tests.Persistence;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>What our server wrote, rewrite included, is what redis-server loads and what we load ourselves.</summary>
public sealed partial class RewriteInterchangeTests : FilesTest
{
    [SkippableTheory]
    [InlineData(true, 11)]
    [InlineData(false, 12)]
    public async Task A_base_of_either_format_is_loaded_by_redis_and_by_us(bool isRdb, int seed)
    {
        var keys = SampleKeys.Generate(seed, 300);
        string digest;
        await using (var server = await StartAsync(persistence => persistence with { AofUseRdbPreamble = isRdb }))
        {
            await using var client = await server.ConnectAsync();
            await SampleKeys.SetAllAsync(client, keys.Take(200));
            await client.CallAsync("BGREWRITEAOF");
            await WaitForInfoAsync(client, "aof_rewrites", "1");
            await SampleKeys.SetAllAsync(client, keys.Skip(200));
            digest = await DigestAsync(client);
            Assert.Equal(SampleKeys.Digest(keys), digest);
        }

        Assert.Contains(
            $"appendonly.aof.1.base.{(isRdb ? "rdb" : "aof")} seq 1 type b", Manifest, StringComparison.Ordinal);
        await using (var redis = await RedisOracle.StartAsync("--dir", Folder, "--appendonly", "yes"))
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            Assert.Equal(digest, await DigestAsync(client));
        }

        Assert.Equal(digest, await DigestAfterRestartAsync());
    }

    /// <summary>The key lived when PERSIST was executed: the load must not decide by its own, later clock.</summary>
    [Fact]
    public async Task A_key_whose_time_was_taken_away_is_there_although_that_time_has_passed_at_the_load()
    {
        await using (var server = await StartAsync(persistence => persistence with { AofUseRdbPreamble = false }))
        {
            await using var client = await server.ConnectAsync();
            await client.CallAsync("SET", "kept", "v", "PX", "100000");
            await client.CallAsync("SET", "gone", "v", "PX", "100000");
            await client.CallAsync("BGREWRITEAOF");
            await WaitForInfoAsync(client, "aof_rewrites", "1");
            await client.CallAsync("PERSIST", "kept");
        }

        // As if the files were loaded long afterwards.
        var path = Path.Combine(AppendDirectory, "appendonly.aof.1.base.aof");
        var commands = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, MillisecondTime().Replace(commands, "\r\n1000000000000\r\n"));
        await using var again = await StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal("v", (await reader.CallAsync("GET", "kept")).Text);
        Assert.Equal(-1, (await reader.CallAsync("TTL", "kept")).Integer);
        Assert.True((await reader.CallAsync("GET", "gone")).IsNull);
    }

    [GeneratedRegex(@"\r\n1\d{12}\r\n")]
    private static partial Regex MillisecondTime();
}
