using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Loading;
using RedisLite.Persistence.Rdb;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>Snapshots go both ways between RedisLite and redis-server.</summary>
public sealed class RdbInterchangeTests
{
    [SkippableTheory]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    public async Task Redis_loads_our_snapshot(int seed, bool compress, bool checksum)
    {
        var checker = ExternalProgram.Require("redis-check-rdb");
        using var folder = new TemporaryFolder();
        var keys = SampleKeys.Generate(seed, 500);
        var path = Path.Combine(folder.Path, "dump.rdb");
        using (var file = new AtomicFile(DiskDevice.Instance, folder.Path, "temp.rdb"))
        {
            Write(file.Output, keys, new RdbWriterOptions { Compress = compress, Checksum = checksum });
            file.Commit("dump.rdb");
        }

        var (exitCode, output, _) = await ChildProcess.RunAsync(checker, [path]);
        Assert.Contains("RDB looks OK!", output);
        Assert.Contains("500 keys read", output);
        Assert.Equal(0, exitCode);

        await using var redis = await RedisOracle.StartAsync("--dir", folder.Path, "--dbfilename", "dump.rdb");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        Assert.Equal(SampleKeys.Digest(keys), (await client.CallAsync("DEBUG", "DIGEST")).Text);
        foreach (var key in keys.Take(100))
        {
            await client.CallAsync("SELECT", $"{key.Database}");
            Assert.Equal(key.ExpireAtMs, (await client.CallAsync(["PEXPIRETIME"u8.ToArray(), key.Key])).Integer);
        }
    }

    [SkippableTheory]
    [InlineData(4, "yes", "yes", "noeviction")]
    [InlineData(5, "no", "no", "allkeys-lru")]
    [InlineData(6, "yes", "no", "allkeys-lfu")]
    public async Task We_load_the_snapshot_of_Redis(int seed, string compression, string checksum, string eviction)
    {
        await using var redis = await RedisOracle.StartAsync(
            "--rdbcompression", compression, "--rdbchecksum", checksum, "--maxmemory-policy", eviction);
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var keys = SampleKeys.Generate(seed, 500);
        await SampleKeys.SetAllAsync(client, keys);
        Assert.Equal("OK", (await client.CallAsync("SAVE")).Text);

        var target = new CollectingTarget();
        var path = Path.Combine(redis.Folder, "dump.rdb");
        var result = RdbLoader.Load(
            DiskDevice.Instance, path, LoadedFile.Snapshot, target, new LoadOptions(), CancellationToken.None);
        Assert.Equal((500, 0), (result.Keys, result.SkippedKeys));
        Assert.Equal((await client.CallAsync("DEBUG", "DIGEST")).Text, SampleKeys.Digest(target.Keys));
        Assert.Equal(
            SampleKeys.Digest(keys, withExpiryTimes: true), SampleKeys.Digest(target.Keys, withExpiryTimes: true));
    }

    [SkippableFact]
    public async Task We_pass_over_large_values_of_all_types_that_Redis_saved()
    {
        await using var redis = await RedisOracle.StartAsync("--stream-node-max-entries", "10");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var elements = Enumerable.Range(0, 2000).Select(i => $"element {i} of many").ToArray();
        await client.CallAsync(["SET", "before", "1"]);
        await client.CallAsync(["RPUSH", "list", .. elements]);
        await client.CallAsync(["SADD", "set", .. elements]);
        await client.CallAsync(["SADD", "intset", .. Enumerable.Range(0, 300).Select(i => $"{i * 100_000L}")]);
        await client.CallAsync(
            ["HSET", "hash", .. elements.SelectMany(element => new[] { element, element + element })]);
        await client.CallAsync(
            ["ZADD", "zset", .. elements.SelectMany((element, i) => new[] { $"{i / 3.0}", element })]);
        foreach (var element in elements.Take(100))
            await client.CallAsync("XADD", "stream", "*", "field", element);
        await client.CallAsync("XGROUP", "CREATE", "stream", "group", "0");
        await client.CallAsync("XREADGROUP", "GROUP", "group", "alice", "COUNT", "70", "STREAMS", "stream", ">");
        await client.CallAsync("SET", "after", "1");
        await client.CallAsync("SAVE");

        var target = new CollectingTarget();
        var path = Path.Combine(redis.Folder, "dump.rdb");
        var result = RdbLoader.Load(
            DiskDevice.Instance, path, LoadedFile.Snapshot, target, new LoadOptions(), CancellationToken.None);
        Assert.Equal((8, 6), (result.Keys, target.Collections));
        Assert.Equal(new FileInfo(path).Length, result.Bytes);
    }

    /// <summary>Writes keys as a server does, with a size hint for each database.</summary>
    internal static void Write(Stream output, IEnumerable<SampleKey> keys, RdbWriterOptions options)
    {
        using var writer = new RdbWriter(output, options);
        writer.WriteHeader(new RdbDescription("7.0.15", 1_700_000_000, 1_000_000, IsAofBase: false));
        foreach (var group in keys.GroupBy(key => key.Database))
        {
            writer.SelectDatabase(group.Key);
            writer.WriteSizeHint(group.Count(), group.Count(key => key.ExpireAtMs >= 0));
            foreach (var key in group)
                writer.WriteString(key.Key, key.Value, key.ExpireAtMs);
        }

        writer.Complete();
    }
}
