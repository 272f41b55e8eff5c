using System.Text;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Expiry;
using RedisLite.Commands.Server;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// <see cref="ActiveExpirySweep"/>, on a stopwatch that shows one millisecond more each time it is read.
/// </summary>
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
        Assert.Equal(
            new ActiveExpiryRun(0, false, CommandHarness.StartMs + 20), sweep.Run(CommandHarness.StartMs, Ample));
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

    [Fact]
    public void Fields_are_deleted_with_an_event_and_a_logged_deletion()
    {
        using var harness = new CommandHarness(KeyspaceEvents.All);
        harness.Given("HSET h a 1 b 2 c 3 ; HPEXPIRE h 10 FIELDS 2 c a ; HSETEX g PX 11 FIELDS 1 x 1");
        harness.Given("SELECT 3 ; HSETEX h PX 5 FIELDS 1 a 1");
        harness.TakeLog();
        harness.TakeEvents();

        var run = NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample);

        Assert.Equal(new ActiveExpiryRun(3, HasMore: false, CommandHarness.StartMs + 11), run);
        Assert.Equal("HDEL h a c ; HDEL h a", harness.TakeLog());
        Assert.Equal("hexpired h, hexpired h@3, del h@3", harness.TakeEvents());
        Assert.Equal(":0", harness.Run("EXISTS h"));
        harness.Given("SELECT 0");
        Assert.Equal("*2 $1 b $1 2", harness.Run("HGETALL h"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("RENAME h k")]
    [InlineData("COPY h k ; DEL h")]
    [InlineData("PEXPIRE h 5000 ; RENAME h k ; PERSIST k")]
    [InlineData("MOVE h 4 ; SELECT 4 ; RENAME h k")]
    [InlineData("SWAPDB 0 4 ; SELECT 4 ; RENAME h k")]
    [InlineData("SET k other ; RENAME h k")]
    [InlineData("MULTI ; RENAME h k ; EXEC")]
    public void Fields_expire_wherever_their_hash_went(string moves)
    {
        using var harness = new CommandHarness();
        harness.Given("HSET h a 1 b 2 ; HPEXPIRE h 10 FIELDS 1 a ; " + moves);
        Assert.Equal(1, NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample).Removed);
        Assert.Equal("*2 $1 b $1 2", harness.Run("HGETALL k"));
        harness.AssertReplayAgrees();
    }

    [Theory]
    [InlineData("SET h v")]
    [InlineData("DEL h")]
    [InlineData("HPERSIST h FIELDS 1 a")]
    [InlineData("HSET h a 7")]
    [InlineData("HDEL h a")]
    [InlineData("HPEXPIRE h 11 FIELDS 1 a")]
    [InlineData("SADD s x ; RENAME s h")]
    [InlineData("FLUSHALL")]
    public void Fields_that_no_longer_expire_are_left_alone(string change)
    {
        using var harness = new CommandHarness();
        harness.Given("HSET h a 1 b 2 ; HPEXPIRE h 10 FIELDS 1 a ; " + change);
        var before = harness.Dump();
        Assert.Equal(0, NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample).Removed);
        Assert.Equal(before, harness.Dump());
    }

    [Fact]
    public void Watched_hashes_have_changed_when_the_sweep_took_fields()
    {
        using var harness = new CommandHarness();
        harness.Given("HSET h b 1 ; HSETEX h PX 10 FIELDS 1 a 1 ; WATCH h ; MULTI ; PING");
        NewSweep(harness).Run(CommandHarness.StartMs + 10, Ample);
        Assert.Equal("*-1", harness.Run("EXEC"));
    }

    [Fact]
    public void A_large_hash_is_swept_in_bounded_steps_and_its_length_is_exact_meanwhile()
    {
        using var harness = new CommandHarness();
        var total = ActiveExpirySweep.KeysPerVisit * 30;
        for (var i = 0; i < total; i++)
            harness.Given($"HSETEX h PX {(i % 3) + 1} FIELDS 1 field:{i} v");
        harness.Given("HSET h stays 1");
        harness.Clock.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal($":{(total / 3) + 1}", harness.Run("HLEN h"));
        var sweep = NewSweep(harness);
        var runs = 0;
        ActiveExpiryRun run;
        do
        {
            run = sweep.Run(CommandHarness.StartMs + 2, TimeSpan.Zero);
            Assert.InRange(run.Removed, 0, ActiveExpirySweep.KeysPerVisit);
            Assert.Equal($":{(total / 3) + 1}", harness.Run("HLEN h"));
            runs++;
        }
        while (run.HasMore);
        Assert.True(runs >= 20);
        Assert.Contains($"expired_subkeys:{total * 2 / 3}", harness.Run("INFO stats"), StringComparison.Ordinal);
        harness.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(":1", harness.Run("HLEN h"));
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
            harness.Databases[0].ForEach(
                stripe, StripeAccess.TakeEach, ref count, static (in Entry _, ref int seen) => seen++);
            counts.Add(count);
        }

        return counts;
    }
}
