using System.Text;
using RedisLite.Core.Tests.Persistence.Serialization;
using RedisLite.EndToEnd.Tests.Persistence;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Persistence.Aof;
using RedisLite.Persistence.Files;
using RedisLite.Persistence.Loading;
using RedisLite.Persistence.Rdb;
using RedisLite.Storage.Serialization;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>
/// Collections of all types go both ways between RedisLite and redis-server, in payloads and in files.
/// </summary>
public sealed class CollectionInterchangeTests : FilesTest
{
    private static IEnumerable<string[]> AllCommands(int seed) =>
        SampleCollections.Commands(seed).Concat(SampleCollections.StreamCommands());

    [SkippableFact]
    public async Task What_redis_dumps_is_decoded_and_what_we_encode_is_the_same()
    {
        await using var redis = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        await SampleCollections.RunAsync(client, AllCommands(1));
        foreach (var key in await KeysAsync(client))
        {
            var theirs = (await client.CallAsync("DUMP", key)).Bytes;
            Assert.Equal(DumpStatus.Collection, DumpPayload.Open(theirs, out var dumped));
            var value = Damage.TryDecode(dumped.Type, dumped.Body);
            Assert.NotNull(value);
            var digest = (await client.CallAsync("DEBUG", "DIGEST-VALUE", key)).Items[0].Text;
            Assert.Equal(digest, Convert.ToHexStringLower(value.Digest()));

            var ours = value.Dump();
            if (IsSameByteForByte(key))
                Assert.Equal(Convert.ToHexString(theirs), Convert.ToHexString(ours));
            var restored = await client.CallAsync(
                ["RESTORE"u8.ToArray(), "copy"u8.ToArray(), "0"u8.ToArray(), ours, "REPLACE"u8.ToArray()]);
            Assert.Equal("OK", restored.Text);
            Assert.Equal(digest, (await client.CallAsync("DEBUG", "DIGEST-VALUE", "copy")).Items[0].Text);
            Assert.Equal(await client.CallAsync("OBJECT", "ENCODING", key), await client.CallAsync(
                "OBJECT", "ENCODING", "copy"));
        }
    }

    [SkippableFact]
    public async Task Whatever_happens_to_what_redis_dumps_it_is_refused_or_some_sound_value()
    {
        await using var redis = await RedisOracle.StartAsync("--rdbcompression", "no");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        await SampleCollections.RunAsync(client, AllCommands(2));
        foreach (var key in await KeysAsync(client))
        {
            DumpPayload.Open((await client.CallAsync("DUMP", key)).Bytes, out var dumped);
            if (dumped.Body.Length < 3000)
                Damage.Everywhere(dumped.Type, dumped.Body.ToArray());
            else
                Damage.AtRandom(dumped.Type, dumped.Body.ToArray(), new Random(3), count: 300);
        }
    }

    [SkippableFact]
    public async Task Old_forms_put_together_by_hand_are_to_redis_what_they_are_to_us()
    {
        await using var redis = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        foreach (var form in SerializedForms.All.Where(form => form.Type <= RdbType.StreamListpacks2))
        {
            var reply = await client.CallAsync(
                ["RESTORE"u8.ToArray(), "key"u8.ToArray(), "0"u8.ToArray(), form.Payload(), "REPLACE"u8.ToArray()]);
            Assert.True(reply.Text == "OK", $"{form.Type}: {reply}");
            var digest = (await client.CallAsync("DEBUG", "DIGEST-VALUE", "key")).Items[0].Text;
            Assert.Equal(digest, Convert.ToHexStringLower(form.Value.Digest()));
        }
    }

    /// <summary>Redis refuses with sanitize-dump-payload what we refuse: each damage is tried on both.</summary>
    [SkippableFact]
    public async Task Damaged_payloads_that_redis_refuses_are_refused()
    {
        await using var redis = await RedisOracle.StartAsync("--sanitize-dump-payload", "yes");
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var random = new Random(4);
        var forms = SerializedForms.All.Where(
            form => form.Type <= RdbType.StreamListpacks2 && form.Bytes.Length < 1000).ToList();
        for (var i = 0; i < 1500; i++)
        {
            var form = forms[random.Next(forms.Count)];
            var bytes = form.Bytes.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            var damaged = form with { Bytes = bytes };
            var reply = await client.CallAsync(
                ["RESTORE"u8.ToArray(), "key"u8.ToArray(), "0"u8.ToArray(), damaged.Payload(), "REPLACE"u8.ToArray()]);
            var ours = Damage.TryDecode(form.Type, bytes);
            if (reply.IsError)
                Assert.True(ours is null, $"{form.Type}: {reply}: {Convert.ToHexString(bytes)} is {ours}");
        }
    }

