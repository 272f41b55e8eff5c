using System.Collections.Concurrent;
using CsCheck;
using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Waiting clients with executors on several threads: nothing is lost, nothing comes twice, nobody waits for ever.
/// </summary>
public sealed class WaitingConcurrencyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Every_word_that_is_pushed_reaches_one_client()
    {
        const int Words = 3000;
        using var server = new CommandHarness(table: WaitingCommands.Table);
        server.Log.HasReaders = false;
        var received = new ConcurrentBag<string>();
        var keys = new[] { "a", "b", "c", "d" };
        var poppers = Enumerable.Range(0, 4).Select(
            i => Pops(server, $"T.POP {keys[i]} {keys[(i + 1) % 4]} 0", received)).ToList();
        var movers = new[] { Pops(server, "T.MOVE e a 0", null), Pops(server, "T.MOVE f c 0", null) };
        var pushers = Enumerable.Range(0, 2).Select(i => (Index: i, Client: server.NewClient())).ToList()
            .ConvertAll(pusher => Task.Run(() => Push(server, pusher.Client, pusher.Index, Words / 2)));

        await Task.WhenAll(pushers).WaitAsync(Limit);
        Assert.True(
            SpinWait.SpinUntil(() => received.Count == Words, Limit), $"{received.Count} of {Words} words arrived");
        for (var i = 0; i < 4; i++)
            server.Given($"T.PUSH {keys[i]} stop");
        server.Given("T.PUSH e stop ; T.PUSH f stop ; T.PUSH a stop ; T.PUSH c stop");
        await Task.WhenAll([.. movers]).WaitAsync(Limit);
        Assert.Equal(Words, received.Distinct().Count());
        for (var i = 0; i < 4 && poppers.Any(popper => !popper.IsCompleted); i++)
            server.Given($"T.PUSH {keys[i]} stop stop stop stop");
        await Task.WhenAll(poppers).WaitAsync(Limit);
    }

    [Fact]
    public void Any_sequence_of_arrivals_pushes_and_departures_serves_in_order() =>
        Gen.Int[0, 5].Array[1, 60].Sample(steps =>
        {
            using var server = new CommandHarness(table: WaitingCommands.Table);
            var model = new Queue<TestClient>();
            var values = new Queue<int>();
            var next = 0;
            foreach (var step in steps)
            {
                if (step <= 1)
                {
                    var client = server.NewClient();
                    var reply = client.Run(step == 0 ? "T.POP q 0" : "T.POP other q 0");
                    if (values.Count > 0)
                        Assert.Equal(Shown(values.Dequeue()), reply);
                    else
                        model.Enqueue(client);
                }
                else if (step == 2 && model.Count > 0)
                {
                    model.Dequeue().Disconnect();
                }
                else if (step == 3 && model.Count > 0)
                {
                    Assert.Equal("*-1", model.Dequeue().TimeOut());
                }
                else
                {
                    server.Given(step == 4 ? $"T.PUSH q {next}" : $"MULTI ; T.PUSH q {next} ; EXEC");
                    values.Enqueue(next++);
                    if (model.Count > 0)
                        Assert.Equal(Shown(values.Dequeue()), model.Dequeue().TakeUp());
                }

                Assert.Equal(model.Count, server.Services.Waiting.Count);
            }
        }, iter: 300, threads: 1);

    private static string Shown(int value) =>
        $"${value.ToString(System.Globalization.CultureInfo.InvariantCulture).Length} {value}";

    /// <summary>A client that pops until it gets "stop", on executors of its own.</summary>
    private static Task Pops(CommandHarness server, string command, ConcurrentBag<string>? received)
    {
        var client = server.NewClient();
        var resumed = new SemaphoreSlim(0);
        client.OnResume = () => resumed.Release();
        return Task.Run(async () =>
        {
            using var executor = new CommandExecutor(server.Services);
            while (true)
            {
                var reply = client.RunWith(executor, command);
                while (reply.Length == 0)
                {
                    reply = client.TakeUp(executor);
                    if (reply.Length == 0)
                        await resumed.WaitAsync(Limit);
                }

                var word = reply.Split(' ')[1];
                if (word == "stop")
                    return;
                received?.Add(word);
            }
        });
    }

    private static void Push(CommandHarness server, TestClient client, int pusher, int count)
    {
        var keys = new[] { "a", "b", "c", "d", "e", "f" };
        using var executor = new CommandExecutor(server.Services);
        for (var i = 0; i < count; i++)
        {
            var key = keys[(i + (pusher * 3)) % keys.Length];
            if (i % 5 == 0)
                client.RunWith(executor, $"T.CALL {key} T.PUSH {key} {pusher}.{i}");
            else
                client.RunWith(executor, $"T.PUSH {key} {pusher}.{i}");
        }
    }
}
