using System.Diagnostics;
using System.Net.Sockets;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>How soon a client that waits in BLPOP has the element that another one pushes.</summary>
/// <remarks>
/// Both connections belong to one thread, so that nothing of the measuring program stands between push and receipt.
/// </remarks>
internal sealed class HandOverScenario() : Scenario("types", "types-hand-over", "Hand-over to a client in BLPOP")
{
    private const string P50Key = "p50";
    private const string P99Key = "p99";
    private const int BufferSize = 1024;

    private static readonly TimeSpan UntilWaiting = TimeSpan.FromMilliseconds(0.3);
    private static readonly byte[] Pop = Encode("BLPOP", "queue", "0");
    private static readonly byte[] Push = Encode("LPUSH", "queue", "element");

    /// <inheritdoc/>
    public override IReadOnlyList<Measure> Measures =>
    [
        new(P50Key, "median from push to receipt", "ms"),
        new(P99Key, "p99 from push to receipt", "ms") { Goal = 1 },
    ];

    /// <inheritdoc/>
    public override string Describe(SuiteSettings settings) =>
        "One client waits in BLPOP, another one pushes; the time from sending the push to receiving the element.";

    /// <inheritdoc/>
    public override Task<IReadOnlyList<MeasuredValue>> MeasureAsync(
        ServerInstance server, ScenarioContext context, CancellationToken cancellationToken)
    {
        using var popper = Connect(server);
        using var pusher = Connect(server);
        Play(popper, pusher, context.Settings.WarmUp, new LatencyHistogram(), cancellationToken);
        var latencies = new LatencyHistogram();
        Play(popper, pusher, context.Settings.Duration, latencies, cancellationToken);
        return Task.FromResult<IReadOnlyList<MeasuredValue>>(
            [new(P50Key, latencies.PercentileMs(50)), new(P99Key, latencies.PercentileMs(99))]);
    }

    private static byte[] Encode(params string[] request) =>
        RequestTemplate.Create(request, WireProtocol.Resp, "", []).Bytes.ToArray();

    private static Socket Connect(ServerInstance server)
    {
        var socket = new Socket(server.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.ReceiveTimeout = (int)new LoadPhase().StallTimeout.TotalMilliseconds;
            socket.Connect(server.EndPoint);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LoadException($"Could not connect to {server.Name}: {e.Message}", e);
        }
    }

    private static void Play(
        Socket popper, Socket pusher, TimeSpan duration, LatencyHistogram latencies,
        CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            while (Stopwatch.GetElapsedTime(began) < duration)
            {
                cancellationToken.ThrowIfCancellationRequested();
                popper.Send(Pop);

                // By then it waits; if not, this hand-over is a little shorter than others, on every server alike.
                var sent = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(sent) < UntilWaiting)
                    Thread.Yield();
                var pushed = Stopwatch.GetTimestamp();
                pusher.Send(Push);
                Receive(popper);
                latencies.Record((long)Stopwatch.GetElapsedTime(pushed).TotalNanoseconds, 1);
                Receive(pusher);
            }
        }
        catch (SocketException e)
        {
            throw new LoadException($"A hand-over failed: {e.Message}", e);
        }
    }

    /// <summary>Takes one whole reply.</summary>
    private static void Receive(Socket socket)
    {
        var scanner = new RespReplyScanner();
        Span<byte> buffer = stackalloc byte[BufferSize];
        for (var replies = 0; replies == 0;)
        {
            var received = socket.Receive(buffer);
            if (received == 0)
                throw new LoadException("The server closed the connection.");
            if (buffer[0] == '-')
                throw new LoadException("The server answered a hand-over with an error.");
            replies += scanner.Scan(buffer[..received]);
        }
    }
}