    [SkippableFact]
    public async Task Redis_loads_what_our_writers_make_of_what_it_saved()
    {
        string digest;
        var target = new ModelCollector();
        await using (var redis = await RedisOracle.StartAsync())
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            await SampleCollections.RunAsync(client, AllCommands(5));
            digest = (await client.CallAsync("DEBUG", "DIGEST")).Text;
            await client.CallAsync("SAVE");
            var path = Path.Combine(redis.Folder, "dump.rdb");
            RdbLoader.Load(
                DiskDevice.Instance, path, LoadedFile.Snapshot, target, new LoadOptions(), CancellationToken.None);
        }

        using (var file = File.Create(Path.Combine(Folder, "dump.rdb")))
        using (var writer = new RdbWriter(file))
        {
            writer.WriteHeader(new RdbDescription("7.0.15", 0, 0, IsAofBase: false));
            writer.SelectDatabase(0);
            target.WriteTo(writer);
            writer.Complete();
        }

        await using (var redis = await RedisOracle.StartAsync("--dir", Folder, "--dbfilename", "dump.rdb"))
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            Assert.Equal(digest, (await client.CallAsync("DEBUG", "DIGEST")).Text);
        }

        File.Delete(Path.Combine(Folder, "dump.rdb"));
        using (var file = File.Create(Path.Combine(Folder, "appendonly.aof")))
        using (var writer = new AofBaseWriter(file))
        {
            target.WriteTo(writer);
            writer.Complete();
        }

        await using (var redis = await RedisOracle.StartAsync("--dir", Folder, "--appendonly", "yes"))
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            Assert.Equal(digest, (await client.CallAsync("DEBUG", "DIGEST")).Text);
            Assert.Contains("carol", (await client.CallAsync("XINFO", "CONSUMERS", "stream", "group")).ToString(),
                StringComparison.Ordinal);
            Assert.Equal(76, (await client.CallAsync("XPENDING", "stream", "group")).Items[0].Integer);
        }
    }

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Our_server_restores_dumps_saves_and_rewrites_what_redis_had(bool isRdb)
    {
        string digest;
        var payloads = new Dictionary<string, byte[]>();
        await using (var redis = await RedisOracle.StartAsync())
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            await SampleCollections.RunAsync(client, SampleCollections.Commands(6));
            digest = (await client.CallAsync("DEBUG", "DIGEST")).Text;
            foreach (var key in await KeysAsync(client))
                payloads[key] = (await client.CallAsync("DUMP", key)).Bytes;
        }

        await using (var server = await StartAsync(persistence => persistence with { AofUseRdbPreamble = isRdb }))
        {
            await using var client = await server.ConnectAsync();
            foreach (var (key, payload) in payloads)
            {
                var reply = await client.CallAsync(
                    ["RESTORE"u8.ToArray(), Encoding.ASCII.GetBytes(key), "0"u8.ToArray(), payload]);
                Assert.Equal("OK", reply.Text);
                var ours = (await client.CallAsync("DUMP", key)).Bytes;
                if (IsSameByteForByte(key))
                    Assert.Equal(Convert.ToHexString(payload), Convert.ToHexString(ours));
            }

            Assert.Equal(digest, await DigestAsync(client));
            await client.CallAsync("BGREWRITEAOF");
            await WaitForInfoAsync(client, "aof_rewrites", "1");
        }

        // First by us, while the base that the rewrite wrote is all there is; where it is commands, those of later
        // families are needed to load it.
        if (isRdb)
            Assert.Equal(digest, await DigestAfterRestartAsync());
        await using (var redis = await RedisOracle.StartAsync("--dir", Folder, "--appendonly", "yes"))
        {
            await using var client = await RespClient.ConnectAsync(redis.EndPoint);
            Assert.Equal(digest, await DigestAsync(client));
        }
    }

    /// <summary>
    /// Sets and hashes have an order of their own where they are tables; lists were built by other steps.
    /// </summary>
    private static bool IsSameByteForByte(string key) =>
        key is "list:small" or "set:integers" or "set:wide" or "zset:small" or "hash:small";

    private static async Task<List<string>> KeysAsync(RespClient client) =>
        [.. (await client.CallAsync("KEYS", "*")).Items.Select(key => key.Text).Order(StringComparer.Ordinal)];
}
