using System.Globalization;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>Replies larger than what a connection holds at once, over a socket.</summary>
public sealed class LongReplyTests
{
    private const int Members = 60_000;

    [Fact]
    public async Task Whole_collections_come_complete_and_in_their_place_among_other_replies()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        await FillAsync(client);

        await client.SendAsync("SMEMBERS", "s");
        await client.SendAsync("PING", "between");
        await client.SendAsync("HGETALL", "h");
        await client.SendAsync("SUNION", "s", "missing");
        await client.SendAsync("PING", "after");

        Assert.Equal(Members, Different(await client.ReadReplyAsync(), step: 1));
        Assert.Equal("between", (await client.ReadReplyAsync()).Text);
        Assert.Equal(Members, Different(await client.ReadReplyAsync(), step: 2));
        Assert.Equal(Members, Different(await client.ReadReplyAsync(), step: 1));
        Assert.Equal("after", (await client.ReadReplyAsync()).Text);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_reply_shows_the_moment_of_its_command_whatever_is_written_meanwhile()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var writer = await RespClient.ConnectAsync(server.EndPoint);
        await FillAsync(writer);
        await using var reader = await RespClient.ConnectAsync(server.EndPoint, receiveBufferSize: 4096);
        await reader.CallAsync("PING");

        await reader.SendAsync("SMEMBERS", "s");
        Assert.Equal($"*{Members}", await reader.ReadLineAsync());
        await writer.CallAsync("SADD", "s", "another");
        await writer.CallAsync("DEL", "s");

        var members = new HashSet<string>();
        for (var i = 0; i < Members; i++)
            members.Add((await reader.ReadAsync()).Text);
        Assert.Equal(Members, members.Count);
        Assert.DoesNotContain("another", members);
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task A_client_may_leave_in_the_middle()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await using var client = await RespClient.ConnectAsync(server.EndPoint);
        await FillAsync(client);
        await using (var leaver = await RespClient.ConnectAsync(server.EndPoint, receiveBufferSize: 4096))
        {
            await leaver.SendAsync("SMEMBERS", "s");
            Assert.Equal($"*{Members}", await leaver.ReadLineAsync());
        }

        Assert.Equal(
            $"{Members}", (await client.CallAsync("SCARD", "s")).Integer.ToString(CultureInfo.InvariantCulture));
        await server.StopAndCheckAsync();
    }

    private static async Task FillAsync(RespClient client)
    {
        for (var from = 0; from < Members; from += 1000)
        {
            var numbers = Enumerable.Range(from, 1000);
            await client.CallAsync(["SADD", "s", .. numbers.Select(n => $"member:{n}")]);
            await client.CallAsync(["HSET", "h", .. numbers.SelectMany(n => new[] { $"field:{n}", $"value:{n}" })]);
        }
    }

    private static int Different(RespValue reply, int step) =>
        reply.Items.Where((_, i) => i % step == 0).Select(item => item.Text).Distinct().Count();
}
