using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Storage.Serialization;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>DUMP and RESTORE payloads go both ways between RedisLite and redis-server.</summary>
public sealed class DumpInterchangeTests
{
    [SkippableFact]
    public async Task Payloads_are_those_of_Redis_and_restore_there()
    {
        await using var redis = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var random = new Random(7);
        byte[] key = [.. "key"u8];
        for (var i = 0; i < 400; i++)
        {
            var value = SampleKeys.Value(random);
            await client.CallAsync(["SET"u8.ToArray(), key, value]);
            var theirs = (await client.CallAsync(["DUMP"u8.ToArray(), key])).Bytes;
            Assert.Equal(DumpStatus.String, DumpPayload.Open(theirs, out var found));
            var copy = new byte[found.String.Length];
            Assert.True(found.String.TryCopyTo(copy));
            Assert.Equal(value, copy);

            var ours = new byte[DumpPayload.MaxStringSize(value.Length)];
            ours = ours[..DumpPayload.WriteString(ours, value)];
            Assert.Equal(theirs.Length, ours.Length);
            Assert.Equal(theirs, ours);
            var restored = await client.CallAsync(
                ["RESTORE"u8.ToArray(), "copy"u8.ToArray(), "0"u8.ToArray(), ours, "REPLACE"u8.ToArray()]);
            Assert.Equal("OK", restored.Text);
            Assert.Equal(value, (await client.CallAsync("GET", "copy")).Bytes);
        }
    }

    [SkippableFact]
    public async Task Digests_of_values_are_those_of_Redis()
    {
        await using var redis = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var random = new Random(8);
        for (var i = 0; i < 50; i++)
        {
            var value = SampleKeys.Value(random);
            var expires = i % 2 == 0;
            await client.CallAsync(["SET"u8.ToArray(), "key"u8.ToArray(), value]);
            if (expires)
                await client.CallAsync("PEXPIREAT", "key", "4102444800000");
            var theirs = (await client.CallAsync("DEBUG", "DIGEST-VALUE", "key")).Items[0].Text;
            Assert.Equal(theirs, Convert.ToHexStringLower(DatasetDigest.OfStringValue(value, expires)));
        }
    }
}
