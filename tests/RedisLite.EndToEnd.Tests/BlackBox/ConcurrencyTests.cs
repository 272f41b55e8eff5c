using System.Globalization;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.BlackBox;

/// <summary>
/// Several clients at once on the same keys: what one sees must be explicable by some order of all commands.
/// </summary>
public sealed class ConcurrencyTests
{
    private const int Accounts = 1000;
    private const int Movers = 8;
    private const long StartBalance = 100;

    [Fact]
    public async Task Eight_clients_move_money_between_a_thousand_accounts_and_no_observer_sees_the_sum_change()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await OpenAccountsAsync(server);
        using var done = new CancellationTokenSource();
        var observers = Enumerable.Range(0, 2).Select(_ => ObserveAsync(server, done.Token)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Movers).Select(mover => MoveAsync(server, mover)));
        await done.CancelAsync();
        var observations = await Task.WhenAll(observers);
        Assert.All(observations, count => Assert.True(count > 0));
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task WATCH_lets_exactly_one_of_several_racing_transactions_through()
    {
        const int rounds = 300;
        await using var server = await ServerUnderTest.StartAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.ConnectAsync()));
        var wins = await Task.WhenAll(clients.Select(async client =>
        {
            var won = 0;
            while (won < rounds)
            {
                await client.CallAsync("WATCH", "counter");
                var value = await client.CallAsync("GET", "counter");
                var next = value.IsNull ? 1 : value.Integer + 1;
                await client.CallAsync("MULTI");
                await client.CallAsync("SET", "counter", $"{next}");
                if (!(await client.CallAsync("EXEC")).IsNull)
                    won++;
            }

            return won;
        }));
        Assert.Equal($"{wins.Sum()}", (await clients[0].CallAsync("GET", "counter")).Text);
        foreach (var client in clients)
            await client.DisposeAsync();
        await server.StopAndCheckAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SCAN_returns_every_key_that_was_there_throughout_while_the_table_grows_or_shrinks(bool growing)
    {
        const int stable = 2000;
        const int passing = 30_000;
        await using var server = await ServerUnderTest.StartAsync();
        await using var scanner = await server.ConnectAsync();
        await using var changer = await server.ConnectAsync();
        await EachAsync(changer, stable, i => ["SET", $"stable:{i}", "v"]);
        if (!growing)
            await EachAsync(changer, passing, i => ["SET", $"passing:{i}", "v"]);

        var changing = EachAsync(
            changer, passing, i => growing ? ["SET", $"passing:{i}", "v"] : ["DEL", $"passing:{i}"]);
        do
        {
            var seen = new HashSet<string>();
            var cursor = "0";
            do
            {
                var reply = await scanner.CallAsync("SCAN", cursor, "COUNT", "100");
                cursor = reply.Items[0].Text;
                foreach (var key in reply.Items[1].Items.Where(
                    key => key.Text.StartsWith("stable:", StringComparison.Ordinal)))
                    seen.Add(key.Text);
            }
            while (cursor != "0");
            Assert.Equal(stable, seen.Count);
        }
        while (!changing.IsCompleted);

        await changing;
        await server.StopAndCheckAsync();
    }

    [Fact]
    public async Task INCR_by_many_clients_loses_no_count()
    {
        await using var server = await ServerUnderTest.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Movers).Select(async _ =>
        {
            await using var client = await server.ConnectAsync();
            await EachAsync(client, 5000, _ => ["INCR", "n"]);
        }));
        await using var reader = await server.ConnectAsync();
        Assert.Equal($"{Movers * 5000}", (await reader.CallAsync("GET", "n")).Text);
        await server.StopAndCheckAsync();
    }

    private static async Task OpenAccountsAsync(ServerUnderTest server)
    {
        await using var client = await server.ConnectAsync();
        await client.CallAsync(
            ["MSET", .. Enumerable.Range(0, Accounts).SelectMany(i => new[] { $"a:{i}", $"{StartBalance}" })]);
    }

    private static async Task MoveAsync(ServerUnderTest server, int seed)
    {
        var random = new Random(seed);
        await using var client = await server.ConnectAsync();
        for (var i = 0; i < 1000; i++)
        {
            var (from, to) = ($"a:{random.Next(Accounts)}", $"a:{random.Next(Accounts)}");
            var amount = $"{random.Next(1, 50)}";
            await client.SendRawAsync((byte[])
            [
                .. RespClient.Encode("MULTI"), .. RespClient.Encode("DECRBY", from, amount),
                .. RespClient.Encode("INCRBY", to, amount),
                .. RespClient.Encode("EXEC"),
            ]);
            for (var reply = 0; reply < 3; reply++)
                Assert.Equal(RespKind.SimpleString, (await client.ReadReplyAsync()).Kind);
            Assert.Equal(2, (await client.ReadReplyAsync()).Items.Count);
        }
    }

    private static async Task<int> ObserveAsync(ServerUnderTest server, CancellationToken done)
    {
        string[] command = ["MGET", .. Enumerable.Range(0, Accounts).Select(i => $"a:{i}")];
        await using var client = await server.ConnectAsync();
        var observations = 0;
        do
        {
            var balances = await client.CallAsync(command);
            Assert.Equal(Accounts * StartBalance, balances.Items.Sum(
                balance => long.Parse(balance.Text, CultureInfo.InvariantCulture)));
            observations++;
        }
        while (!done.IsCancellationRequested);

        return observations;
    }

    private static async Task EachAsync(RespClient client, int count, Func<int, string[]> command)
    {
        const int depth = 100;
        for (var done = 0; done < count; done += depth)
        {
            var requests = Enumerable.Range(done, depth).SelectMany(i => RespClient.Encode(command(i)));
            await client.SendRawAsync(requests.ToArray());
            for (var i = 0; i < depth; i++)
                Assert.False((await client.ReadReplyAsync()).IsError);
        }
    }
}
