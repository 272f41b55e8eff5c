using System.Diagnostics;
using RedisLite.Benchmark.Load;

namespace RedisLite.Core.Tests.Benchmark;

/// <summary>When requests are due and what their latency is, on a clock of the test's own.</summary>
public sealed class PacingTests
{
    private static readonly long Ms = Stopwatch.Frequency / 1_000;

    [Fact]
    public async Task An_open_loop_charges_a_stall_to_every_request_it_delayed()
    {
        await using var server = new LoopbackServer("");
        using var connection = LoadConnection.Connect(server.EndPoint, 0, new RespReplyScanner());
        var latencies = new LatencyHistogram();
        var loop = new OpenLoop(
            [connection], latencies, new LoadPhase(), pipeline: 1, requests: 10, rate: 1_000, offset: 0);

        // One request a millisecond; the server is silent until 10 ms and then answers one a millisecond.
        loop.Start(0);
        loop.QueueDue(9 * Ms, Send);
        Assert.Equal((1, 10), (connection.Outstanding, (int)connection.Due));
        for (var at = 10; at < 20; at++)
        {
            Assert.False(loop.IsFinished(at * Ms));
            connection.Outstanding--;
            loop.Replied(connection, 1, at * Ms);
            Send(connection);
        }

        // Each was due a millisecond after the one before and answered a millisecond after it: all waited 10 ms.
        Assert.True(loop.IsFinished(20 * Ms));
        Assert.Equal(10, latencies.Count);
        Assert.InRange(latencies.PercentileMs(1), 9.9, 10.1);
        Assert.InRange(latencies.MaxMs, 9.9, 10.1);
    }

    [Fact]
    public async Task An_open_loop_takes_connections_in_turn_and_says_when_the_next_is_due()
    {
        await using var server = new LoopbackServer("");
        using var first = LoadConnection.Connect(server.EndPoint, 0, new RespReplyScanner());
        using var second = LoadConnection.Connect(server.EndPoint, 1, new RespReplyScanner());
        var sent = new List<int>();
        var loop = new OpenLoop(
            [first, second], new LatencyHistogram(), new LoadPhase(), pipeline: 4, requests: 100,
            rate: 1_000, offset: 0);
        loop.Start(0);
        var wait = loop.QueueDue((long)(2.5 * Ms), connection => sent.Add(connection.Token));
        Assert.Equal([0, 1, 0], sent);
        Assert.InRange(wait, 400_000, 600_000);
    }

    [Fact]
    public async Task An_open_loop_counts_what_it_could_not_send_before_it_gave_up()
    {
        await using var server = new LoopbackServer("");
        using var connection = LoadConnection.Connect(server.EndPoint, 0, new RespReplyScanner());
        var latencies = new LatencyHistogram();
        var phase = new LoadPhase { Duration = TimeSpan.FromMilliseconds(10) };
        var loop = new OpenLoop([connection], latencies, phase, pipeline: 1, long.MaxValue, rate: 1_000, offset: 0);
        loop.Start(0);
        loop.QueueDue(50 * Ms, Send);
        Assert.Equal(10, connection.Due);
        Assert.False(loop.IsFinished(60_000 * Ms));
        Assert.Equal(9, loop.Unsent);
        connection.Outstanding--;
        loop.Replied(connection, 1, 60_000 * Ms);
        Assert.True(loop.IsFinished(60_000 * Ms));
        Assert.Equal(10, latencies.Count);
    }

    [Fact]
    public async Task A_closed_loop_sends_the_next_batch_when_the_whole_one_is_answered()
    {
        await using var server = new LoopbackServer("");
        using var connection = LoadConnection.Connect(server.EndPoint, 0, new RespReplyScanner());
        var latencies = new LatencyHistogram();
        var loop = new ClosedLoop([connection], latencies, new LoadPhase(), pipeline: 4, requests: 6);
        loop.Start(0);
        Send(connection);
        Answer(3, 5 * Ms);
        Assert.Equal((1, 0), (connection.Outstanding, connection.Queued));
        Answer(1, 7 * Ms);
        Assert.Equal(2, connection.Queued);
        Send(connection);
        Answer(2, 9 * Ms);
        Assert.True(loop.IsFinished(9 * Ms));
        Assert.Equal(6, latencies.Count);
        Assert.InRange(latencies.MaxMs, 6.9, 7.1);
        Assert.InRange(latencies.PercentileMs(20), 1.9, 2.1);

        void Answer(int replies, long now)
        {
            connection.Outstanding -= replies;
            loop.Replied(connection, replies, now);
        }
    }

    private static void Send(LoadConnection connection)
    {
        connection.Outstanding += connection.Queued;
        connection.Queued = 0;
    }
}
