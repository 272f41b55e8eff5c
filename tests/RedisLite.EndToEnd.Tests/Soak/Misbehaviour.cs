using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Soak;

/// <summary>What a client may do to a server that it does not like: each a short life of one connection.</summary>
/// <remarks>
/// Whatever the server answers is right, a refusal or the end of the connection too; what is wrong shows at the end.
/// </remarks>
/// <param name="server">Where it is.</param>
/// <param name="random">What is done, and when it ends.</param>
/// <param name="crowd">As many clients come at once, more than the server serves.</param>
internal sealed class Misbehaviour(IPEndPoint server, Random random, int crowd = 60)
{
    private static readonly string Large = new('x', 100_000);

    public async Task LiveAsync()
    {
        Func<RespClient, Task>[] lives =
        [
            WriteAsync, WriteAsync, HalfARequestAsync, ReadNothingAsync, SubscribeInSilenceAsync,
            PublishAsync, TrackAsync,
            TransactionAsync, GarbageAsync, AdministerAsync, CrowdAsync, HoardAsync, WaitAsync, ScriptAsync,
            LongTransactionAsync,
            ByteByByteAsync, MonitorAsync, ReplicateAsync, CollectAsync, LimitAsync, FloodWithPushesAsync,
        ];
        try
        {
            await using var client = await RespClient.ConnectAsync(server);
            await lives[random.Next(lives.Length)](client);
            if (random.Next(3) == 0)
                client.Reset();
        }
        catch (Exception e) when (
            e is IOException or FormatException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Refused, or closed in the middle.
        }
    }

    private string Key() => $"k{random.Next(2000)}";

    private async Task WriteAsync(RespClient client)
    {
        for (var i = 0; i < 50; i++)
            await client.SendAsync("SET", Key(), new string('v', random.Next(600)), "PX", $"{1 + random.Next(2000)}");
        for (var i = 0; i < 50; i++)
            await client.ReadReplyAsync();
        await client.CallAsync("SET", Key(), "kept");
    }

    private Task HalfARequestAsync(RespClient client) =>
        client.SendRawAsync(
            $"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${random.Next(50_000_000)}\r\n{Large[..random.Next(Large.Length)]}");

    private static async Task ReadNothingAsync(RespClient client)
    {
        await client.CallAsync("SET", "large", Large);
        for (var i = 0; i < 200; i++)
            await client.SendAsync("GET", "large");
    }

    private static async Task SubscribeInSilenceAsync(RespClient client)
    {
        await client.SendAsync("CLIENT", "REPLY", "OFF");
        await client.SendAsync("PSUBSCRIBE", "*[" + new string('z', 10_000) + "]");
        await client.SendAsync("SUBSCRIBE", "news");
        await client.ReadAsync();
        await client.ReadAsync();
    }

    private static async Task PublishAsync(RespClient client)
    {
        for (var i = 0; i < 20; i++)
            await client.CallAsync("PUBLISH", "news", Large);
    }

    private async Task TrackAsync(RespClient client)
    {
        await client.CallAsync("HELLO", "3");
        await client.CallAsync("CLIENT", "TRACKING", "ON", "BCAST");
        await client.CallAsync("MSET", Key(), "1", Key(), "2");
    }

    private async Task TransactionAsync(RespClient client)
    {
        await client.CallAsync("WATCH", Key());
        await client.CallAsync("MULTI");
        for (var i = 0; i < 100; i++)
            await client.CallAsync("INCR", $"n{random.Next(10)}");
        if (random.Next(2) == 0)
            await client.CallAsync("EXEC");
    }

    private async Task GarbageAsync(RespClient client)
    {
        var bytes = new byte[random.Next(4096)];
        random.NextBytes(bytes);
        await client.SendRawAsync(bytes);
        await client.SendRawAsync("\r\n*999999999\r\n");
    }

    private async Task AdministerAsync(RespClient client)
    {
        string[][] orders =
        [
            ["BGSAVE"], ["BGREWRITEAOF"], ["CLIENT", "PAUSE", "20", "WRITE"], ["CONFIG", "SET", "maxmemory", "2mb"],
            ["CONFIG", "SET", "maxmemory", "0"], ["FLUSHALL", "ASYNC"], ["INFO"], ["CLIENT", "LIST"],
            ["MEMORY", "STATS"], ["KEYS", "*"],
        ];
        await client.CallAsync(orders[random.Next(orders.Length)]);
    }

    private async Task CrowdAsync(RespClient client)
    {
        var clients = new List<RespClient>();
        try
        {
            for (var i = 0; i < crowd; i++)
                clients.Add(await RespClient.ConnectAsync(server));
            await client.CallAsync("PING");
        }
        finally
        {
            foreach (var one in clients)
            {
                if (random.Next(2) == 0)
                    one.Reset();
                await one.DisposeAsync();
            }
        }
    }

