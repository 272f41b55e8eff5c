using Akka.Actor;
using Akka.Configuration;
using BenchmarkDotNet.Attributes;
using RedisLite.Configuration;

namespace RedisLite.Microbenchmarks;

/// <summary>
/// What it costs to hand a message to another actor and get one back, by the dispatcher that runs both.
/// </summary>
/// <remarks>
/// One pair shows the hand-over between threads; fifty, as many as clients under load, show what remains of it when
/// threads find work waiting. The time is that of one round trip, of any pair.
/// </remarks>
[MemoryDiagnoser]
public class DispatcherBenchmarks
{
    private const int RoundTrips = 10_000;

    // Under short names, which the table shows: the two that the server runs requests on, then what Akka.NET offers
    // besides.
    private const string Dispatchers = """
        inline = ${redislite.dispatchers.io}
        fork-join = ${redislite.dispatchers.executor}
        thread-pool { type = Dispatcher, executor = default-executor, throughput = 30 }
        channel { type = Dispatcher, executor = channel-executor, channel-executor.priority = normal, throughput = 30 }
        pinned { type = PinnedDispatcher, throughput = 30 }
        """;

    private ActorSystem _system = null!;
    private List<IActorRef> _callers = [];

    /// <summary>Pairs of actors that talk at the same time; they share the round trips.</summary>
    [Params(1, 50)]
    public int Pairs { get; set; }

    [Params("inline", "fork-join", "thread-pool", "channel", "pinned")]
    public string Dispatcher { get; set; } = "";

    [GlobalSetup]
    public void Start()
    {
        var server = AkkaConfiguration.Create(RedisLiteSettings.ForTests());
        var config = ConfigurationFactory.ParseString($"{server}\n{Dispatchers}");
        _system = ActorSystem.Create("microbenchmark", config);
        _callers =
        [
            .. Enumerable.Range(0, Pairs).Select(index =>
            {
                var answerer = _system.ActorOf(
                    Props.Create(() => new Answerer()).WithDispatcher(Dispatcher), $"answerer-{index}");
                return _system.ActorOf(
                    Props.Create(() => new Caller(answerer)).WithDispatcher(Dispatcher), $"caller-{index}");
            }),
        ];
    }

    [GlobalCleanup]
    public Task StopAsync() => _system.Terminate();

    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public Task RoundTripAsync()
    {
        var runs = _callers.Select(caller => new Caller.Begin(RoundTrips / Pairs)).ToList();
        for (var i = 0; i < runs.Count; i++)
            _callers[i].Tell(runs[i]);
        return Task.WhenAll(runs.Select(run => run.Done));
    }

    private sealed class Caller(IActorRef answerer) : UntypedActor
    {
        private Begin? _run;
        private int _left;

        protected override void OnReceive(object message)
        {
            if (message is Begin run)
            {
                _run = run;
                _left = run.Count;
            }
            else
            {
                _left--;
            }

            if (_left > 0)
                answerer.Tell(Call.Instance, Self);
            else
                _run!.Complete();
        }

        /// <summary>Asks for so many round trips, one after the other.</summary>
        public sealed class Begin(int count)
        {
            private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public int Count { get; } = count;

            public Task Done => _done.Task;

            public void Complete() => _done.SetResult();
        }
    }

    private sealed class Answerer : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    private sealed class Call
    {
        public static Call Instance { get; } = new();
    }
}
