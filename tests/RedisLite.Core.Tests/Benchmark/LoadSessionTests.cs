using RedisLite.Benchmark.Load;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class LoadSessionTests
{
    [Theory]
    [InlineData(1, 1, 1, false)]
    [InlineData(5, 2, 16, false)]
    [InlineData(5, 2, 16, true)]
    [InlineData(3, 8, 7, false)]
    public async Task A_closed_loop_sends_exactly_what_was_asked(
        int connections, int threads, int pipeline, bool useSelect)
    {
        await using var server = new LoopbackServer("+OK\r\n");
        using var session = Open(server, "SET {key} {value}", connections, threads, pipeline, useSelect: useSelect);
        var result = await session.RunAsync(new LoadPhase { Requests = 1_003 }, default);
        Assert.Equal(1_003, result.Replies);
        Assert.Equal(1_003, result.Latencies.Count);
        Assert.Equal(1_003, server.Requests);
        Assert.Equal(0, session.Errors);
    }

    [Fact]
    public async Task Phases_follow_each_other_on_the_same_connections()
    {
        await using var server = new LoopbackServer("$-1\r\n");
        using var session = Open(server, "GET {key}");
        await session.RunAsync(new LoadPhase { Requests = 10 }, default);
        var second = await session.RunAsync(new LoadPhase { Requests = 20 }, default);
        Assert.Equal(20, second.Replies);
        Assert.Equal(30, session.Nils);
        Assert.Equal(30, session.Completed);
    }

    [Fact]
    public async Task An_open_loop_sends_exactly_what_was_asked()
    {
        await using var server = new LoopbackServer("+OK\r\n");
        using var session = Open(server, "PING", connections: 3, threads: 2);
        var result = await session.RunAsync(new LoadPhase { Requests = 500, Rate = 50_000 }, default);
        Assert.Equal(500, result.Replies);
        Assert.Equal(500, result.Latencies.Count);
        Assert.Equal(0, result.Unsent);
    }

    [Fact]
    public async Task Requests_larger_than_the_sockets_buffers_arrive_whole()
    {
        await using var server = new LoopbackServer("+OK\r\n");
        using var session = Open(server, "SET {key} {value}", connections: 2, pipeline: 50, valueBytes: 300_000);
        var result = await session.RunAsync(new LoadPhase { Requests = 100 }, default);
        Assert.Equal(100, result.Replies);
        Assert.Equal(100, server.Requests);
    }

    [Fact]
    public async Task Inline_requests_get_plain_replies()
    {
        await using var server = new LoopbackServer("a\n(nil)\n", isInline: true);
        using var session = Open(server, "MGET {key} {key}", protocol: WireProtocol.Plain, linesPerReply: 2);
        var result = await session.RunAsync(new LoadPhase { Requests = 50 }, default);
        Assert.Equal(50, result.Replies);
        Assert.Equal(50, session.Nils);
    }

    [Fact]
    public async Task A_phase_that_is_stopped_waits_for_its_replies()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new LoopbackServer(request =>
        {
            if (request == 100)
                stop.Cancel();
            return "+OK\r\n";
        });
        using var session = Open(server, "PING", pipeline: 8);
        var result = await session.RunAsync(new LoadPhase { Stop = stop.Token }, default);
        Assert.Equal(server.Requests, result.Replies);
    }

    [Fact]
    public async Task Error_replies_are_counted_and_explained()
    {
        await using var server = new LoopbackServer(request => request % 2 == 0 ? "-ERR even\r\n" : "+OK\r\n");
        using var session = Open(server, "PING", connections: 1);
        await session.RunAsync(new LoadPhase { Requests = 10 }, default);
        Assert.Equal(5, session.Errors);
        Assert.Equal("ERR even", session.FirstError);
    }

    [Theory]
    [InlineData("+OK\r\n+OK\r\n", "awaited")]
    [InlineData("+OK\r\n$5\r\n", "middle of a reply")]
    [InlineData("nonsense", "RESP")]
    [InlineData(null, "closed a connection")]
    public async Task What_is_no_valid_answer_fails_the_run(string? reply, string explanation)
    {
        await using var server = new LoopbackServer(_ => reply);
        using var session = Open(server, "PING", connections: 1);
        var e = await Assert.ThrowsAsync<LoadException>(
            () => session.RunAsync(new LoadPhase { Requests = 1 }, default));
        Assert.Contains(explanation, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_fails_the_run()
    {
        await using var server = new LoopbackServer("");
        using var session = Open(server, "PING", connections: 2, threads: 2);
        var phase = new LoadPhase { Requests = 10, StallTimeout = TimeSpan.FromMilliseconds(50) };
        var e = await Assert.ThrowsAsync<LoadException>(() => session.RunAsync(phase, default));
        Assert.Contains("No reply", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_run_ends_at_once()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new LoopbackServer(_ =>
        {
            cancel.Cancel();
            return "";
        });
        using var session = Open(server, "PING", connections: 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.RunAsync(new LoadPhase(), cancel.Token));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        var server = new LoopbackServer("");
        var endPoint = server.EndPoint;
        await server.DisposeAsync();
        var e = Assert.Throws<LoadException>(() => LoadSession.Open(
            new LoadSettings { EndPoint = endPoint, Mix = Mix("PING", WireProtocol.Resp, 0, 1) }, default));
        Assert.Contains(endPoint.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idle_connections_have_each_had_an_answer()
    {
        await using var server = new LoopbackServer("+PONG\r\n");
        using var connections = IdleConnections.Open(server.EndPoint, 5, default);
        Assert.Equal(5, server.Requests);
        Assert.True(await IdleConnections.CycleAsync(server.EndPoint, 20, 3, default) > 0);
        Assert.Equal(25, server.Requests);
    }

    private static LoadSession Open(
        LoopbackServer server, string command, int connections = 2, int threads = 1, int pipeline = 1,
        int valueBytes = 8,
        WireProtocol protocol = WireProtocol.Resp, int linesPerReply = 1, bool useSelect = false) => LoadSession.Open(
            new LoadSettings
            {
                EndPoint = server.EndPoint,
                Mix = Mix(command, protocol, valueBytes, linesPerReply),
                Protocol = protocol,
                Connections = connections,
                Threads = threads,
                Pipeline = pipeline,
                UseSelect = useSelect,
            },
            default);

    private static RequestMix Mix(string command, WireProtocol protocol, int valueBytes, int linesPerReply)
    {
        var template = RequestTemplate.Create(
            command.Split(' '), protocol, "key:", RequestTemplate.CreateValue(valueBytes));
        return new RequestMix("test", [new WeightedRequest(template, 1)], linesPerReply);
    }
}
