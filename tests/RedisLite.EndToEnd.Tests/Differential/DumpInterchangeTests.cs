using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>What one server DUMPs the other RESTOREs, in both directions.</summary>
public sealed class DumpInterchangeTests
{
    [SkippableFact]
    public async Task Strings_of_every_kind_go_both_ways()
    {
        await using var oracle = await RedisOracle.StartAsync();
        await using var server = await ServerUnderTest.StartAsync();
        await using var ours = await server.ConnectAsync();
        await using var theirs = await RespClient.ConnectAsync(oracle.EndPoint);
        foreach (var value in Values())
        {
            await MoveAsync(ours, theirs, value);
            await MoveAsync(theirs, ours, value);
        }

        await server.StopAndCheckAsync();
    }

    private static async Task MoveAsync(RespClient from, RespClient to, byte[] value)
    {
        await from.CallAsync(["SET"u8.ToArray(), "k"u8.ToArray(), value]);
        var payload = (await from.CallAsync("DUMP", "k")).Bytes;
        var restored = await to.CallAsync(["RESTORE"u8.ToArray(), "k"u8.ToArray(), "0"u8.ToArray(), payload, "REPLACE"u8.ToArray()]);
        Assert.Equal("+OK", restored.ToString());
        Assert.Equal(value, (await to.CallAsync("GET", "k")).Bytes);
    }

    private static IEnumerable<byte[]> Values()
    {
        foreach (var text in new[] { "", "0", "-1", "127", "128", "-129", "32768", "2147483648", "01", "1.5", "text" })
            yield return System.Text.Encoding.ASCII.GetBytes(text);
        var random = new Random(20260103);
        foreach (var length in new[] { 5, 20, 21, 63, 64, 100, 300, 5000, 16383, 16384, 70_000, 1_000_000 })
        {
            yield return new byte[length];
            var noise = new byte[length];
            random.NextBytes(noise);
            yield return noise;
            // Words that come again and again, at distances near and far: what compression is for.
            var words = new byte[length];
            for (var i = 0; i < length; i++)
                words[i] = (byte)"the quick brown fox "[(i + (i / 997)) % 20];
            yield return words;
        }
    }
}
