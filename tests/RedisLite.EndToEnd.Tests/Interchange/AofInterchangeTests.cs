using System.Globalization;
using System.Text.RegularExpressions;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Checking;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Loading;
using RedisLite.Persistence.Rdb;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>Append only directories go both ways between RedisLite and redis-server.</summary>
public sealed partial class AofInterchangeTests
{
    [SkippableTheory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Redis_loads_our_directory(int seed, bool baseIsRdb)
    {
        var checker = ExternalProgram.Require("redis-check-aof");
        using var folder = new TemporaryFolder();
        var location = new AofLocation(folder.Path);
        var keys = SampleKeys.Generate(seed, 300);
        WriteDirectory(location, keys, baseIsRdb);

        var manifest = Path.Combine(location.DirectoryPath, "appendonly.aof.manifest");
        var (exitCode, output, _) = await ChildProcess.RunAsync(checker, [manifest]);
        Assert.Contains("All AOF files and manifest are valid", output);
        Assert.Equal(0, exitCode);
        Assert.True(new AofCheck(location, DiskDevice.Instance, _ => { }).Run().IsSound);

        await using var redis = await RedisOracle.StartAsync("--dir", folder.Path, "--appendonly", "yes");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        Assert.Equal(SampleKeys.Digest(keys), (await client.CallAsync("DEBUG", "DIGEST")).Text);
        Assert.Equal(keys, await LoadAsync(client, location), SameKeys);
    }

    [SkippableTheory]
    [InlineData(3, "yes", "no")]
    [InlineData(4, "no", "yes")]
    public async Task We_load_the_directory_of_Redis(int seed, string rdbPreamble, string timestamps)
    {
        await using var redis = await RedisOracle.StartAsync(
            "--appendonly", "yes", "--aof-use-rdb-preamble", rdbPreamble, "--aof-timestamp-enabled", timestamps);
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var location = new AofLocation(redis.Folder);
        var keys = SampleKeys.Generate(seed, 300);
        await SampleKeys.SetAllAsync(client, keys.Take(150));
        await RewriteAsync(client);
        await SampleKeys.SetAllAsync(client, keys.Skip(150).Take(75));
        Assert.Equal(225, (await LoadAsync(client, location)).Count);
        await RewriteAsync(client);
        await client.CallAsync("MULTI");
        await client.CallAsync("SET", "in transaction", "1");
        await client.CallAsync("DEL", "in transaction");
        await client.CallAsync("EXEC");
        await SampleKeys.SetAllAsync(client, keys.Skip(225));

        var loaded = await LoadAsync(client, location);
        Assert.Equal((await client.CallAsync("DEBUG", "DIGEST")).Text, SampleKeys.Digest(loaded));
        Assert.Equal(keys, loaded, SameKeys);
        Assert.True(new AofCheck(location, DiskDevice.Instance, _ => { }).Run().IsSound);
    }

    [SkippableFact]
    public async Task Redis_goes_on_where_we_stopped_and_we_where_it_stopped()
    {
        using var folder = new TemporaryFolder();
        var location = new AofLocation(folder.Path);
        var keys = SampleKeys.Generate(5, 90);
        WriteDirectory(location, keys.Take(30), baseIsRdb: true);
        await using (var redis = await RedisOracle.StartAsync(
            "--dir", folder.Path, "--appendonly", "yes", "--appendfsync", "always"))
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            await SampleKeys.SetAllAsync(client, keys.Skip(30).Take(30));
            await RewriteAsync(client);
        }

        Append(AofDirectory.Open(location, DiskDevice.Instance), keys.Skip(60));
        await using (var redis = await RedisOracle.StartAsync("--dir", folder.Path, "--appendonly", "yes"))
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            Assert.Equal(SampleKeys.Digest(keys), (await client.CallAsync("DEBUG", "DIGEST")).Text);
        }
    }

    [SkippableFact]
    public async Task We_agree_with_the_checker_of_Redis_on_where_a_cut_file_stops_being_sound()
    {
        var checker = ExternalProgram.Require("redis-check-aof");
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "cut.aof");
        byte[] whole =
        [
            .. Command("SELECT", "0"), .. Command("SET", "a", "1"),
            .. Command("MULTI"), .. Command("SET", "b", "2"), .. Command("EXEC"), .. Command("SET", "last", "value"),
        ];
        for (var length = 1; length <= whole.Length; length += 7)
        {
            await File.WriteAllBytesAsync(path, whole[..length]);
            var (_, output, _) = await ChildProcess.RunAsync(checker, [path]);
            using var reader = new AofReader(DiskDevice.Instance.OpenRead(path));
            while (reader.Read())
            {
                // to its end
            }

            Assert.Equal(
                long.Parse(OkUpTo().Match(output).Groups[1].Value, CultureInfo.InvariantCulture), reader.GoodLength);
        }
    }

    /// <summary>A base and an increment of which each has a part of the keys, after a rewrite.</summary>
    private static void WriteDirectory(AofLocation location, IEnumerable<SampleKey> keys, bool baseIsRdb)
    {
        var all = keys.ToArray();
        var half = all.Length / 2;
        var directory = AofDirectory.Open(location, DiskDevice.Instance);
        var first = directory.OpenForAppend();
        var increment = directory.StartIncrement(first);
        first.Dispose();
        using (var newBase = directory.CreateBase())
        {
            if (baseIsRdb)
                RdbInterchangeTests.Write(newBase.Output, all[..half], new RdbWriterOptions());
            else
                newBase.Output.Write(all[..half].SelectMany(ToCommands).ToArray());
            directory.CompleteRewrite(newBase, baseIsRdb, increment);
        }

        increment.Dispose();
        directory.DeleteHistory();
        Append(directory, all[half..]);
    }

    private static void Append(AofDirectory directory, IEnumerable<SampleKey> keys)
    {
        using var file = directory.OpenForAppend();
        foreach (var key in keys)
            file.Append([ToCommands(key)]);
        file.Sync();
    }

    private static byte[] ToCommands(SampleKey key)
    {
        byte[][] set = ["SET"u8.ToArray(), key.Key, key.Value];
        if (key.ExpireAtMs >= 0)
            set = [.. set, "PXAT"u8.ToArray(), System.Text.Encoding.ASCII.GetBytes($"{key.ExpireAtMs}")];
        return [.. Command("SELECT", $"{key.Database}"), .. RespClient.Encode(set)];
    }

    private static byte[] Command(params string[] words) => RespClient.Encode(words);

    /// <summary>Loads what is on the disk, when all of it is there.</summary>
    private static async Task<List<SampleKey>> LoadAsync(RespClient client, AofLocation location)
    {
        // So that a reply means that all before it is in the file; with everysec a write may be put off for two
        // seconds.
        await client.CallAsync("CONFIG", "SET", "appendfsync", "always");
        await client.CallAsync("DEL", "no such key");
        var target = new CollectingTarget();
        var options = new LoadOptions { TruncateTornTail = false };
        AofLoader.Load(AofDirectory.Open(location, DiskDevice.Instance), target, options, CancellationToken.None);
        return [.. target.Keys];
    }

    private static async Task RewriteAsync(RespClient client)
    {
        await client.CallAsync("BGREWRITEAOF");
        while ((await client.CallAsync("INFO", "persistence")).Text.Contains("aof_rewrite_in_progress:1")
            || (await client.CallAsync("INFO", "persistence")).Text.Contains("aof_rewrite_scheduled:1"))
        {
            await client.CallAsync("DEBUG", "SLEEP", "0.02"); // the server sleeps, and answers when it has
        }
    }

    private static bool SameKeys(IEnumerable<SampleKey> one, IEnumerable<SampleKey> other) =>
        SampleKeys.Digest(one, withExpiryTimes: true) == SampleKeys.Digest(other, withExpiryTimes: true);

    [GeneratedRegex(@"ok_up_to=(\d+)")]
    private static partial Regex OkUpTo();
}
