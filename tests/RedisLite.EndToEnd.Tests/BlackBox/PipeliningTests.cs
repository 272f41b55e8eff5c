using System.Text;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>Requests in every portion: many in one write, one in many writes, small and large.</summary>
public sealed class PipeliningTests
{
    [Fact]
    public async Task Ten_thousand_commands_in_one_write_are_answered_in_order()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var requests = new MemoryStream();
        for (var i = 0; i < 10_000; i++)
            requests.Write(RespClient.Encode("ECHO", $"{i}"));
        var sending = client.SendRawAsync(requests.ToArray());
        for (var i = 0; i < 10_000; i++)
            Assert.Equal($"{i}", (await client.ReadReplyAsync()).Text);
        await sending;
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Commands_that_depend_on_each_other_run_in_the_order_sent_whether_short_or_long()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var requests = new MemoryStream();
        for (var i = 1; i <= 1000; i++)
        {
            requests.Write(RespClient.Encode("INCR", "n"));
            requests.Write(RespClient.Encode("KEYS", "nomatch*"));
            requests.Write(RespClient.Encode("GET", "n"));
        }

        var sending = client.SendRawAsync(requests.ToArray());
        for (var i = 1; i <= 1000; i++)
        {
            Assert.Equal(i, (await client.ReadReplyAsync()).Integer);
            Assert.Empty((await client.ReadReplyAsync()).Items);
            Assert.Equal($"{i}", (await client.ReadReplyAsync()).Text);
        }

        await sending;
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Requests_cut_at_random_places_are_answered_alike()
    {
        await using var server = await ServerUnderTest.StartAsync();
        var random = new Random(20260102);
        var values = Enumerable.Range(0, 200).Select(_ => new string('v', random.Next(3000))).ToArray();
        var requests = values.SelectMany((value, i) => RespClient.Encode("SET", $"k{i}", value)
            .Concat(Encoding.ASCII.GetBytes(i % 3 == 0 ? "PING\r\n" : ""))
            .Concat(RespClient.Encode("GET", $"k{i}"))).ToArray();

        await using var client = await server.ConnectAsync();
        var sending = SendInPiecesAsync(client, requests, random);
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal("OK", (await client.ReadReplyAsync()).Text);
            if (i % 3 == 0)
                Assert.Equal("PONG", (await client.ReadReplyAsync()).Text);
            Assert.Equal(values[i], (await client.ReadReplyAsync()).Text);
        }

        await sending;
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData(64 * 1024)]
    [InlineData(1024 * 1024)]
    [InlineData(20 * 1024 * 1024)]
    public async Task A_large_value_goes_in_and_comes_out(int length)
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        var value = new byte[length];
        new Random(length).NextBytes(value);
        Assert.Equal("OK", (await client.CallAsync(["SET"u8.ToArray(), "big"u8.ToArray(), value])).Text);
        Assert.Equal(value, (await client.CallAsync("GET", "big")).Bytes);
        Assert.Equal(length, (await client.CallAsync("STRLEN", "big")).Integer);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task Clients_that_read_large_values_at_once_each_get_their_own()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            await using var client = await server.ConnectAsync();
            var key = $"big:{number}";
            var value = new string((char)('a' + number), 40_000 + (number * 9_999));
            await client.CallAsync("SET", key, value);
            for (var round = 0; round < 20; round++)
            {
                await client.SendRawAsync(
                    Enumerable.Repeat(RespClient.Encode("GET", key), 5).SelectMany(bytes => bytes).ToArray());
                for (var i = 0; i < 5; i++)
                    Assert.Equal(value, (await client.ReadReplyAsync()).Text);
            }
        }));
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_client_that_reads_only_after_it_has_sent_everything_gets_every_reply()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.CallAsync("SET", "k", new string('v', 10_000));
        // 30 MB of replies: more than the sockets' buffers hold, so the server must wait for the client and the client
        // for the server, without either giving up.
        var requests = Enumerable.Repeat(RespClient.Encode("GET", "k"), 3000).SelectMany(bytes => bytes).ToArray();
        await client.SendRawAsync(requests);
        for (var i = 0; i < 3000; i++)
            Assert.Equal(10_000, (await client.ReadReplyAsync()).Bytes.Length);
        await server.StopAndCheckAsync();
    }

    private static async Task SendInPiecesAsync(RespClient client, byte[] bytes, Random random)
    {
        for (var sent = 0; sent < bytes.Length;)
        {
            var piece = Math.Min(bytes.Length - sent, 1 + random.Next(random.Next(5) == 0 ? 5000 : 40));
            await client.SendRawAsync(bytes.AsMemory(sent, piece));
            sent += piece;
        }
    }
}
