using System.Diagnostics;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Core.Tests.Commands;

/// <summary>LATENCY: events, and the histograms behind it and INFO latencystats.</summary>
public sealed class LatencyCommandTests
{
    [Theory]
    [InlineData("LATENCY LATEST", "*0")]
    [InlineData("LATENCY HISTORY nosuch", "*0")]
    [InlineData("LATENCY RESET", ":0")]
    [InlineData("LATENCY RESET a b", ":0")]
    [InlineData("LATENCY GRAPH command", "-ERR No samples available for event 'command'")]
    [InlineData("LATENCY HISTOGRAM nosuch", "*0")]
    [InlineData("LATENCY HISTOGRAM get", "*0")]
    public void Replies(string command, string reply) => CommandHarness.Check("", command, reply);

    [Fact]
    public void Keeps_the_worst_sample_of_each_second()
    {
        using var harness = new CommandHarness();
        var latency = harness.Services.Latency;
        latency.Add("command", 5_000, 20);
        latency.Add("command", 5_999, 30);
        latency.Add("command", 7_000, 10);
        latency.Add("fast-command", 7_000, 3);
        Assert.Equal("*2 *4 $7 command :7 :10 :30 *4 $12 fast-command :7 :3 :3", harness.Run("LATENCY LATEST"));
        Assert.Equal("*2 *2 :5 :30 *2 :7 :10", harness.Run("LATENCY HISTORY command"));
        Assert.Contains("command - high 30 ms, low 10 ms (all time high 30 ms)", harness.Run(
            "LATENCY GRAPH command"), StringComparison.Ordinal);
        Assert.Contains("1. command: 2 spikes (average 20 ms", harness.Run("LATENCY DOCTOR"), StringComparison.Ordinal);
        Assert.Equal(":1", harness.Run("LATENCY RESET command"));
        Assert.Equal(":1", harness.Run("LATENCY RESET"));
    }

    [Theory]
    [InlineData("LATENCY DOCTOR", 0, "Latency monitoring is off.")]
    [InlineData("LATENCY DOCTOR", 5, "No event was slower")]
    public void The_doctor_needs_something_to_judge(string command, int threshold, string part)
    {
        using var harness = new CommandHarness();
        harness.Options.LatencyMonitorThresholdMs = threshold;
        Assert.Contains(part, harness.Run(command), StringComparison.Ordinal);
    }

    [Fact]
    public void Keeps_a_hundred_and_sixty_samples()
    {
        using var harness = new CommandHarness();
        for (var second = 0; second < 200; second++)
            harness.Services.Latency.Add("command", second * 1000, 1);
        Assert.StartsWith("*160 *2 :40 :1 ", harness.Run("LATENCY HISTORY command"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_as_slow_as_the_threshold_is_an_event()
    {
        using var harness = new CommandHarness();
        harness.Options.LatencyMonitorThresholdMs = 50;
        harness.Options.EnableDebugCommand = RedisLite.Commands.Server.ProtectedAccess.Yes;
        harness.Run("DEBUG SLEEP 0.07");
        var parked = harness.Client.Parked!;
        using var reply = new ReplyWriter();
        Assert.True(parked.TryEnd(ParkedEnd.TimedOut));
        Assert.True(parked.TryReply(reply));

        // What it slept, and what it took besides on a busy machine.
        Assert.Matches(@"^\*1 \*4 \$7 command :1700000000 :(7\d|[89]\d|\d{3,}) :\1$", harness.Run("LATENCY LATEST"));
    }

    [Fact]
    public void The_histogram_counts_every_call()
    {
        using var harness = new CommandHarness();
        harness.Given("SET a 1 ; SET b 2 ; CLIENT ID");
        Assert.Matches(
            @"^\*2 \$3 set \*4 \$5 calls :2 \$14 histogram_usec \*\d+ .*:2$", harness.Run("LATENCY HISTOGRAM set"));
        Assert.StartsWith(
            "*2 $9 client|id *4 $5 calls :1 ", harness.Run("LATENCY HISTOGRAM client"), StringComparison.Ordinal);
        harness.Options.LatencyTracking = false;
        harness.Given("SET a 1");
        Assert.Contains("calls :2 ", harness.Run("LATENCY HISTOGRAM set"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "1:1")]
    [InlineData(1_000, "1:1")]
    [InlineData(1_024, "2:1")]
    [InlineData(5_000, "8:1")]
    [InlineData(20_000, "33:1")]
    [InlineData(1_000_000, "1056:1")]
    [InlineData(50_000_000_000, "1082130:1")]
    public void Steps_have_the_names_that_Redis_gives_them(long nanoseconds, string steps)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(Ticks(nanoseconds));
        Assert.Equal(
            steps, string.Join(' ', histogram.Cumulative().Select(step => $"{step.Microseconds}:{step.Count}")));
    }

    [Fact]
    public void Percentiles_are_right_to_an_eighth()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++)
            histogram.Record(Ticks(i * 1000L));
        foreach (var percent in new[] { 10.0, 50, 90, 99, 100 })
            Assert.InRange(histogram.PercentileMicroseconds(percent), percent * 10, percent * 10 * 1.13);
        Assert.Equal(0, new LatencyHistogram().PercentileMicroseconds(50));
    }

    [Fact]
    public void Histograms_can_be_added_and_taken_away()
    {
        var (a, b) = (new LatencyHistogram(), new LatencyHistogram());
        a.Record(Ticks(3_000));
        b.Record(Ticks(300_000));
        a.Add(b, 1);
        Assert.Equal(2, a.Count);
        a.Add(b, -1);
        Assert.Equal([(4L, 1L)], a.Cumulative());
    }

    private static long Ticks(long nanoseconds) => (long)(nanoseconds * (Stopwatch.Frequency / 1e9));
}
