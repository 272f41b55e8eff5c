using System.Globalization;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Interchange;

/// <summary>Collections of all types in all of Redis's encodings, as commands that make them.</summary>
internal static class SampleCollections
{
    private static readonly string Long = new('x', 100);

    /// <summary>Each value by its key; streams apart.</summary>
    public static IEnumerable<string[]> Commands(int seed)
    {
        var random = new Random(seed);
        yield return ["RPUSH", "list:small", "a", "1", "-5000", "70000", "", "8388607", "-9223372036854775808"];
        yield return ["RPUSH", "list:nodes", .. Texts(random, 3000)];
        yield return ["RPUSH", "list:large", "before", new string('y', 20_000), new string(
            'z', 16_383), "after", new string('w', 4_096)];
        yield return ["SADD", "set:integers", .. Integers(random, 500)];
        yield return ["SADD", "set:wide", "1", "-9223372036854775808"];
        yield return ["SADD", "set:many", .. Integers(random, 1000)];
        yield return ["SADD", "set:texts", .. Texts(random, 300)];
        yield return [
            "ZADD", "zset:small", "1", "a", "1.1", "b", "-inf", "c", "inf", "d", "1e300", "e", "-3", "7", "1e17", "g"];
        yield return ["ZADD", "zset:many", .. Texts(random, 300).SelectMany(text => new[] { Score(random), text })];
        yield return ["ZADD", "zset:long", "0.1", Long, "2", "b"];
        yield return ["HSET", "hash:small", "f", "v", "1", "2", "g", ""];
        yield return [
            "HSET", "hash:many", .. Texts(random, 600).SelectMany(text => new[] { text, $"{random.Next()}" })];
        yield return ["HSET", "hash:long", "f", Long];
    }

    /// <summary>Streams with groups, pending entries, deleted ones and different fields.</summary>
    public static IEnumerable<string[]> StreamCommands()
    {
        for (var i = 1; i <= 250; i++)
            yield return ["XADD", "stream", $"{1000 + (i / 3)}-{i}", "field", $"value {i}", "n", $"{i}", .. i % 7 == 0
                ? ["odd", "1"] : Array.Empty<string>()];
        yield return ["XDEL", "stream", "1001-4", "1005-16", "1083-250"];
        yield return ["XGROUP", "CREATE", "stream", "group", "0"];
        yield return ["XGROUP", "CREATE", "stream", "idle", "1010-31"];
        yield return ["XREADGROUP", "GROUP", "group", "alice", "COUNT", "70", "STREAMS", "stream", ">"];
        yield return ["XREADGROUP", "GROUP", "group", "bob", "COUNT", "7", "STREAMS", "stream", ">"];
        yield return ["XACK", "stream", "group", "1002-6"];
        yield return ["XGROUP", "CREATECONSUMER", "stream", "group", "carol"];
        yield return ["XADD", "emptied", "5-5", "a", "b"];
        yield return ["XDEL", "emptied", "5-5"];
    }

    /// <summary>Runs all commands; none may fail.</summary>
    public static async Task RunAsync(RespClient client, IEnumerable<string[]> commands)
    {
        foreach (var command in commands)
        {
            var reply = await client.CallAsync(command);
            Assert.False(reply.IsError, $"{command[0]}: {reply}");
        }
    }

    private static IEnumerable<string> Texts(Random random, int count) =>
        Enumerable.Range(0, count).Select(i => $"{i}:" + new string((char)('a' + random.Next(26)), random.Next(40)));

    private static IEnumerable<string> Integers(Random random, int count) =>
        Enumerable.Range(0, count).Select(_ => $"{random.Next(-100_000, 100_000)}").Distinct();

    private static string Score(Random random) =>
        random.Next(3) == 0 ? $"{random.Next(10)}" : random.NextDouble().ToString("R", CultureInfo.InvariantCulture);
}
