using System.Globalization;
using RedisLite.Commands.Execution;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Long work on lists with its stripes released, while other executors write: as if it had happened at one moment.
/// </summary>
public sealed class ListConcurrencyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Searching_writers_lose_nothing_of_what_others_push_and_pop()
    {
        using var server = new CommandHarness();
        server.Given("RPUSH l " + Numbers(0, 5000, every: 3));
        var pushed = Repeat(server, 400, i => $"RPUSH l p{Text(i)} x");
        var inserted = Repeat(server, 60, i => $"LINSERT l AFTER 4999 i{Text(i)}");
        var removed = Repeat(server, 60, _ => "LREM l 0 x");
        var positions = Repeat(server, 60, _ => "LPOS l 4999");
        await Task.WhenAll(pushed, inserted, removed, positions).WaitAsync(Limit);

        // Every 4999 stays, every x that was removed was counted once, and so on: the log tells the same story.
        var left = server.Run("LPOS l x COUNT 0").Split(' ').Length - 1;
        var removals = (await removed).Sum(reply => int.Parse(reply[1..], CultureInfo.InvariantCulture));
        Assert.Equal(1667 + 400, left + removals);
        Assert.DoesNotContain(":-1", await inserted);
        Assert.Equal($":{5000 + 800 + 60 - removals}", server.Run("LLEN l"));
        server.AssertReplayAgrees();
    }

    [Fact]
    public async Task Sort_reads_the_keys_of_its_patterns_as_they_are_at_one_moment()
    {
        const int Elements = 1500;
        using var server = new CommandHarness();
        server.Given("RPUSH l " + Numbers(0, Elements, every: int.MaxValue));
        server.Given(
            "MSET " + string.Join(' ', Enumerable.Range(0, Elements).Select(i => $"w_{Text(i)} {(i == 0 ? 1 : 0)}")));

        // Exactly one weight is 1, at any moment.
        var moving = Repeat(server, 150, i => $"MSET w_{Text(i * 7 % Elements)} 0 w_{Text((i + 1) * 7 % Elements)} 1");
        var sorting = Repeat(server, 25, _ => "SORT l BY w_* DESC LIMIT 0 2 GET w_*");
        var storing = Repeat(server, 10, i => $"SORT l BY w_* LIMIT 1490 10 GET # GET w_* STORE d{Text(i)}");
        await Task.WhenAll(moving, sorting, storing).WaitAsync(Limit);
        Assert.All(await sorting, reply => Assert.Equal("*2 $1 1 $1 0", reply));
        Assert.All(await storing, reply => Assert.Equal(":20", reply));
        server.AssertReplayAgrees();
    }

    [Fact]
    public void A_flush_between_two_looks_at_keys_is_seen()
    {
        using var server = new CommandHarness();
        using var reading = server.Services.KeyReadings.Begin(database: 0);
        server.Given("SELECT 1 ; SET k v ; SELECT 0");
        var hash = server.Databases.MakeKey("k"u8).Hash;
        Assert.False(reading.HasTouched([hash]));
        server.Given("SET other v");
        Assert.False(reading.HasTouched([hash]));
        server.Given("SET k v");
        Assert.True(reading.HasTouched([hash]));
        Assert.False(reading.HasTouched([hash + 1]));
        server.Given("FLUSHDB");
        Assert.True(reading.HasTouched([hash + 1]));
    }

    [Fact]
    public void A_stored_sort_that_met_an_expired_key_is_logged_as_its_result()
    {
        using var server = new CommandHarness();
        server.Given("RPUSH l 1 2 ; SET w_1 5 PX 100 ; SET w_2 3");
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        server.TakeLog();
        Assert.Equal(":2", server.Run("SORT l BY w_* STORE d"));
        Assert.Equal("DEL d ; RPUSH d 1 2", server.TakeLog());
        server.AssertReplayAgrees();
    }

    private static Task<List<string>> Repeat(CommandHarness server, int times, Func<int, string> command)
    {
        var client = server.NewClient();
        return Task.Run(() =>
        {
            using var executor = new CommandExecutor(server.Services);
            return Enumerable.Range(0, times).Select(i => client.RunWith(executor, command(i))).ToList();
        });
    }

    private static string Numbers(int first, int count, int every) =>
        string.Join(' ', Enumerable.Range(first, count).Select(i => i % every == 0 && every < count ? "x" : Text(i)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
