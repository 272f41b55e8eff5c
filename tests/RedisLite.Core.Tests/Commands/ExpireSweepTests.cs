using System.Text;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Expiry;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary><see cref="ActiveExpirySweep"/>, on a stopwatch that shows one millisecond more each time it is read.</summary>
public sealed class ExpireSweepTests
{
    private static readonly TimeSpan Ample = TimeSpan.FromHours(1);

    [Fact]
    public void A_run_deletes_all_due_keys_of_all_databases_and_no_others()
    {
        using var harness = new CommandHarness(KeyspaceEvents.Expired);
        harness.Given("SET a 1 ; PEXPIRE a 10 ; SET b 2 ; PEXPIRE b 11 ; SET c 3 ; SELECT 7 ; SET d 4 ; PEXPIRE d 9");
        var run = NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample);
        Assert.Equal(new ActiveExpiryRun(2, HasMore: false, CommandHarness.StartMs + 11), run);
        Assert.Equal($"00 b String 2 {CommandHarness.StartMs + 11}\n00 c String 3 -1", harness.Dump());
        Assert.Equal("expired a, expired d@7", harness.TakeEvents());
    }

    [Fact]
    public void Without_anything_due_it_says_when_something_will_be()
    {
        using var harness = new CommandHarness();
        var sweep = NewSweep(harness);
        Assert.Equal(new ActiveExpiryRun(0, false, long.MaxValue), sweep.Run(CommandHarness.StartMs, Ample));
        harness.Given("SET a 1 ; PEXPIRE a 500 ; SET b 2 ; PEXPIRE b 20");
        Assert.Equal(new ActiveExpiryRun(0, false, CommandHarness.StartMs + 20), sweep.Run(CommandHarness.StartMs, Ample));
    }

    [Fact]
    public void Expiries_are_logged_as_deletions_and_replay()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; PEXPIRE a 10 ; SELECT 3 ; SET b 2 ; PEXPIRE b 10");
        harness.TakeLog();
        NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample);
        Assert.Equal("DEL a ; DEL b", harness.TakeLog());
        harness.AssertReplayAgrees();
    }

    [Fact]
    public void Watched_keys_have_changed_when_the_sweep_took_them()
    {
        using var harness = new CommandHarness();
        harness.Given("SET k v ; PEXPIRE k 10 ; WATCH k ; MULTI ; PING");
        NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample);
        Assert.Equal("*-1", harness.Run("EXEC"));
    }

    [Fact]
    public void A_spent_budget_ends_the_run_and_the_next_goes_on()
    {
        using var harness = new CommandHarness();
        var total = ActiveExpirySweep.KeysPerVisit * 100;
        Fill(harness, total);
        var sweep = NewSweep(harness);
        long removed = 0;
        var runs = 0;
        ActiveExpiryRun run;
        do
        {
            run = sweep.Run(CommandHarness.StartMs + 10, TimeSpan.FromMilliseconds(5));
            removed += run.Removed;
            runs++;
            // One reading of the stopwatch a visit with deletions: five visits make five milliseconds.
            Assert.True(run.Removed <= 5 * ActiveExpirySweep.KeysPerVisit);
        }
        while (run.HasMore);
        Assert.Equal(total, removed);
        Assert.Equal(0, harness.Databases[0].Count);
        Assert.InRange(runs, 20, 40);
    }

    [Fact]
    public void Full_stripes_take_turns()
    {
        using var harness = new CommandHarness();
        Fill(harness, ActiveExpirySweep.KeysPerVisit * 100);
        var stripes = harness.Databases.StripeCount;
        NewSweep(harness).Run(CommandHarness.StartMs + 10, TimeSpan.FromMilliseconds(stripes));
        var left = StripeCounts(harness);
        // One visit each: none was emptied while another waited.
        Assert.All(left, count => Assert.True(count > 0));
        Assert.Equal(ActiveExpirySweep.KeysPerVisit * (100 - stripes), left.Sum());
    }

    [Fact]
    public void A_run_makes_one_visit_at_least()
    {
        using var harness = new CommandHarness();
        Fill(harness, 1000);
        var run = NewSweep(harness).Run(CommandHarness.StartMs + 10, TimeSpan.Zero);
        Assert.True(run.Removed > 0);
        Assert.True(run.HasMore);
    }

    private static ActiveExpirySweep NewSweep(CommandHarness harness) =>
        new(harness.Databases, new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) });

    private static void Fill(CommandHarness harness, int count)
    {
        var plan = harness.Databases.CreatePlan();
        plan.AddAll(exclusive: true);
        plan.Enter();
        for (var i = 0; i < count; i++)
            harness.Databases[0].SetString(
                harness.Databases.MakeKey(Encoding.ASCII.GetBytes($"key:{i}")), "v"u8, CommandHarness.StartMs + 10);
        plan.Exit();
    }

    private static List<int> StripeCounts(CommandHarness harness)
    {
        var counts = new List<int>();
        for (var stripe = 0; stripe < harness.Databases.StripeCount; stripe++)
        {
            var count = 0;
            harness.Databases[0].ForEach(stripe, StripeAccess.TakeEach, ref count, static (in Entry _, ref int seen) => seen++);
            counts.Add(count);
        }

        return counts;
    }
}