    /// <summary>Megabytes of a request that is never finished.</summary>
    private async Task HoardAsync(RespClient client)
    {
        await client.SendRawAsync($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$40000000\r\n");
        for (var i = random.Next(60); i > 0; i--)
            await client.SendRawAsync(Large);
        await using var another = await RespClient.ConnectAsync(server);
        await another.CallAsync("INFO", "memory");
    }

    private async Task WaitAsync(RespClient client)
    {
        string[][] waits =
        [
            ["BLPOP", "list", "none", $"0.{random.Next(1, 9)}"], ["BLMOVE", "none", "list", "LEFT", "RIGHT", "0"],
            ["BZPOPMIN", "none", "0"],
            ["XREAD", "BLOCK", "0", "STREAMS", "stream", "$"], ["WAIT", "1", $"{random.Next(1, 300)}"],
        ];
        await client.SendAsync(waits[random.Next(waits.Length)]);
        await using var another = await RespClient.ConnectAsync(server);
        await another.CallAsync("RPUSH", "list", "x");
        await another.CallAsync("XADD", "stream", "MAXLEN", "100", "*", "f", "v");
        if (random.Next(2) == 0)
            await client.SendAsync("PING");
    }

    private async Task ScriptAsync(RespClient client)
    {
        string[] scripts =
        [
            "for i = 1, 300 do redis.call('SET', 's' .. i, i, 'PX', 500) end return redis.call('DBSIZE')",
            "local t = {} for i = 1, 20000 do t[i] = string.rep('x', 50) end return #t",
            "return redis.call('GET', KEYS[1]) .. nil",
            "return redis.call('LRANGE', 'list', 0, -1)", "for i = 1, 2000000 do end return 1",
        ];
        await client.SendAsync("EVAL", scripts[random.Next(scripts.Length)], "1", Key());
        if (random.Next(2) == 0)
            await client.ReadReplyAsync();
    }

    private async Task LongTransactionAsync(RespClient client)
    {
        await client.SendAsync("MULTI");
        for (var i = 0; i < 5000; i++)
            await client.SendAsync("SETEX", Key(), "2", "queued");
        await client.SendAsync("EXEC");
        if (random.Next(2) == 0)
            return;
        for (var i = 0; i < 5002; i++)
            await client.ReadReplyAsync();
    }

    private async Task ByteByByteAsync(RespClient client)
    {
        foreach (var one in RespClient.Encode("SET", Key(), "slow", "PX", "700"))
            await client.SendRawAsync(new[] { one });
        await client.ReadReplyAsync();
    }

    private async Task MonitorAsync(RespClient client)
    {
        await client.CallAsync("MONITOR");
        await using var another = await RespClient.ConnectAsync(server);
        for (var i = 0; i < 20; i++)
            await another.CallAsync("ECHO", Large);
    }

    /// <summary>Has a copy made and leaves in the middle of it, or does not take it.</summary>
    private async Task ReplicateAsync(RespClient client)
    {
        await client.CallAsync("REPLCONF", "listening-port", "1", "capa", "eof", "capa", "psync2");
        await client.SendAsync("PSYNC", "?", "-1");
        if (random.Next(2) == 0)
            await client.ReadLineAsync();
    }

    private async Task CollectAsync(RespClient client)
    {
        var name = $"c{random.Next(4)}";
        for (var i = 0; i < 20; i++)
        {
            var members = Enumerable.Range(0, 50).Select(_ => $"m{random.Next(5000)}").ToArray();
            await client.SendAsync(["SADD", name, .. members]);
            await client.SendAsync(["HSET", "h" + name, .. members]);
            await client.SendAsync(
                ["ZADD", "z" + name, .. members.SelectMany(member => new[] { $"{random.Next(100)}", member })]);
            await client.SendAsync("LPUSH", "l" + name, Large[..random.Next(2000)]);
        }

        for (var i = 0; i < 80; i++)
            await client.ReadReplyAsync();
        foreach (var kind in (string[])["", "h", "z", "l"])
            await client.CallAsync(random.Next(2) == 0 ? "PEXPIRE" : "UNLINK", kind + name, $"{random.Next(2000)}");
    }

    /// <summary>Limits fall and rise; with every policy.</summary>
    private async Task LimitAsync(RespClient client)
    {
        string[] policies =
        [
            "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru", "volatile-lfu", "volatile-random",
            "volatile-ttl", "noeviction",
        ];
        string[] sizes = ["0", "1mb", "2mb", "5mb", "20mb"];
        await client.CallAsync("CONFIG", "SET", "maxmemory-policy", policies[random.Next(policies.Length)]);
        await client.CallAsync("CONFIG", "SET", "maxmemory", sizes[random.Next(sizes.Length)]);
        await client.CallAsync("CONFIG", "SET", "maxmemory-clients", random.Next(3) == 0 ? "8mb" : "0");
    }

    /// <summary>Caches keys, writes them, and does not read that they are invalid; is killed by another.</summary>
    private async Task FloodWithPushesAsync(RespClient client)
    {
        await client.CallAsync("HELLO", "3");
        await client.CallAsync("CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "k");
        var id = (await client.CallAsync("CLIENT", "ID")).Integer;
        await using var another = await RespClient.ConnectAsync(server);
        for (var i = 0; i < 200; i++)
            await another.SendAsync("SETEX", Key(), "1", "v");
        for (var i = 0; i < 200; i++)
            await another.ReadReplyAsync();
        await another.CallAsync("CLIENT", "KILL", "ID", $"{id}");
    }
}
