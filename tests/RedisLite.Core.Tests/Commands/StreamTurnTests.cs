using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>Clients that wait for streams: who holds back whom, and who does not.</summary>
public sealed class StreamTurnTests : IDisposable
{
    private readonly CommandHarness _server = new();

    public StreamTurnTests() => _server.Given(
        "XGROUP CREATE s g $ MKSTREAM ; XGROUP CREATE s other $");

    public void Dispose() => _server.Dispose();

    [Fact]
    public void A_client_that_has_to_be_handed_holds_back_its_own_group_alone()
    {
        var handed = _server.NewClient();
        handed.RunWith(_server.Executor, Read("g", "a"), settles: false);
        var (rival, other) = (Waiting(Read("g", "b")), Waiting(Read("other", "c")));
        var reader = Waiting("XREAD BLOCK 0 STREAMS s $");
        _server.Given("XADD s 1-1 f v");
        Assert.Equal("", rival.TakeUp());
        Assert.Contains("1-1", other.TakeUp());
        Assert.Contains("1-1", reader.TakeUp());
        handed.Settle();
        Assert.Contains("1-1", handed.TakeUp());
        Assert.Equal("", rival.TakeUp());
        _server.Given("XADD s 1-2 f v");
        Assert.Contains("1-2", rival.TakeUp());
    }

    [Fact]
    public void When_a_handed_client_leaves_the_next_of_its_group_is_told()
    {
        var handed = _server.NewClient();
        handed.RunWith(_server.Executor, Read("g", "a"), settles: false);
        var (other, rival) = (Waiting(Read("other", "c")), Waiting(Read("g", "b")));
        _server.Given("XADD s 1-1 f v");
        Assert.Contains("1-1", other.TakeUp());
        handed.Disconnect();
        Assert.Contains("1-1", rival.TakeUp());
    }

    [Fact]
    public void A_handed_client_that_takes_less_than_all_leaves_the_rest_to_its_group()
    {
        var handed = _server.NewClient();
        handed.RunWith(_server.Executor, "XREADGROUP GROUP g a COUNT 1 BLOCK 0 STREAMS s >", settles: false);
        var rival = Waiting(Read("g", "b"));
        _server.Given("XADD s 1-1 f v ; XADD s 1-2 f v");
        handed.Settle();
        Assert.Contains("1-1", handed.TakeUp());
        Assert.Contains("1-2", rival.TakeUp());
    }

    [Fact]
    public void Newcomers_to_a_stream_run_at_once_whoever_is_handed()
    {
        var handed = _server.NewClient();
        handed.RunWith(_server.Executor, Read("g", "a"), settles: false);
        _server.Given("XADD s 1-1 f v");
        Assert.Contains("1-1", _server.NewClient().Run(Read("other", "c")));
        Assert.Contains("1-1", handed.TakeUp());
    }

    [Theory]
    [InlineData("DEL s")]
    [InlineData("XGROUP DESTROY s g")]
    [InlineData("SET s string")]
    public void What_ends_a_group_ends_the_wait_of_all_its_clients(string command)
    {
        var handed = _server.NewClient();
        handed.RunWith(_server.Executor, Read("g", "a"), settles: false);
        var rival = Waiting(Read("g", "b"));
        _server.Given(command);
        handed.Settle();
        Assert.StartsWith("-", handed.TakeUp());
        Assert.StartsWith("-", rival.TakeUp());
    }

    [Fact]
    public void A_stream_that_expires_ends_the_wait_of_all_clients_of_groups()
    {
        _server.Given("PEXPIRE s 100");
        var clients = new[] { Waiting(Read("g", "a")), Waiting(Read("g", "b")), Waiting(Read("other", "c")) };
        _server.Clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(":0", _server.Run("EXISTS s"));
        Assert.All(clients, client => Assert.StartsWith("-", client.TakeUp()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_entry_goes_to_each_group_once_whatever_comes_between(int seed)
    {
        var random = new Random(seed);
        string[] groups = ["g", "other"];
        var free = Enumerable.Range(0, 12).Select(_ => _server.NewClient()).ToList();
        var waiting = new List<(TestClient Client, string Group, bool Settled)>();
        var got = groups.ToDictionary(group => group, _ => new List<string>());
        for (var (step, added) = (0, 0); step < 3_000; step++)
        {
            switch (random.Next(4))
            {
                case 0 when added < 500:
                    _server.Given($"XADD s {++added}-1 f v");
                    break;
                case 1 when free.Count > 0:
                    Start(random.Next(2) == 0);
                    break;
                case 2 when waiting.Count > 0:
                    Settle(random.Next(waiting.Count));
                    break;
                default:
                    Collect();
                    break;
            }
        }

        for (var i = 0; i < waiting.Count; i++)
            Settle(i);
        Collect();
        foreach (var group in groups)
        {
            Note(group, _server.NewClient().Run($"XREADGROUP GROUP {group} last COUNT 1000 STREAMS s >"));
            Assert.Equal(got[group].Distinct().Count(), got[group].Count);
            Assert.Equal(_server.Run("XLEN s"), $":{got[group].Count}");
        }

        void Start(bool settles)
        {
            var (client, group) = (free[^1], groups[random.Next(2)]);
            free.RemoveAt(free.Count - 1);
            Note(group, client.RunWith(
                _server.Executor, $"XREADGROUP GROUP {group} c COUNT 2 BLOCK 0 NOACK STREAMS s >", settles));
            if (client.Outcome == BatchOutcome.Parked)
                waiting.Add((client, group, settles));
            else
                free.Add(client);
        }

        void Settle(int index)
        {
            var (client, group, settled) = waiting[index];
            if (!settled)
                client.Settle();
            waiting[index] = (client, group, true);
        }

        void Collect()
        {
            // One turn may let another client go on: until nobody has anything.
            for (var found = true; found;)
            {
                found = false;
                for (var i = waiting.Count - 1; i >= 0; i--)
                {
                    var (client, group, settled) = waiting[i];
                    if (!settled)
                        continue;
                    var reply = client.TakeUp();
                    Note(group, reply);
                    found |= reply != "";
                    if (client.Outcome == BatchOutcome.Parked)
                        continue;
                    waiting.RemoveAt(i);
                    free.Add(client);
                }
            }
        }

        void Note(string group, string reply) => got[group].AddRange(
            reply.Split(' ').Where(word => word.EndsWith("-1", StringComparison.Ordinal) && char.IsDigit(word[0])));
    }

    private static string Read(string group, string consumer) =>
        $"XREADGROUP GROUP {group} {consumer} BLOCK 0 STREAMS s >";

    private TestClient Waiting(string command)
    {
        var client = _server.NewClient();
        client.Run(command);
        Assert.NotNull(client.Parked);
        return client;
    }
}
