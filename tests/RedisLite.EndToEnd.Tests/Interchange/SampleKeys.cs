using System.Text;
using RedisLite.EndToEnd.Tests.Support;
using RedisLite.Storage.Serialization;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>A key that holds a string.</summary>
internal sealed record SampleKey(int Database, byte[] Key, byte[] Value, long ExpireAtMs);

/// <summary>Keys as a real data set may have them: mixed sizes, binary, with expiry, in several databases.</summary>
internal static class SampleKeys
{
    public const long NoExpiry = -1;

    /// <summary>
    /// The same keys for the same seed. Expiry lies decades ahead, so that nothing expires during a test.
    /// </summary>
    public static List<SampleKey> Generate(int seed, int count)
    {
        var random = new Random(seed);
        var keys = new List<SampleKey>();
        for (var i = 0; i < count; i++)
        {
            var key = Encoding.ASCII.GetBytes($"key:{i}:").Concat(Bytes(random, random.Next(20))).ToArray();
            var expireAt = random.Next(3) == 0 ? 4_102_444_800_000 + random.NextInt64(1_000_000_000) : NoExpiry;
            keys.Add(new SampleKey(random.Next(4) * 5, key, Value(random), expireAt));
        }

        return keys;
    }

    /// <summary>A value of one of the kinds that are stored differently.</summary>
    public static byte[] Value(Random random) => random.Next(9) switch
    {
        0 => [],
        1 => Encoding.ASCII.GetBytes($"{random.Next(-200, 200)}"),
        2 => Encoding.ASCII.GetBytes($"{random.Next()}"),
        3 => Encoding.ASCII.GetBytes($"{random.NextInt64(long.MinValue, long.MaxValue)}"),
        4 => Bytes(random, random.Next(100)),
        5 => Bytes(random, random.Next(100_000)),
        6 => Text(random, random.Next(300)),
        7 => Text(random, random.Next(20_000)),
        _ => new byte[random.Next(2000)],
    };

    /// <summary>The digest of all keys, as DEBUG DIGEST gives it.</summary>
    public static string Digest(IEnumerable<SampleKey> keys, bool withExpiryTimes = false)
    {
        var digest = new DatasetDigest(withExpiryTimes);
        foreach (var key in keys)
            digest.AddString(key.Database, key.Key, key.Value, key.ExpireAtMs);
        return digest.ToString();
    }

    /// <summary>Sets all keys on a server.</summary>
    public static async Task SetAllAsync(RespClient client, IEnumerable<SampleKey> keys)
    {
        foreach (var group in keys.GroupBy(key => key.Database))
        {
            await client.CallAsync("SELECT", $"{group.Key}");
            foreach (var (_, key, value, expireAtMs) in group)
            {
                byte[][] command = ["SET"u8.ToArray(), key, value];
                if (expireAtMs != NoExpiry)
                    command = [.. command, "PXAT"u8.ToArray(), Encoding.ASCII.GetBytes($"{expireAtMs}")];
                Assert.Equal("OK", (await client.CallAsync(command)).Text);
            }
        }

        await client.CallAsync("SELECT", "0");
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>Words that come again, as in JSON or HTML.</summary>
    private static byte[] Text(Random random, int count)
    {
        string[] words = [
            "{\"id\":", "\"name\":\"", "value", "],", "alice", " the ", "0000", "\r\n", "<div class=", "\""];
        var text = new StringBuilder();
        while (text.Length < count)
            text.Append(random.Next(6) == 0 ? random.Next(1000).ToString() : words[random.Next(words.Length)]);
        return Encoding.ASCII.GetBytes(text.ToString()[..count]);
    }
}
