using System.Net;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Soak;

/// <summary>What a client may do to a server that it does not like: each a short life of one connection.</summary>
/// <remarks>Whatever the server answers is right, a refusal or the end of the connection too; what is wrong shows at the end.</remarks>
internal sealed class Misbehaviour(IPEndPoint server, Random random)
{
    private static readonly string Large = new('x', 100_000);

    public async Task LiveAsync()
    {
        Func<RespClient, Task>[] lives =
        [
            WriteAsync, WriteAsync, HalfARequestAsync, ReadNothingAsync, SubscribeInSilenceAsync, PublishAsync, TrackAsync,
            TransactionAsync, GarbageAsync, AdministerAsync, CrowdAsync,
        ];
        try
        {
            await using var client = await RespClient.ConnectAsync(server);
            await lives[random.Next(lives.Length)](client);
            if (random.Next(3) == 0)
                client.Reset();
        }
        catch (Exception e) when (e is IOException or FormatException or System.Net.Sockets.SocketException or ObjectDisposedException)
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
        client.SendRawAsync($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${random.Next(50_000_000)}\r\n{Large[..random.Next(Large.Length)]}");

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
            ["CONFIG", "SET", "maxmemory", "0"], ["FLUSHALL", "ASYNC"], ["INFO"], ["CLIENT", "LIST"], ["MEMORY", "STATS"], ["KEYS", "*"],
        ];
        await client.CallAsync(orders[random.Next(orders.Length)]);
    }

    private async Task CrowdAsync(RespClient client)
    {
        var crowd = new List<RespClient>();
        try
        {
            for (var i = 0; i < 60; i++)
                crowd.Add(await RespClient.ConnectAsync(server));
            await client.CallAsync("PING");
        }
        finally
        {
            foreach (var one in crowd)
                await one.DisposeAsync();
        }
    }
}
