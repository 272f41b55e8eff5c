using System.CommandLine;
using System.CommandLine.Help;
using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>The root command: <c>redislite-benchmark [requests] [options]</c>.</summary>
internal sealed class RunCommand
{
    private const long MostRequests = 10_000_000_000;
    private const int MaxValueBytes = 512 * 1024 * 1024;
    private static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);

    private readonly ServerOptions _servers = new();

    private readonly Argument<string?> _requests = new("requests")
    {
        Description = "Requests of each test [default: 100000, or what --duration allows].",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<IReadOnlyList<LoadTestName>> _tests = OptionFactory.List(
        "--tests", "-t", $"Tests, in this order: {string.Join(", ", TestCatalog.Names)} [default: set,get].", "names",
        $"one of {string.Join(", ", TestCatalog.Names)}",
        text => (TestCatalog.Create(text, 1, 0.5) is not null, new LoadTestName(text)));

    private readonly Option<string?> _command = new("--command")
    {
        Description = "Tests this command instead; {key} and {value} in it stand for a key and a value.",
        HelpName = "\"GET {key}\"",
    };

    private readonly Option<long> _connections = OptionFactory.Count("--connections", "-c", "Clients.", 50, 1, 20_000);

    private readonly Option<long> _threads = OptionFactory.Count(
        "--threads", null,
        "Threads that drive them; more than one pays only with more cores than the server uses.", 1, 1, 64);

    private readonly Option<long> _pipeline = OptionFactory.Count(
        "--pipeline", "-P", "Requests that a client sends before it waits for their replies.", 1, 1, 100_000);

    private readonly Option<IReadOnlyList<int>> _valueSizes = OptionFactory.List(
        "--value-size", "-d",
        "Bytes of a value; of several, 32,1k,64k, each is used equally often [default: 32].", "sizes",
        "a size like 32, 1k or 64KiB",
        text => (Units.TryParseSize(text, out var bytes) && bytes <= MaxValueBytes, bytes));

    private readonly Option<long> _keys = OptionFactory.Count(
        "--keys", "-r", "Different keys.", 100_000, 1, 1_000_000_000);

    private readonly Option<KeyDistribution> _distribution = new("--distribution")
    {
        Description = "How they are chosen.",
        DefaultValueFactory = _ => KeyDistribution.Uniform,
    };

    private readonly Option<double> _theta = OptionFactory.Real(
        "--zipf-theta", "Exponent of the zipf distribution: the higher, the fewer keys get most requests.",
        0.99, 0.01, 10);

    private readonly Option<double> _readRatio = OptionFactory.Real(
        "--read-ratio", "Share of GET in the test 'mixed'; the rest is SET.", 0.9, 0, 1);

    private readonly Option<long> _keysPerCommand = OptionFactory.Count(
        "--keys-per-command", null, "Keys of each MGET and MSET.", 100, 1, 10_000);

    private readonly Option<RequestForm> _protocol = new("--protocol")
    {
        Description =
            "How requests are written: resp, or plain for inline text, answered in whichever form the server does.",
        DefaultValueFactory = _ => RequestForm.Resp,
    };

    private readonly Option<TimeSpan?> _duration = OptionFactory.Time(
        "--duration", null, "Ends each test after this time instead of a number of requests.", MaxDuration);

    private readonly Option<TimeSpan?> _warmUp = OptionFactory.Time(
        "--warm-up", null, "Load before each measurement that is not counted [default: 300ms].", MaxDuration);

    private readonly Option<double> _rate = OptionFactory.Real(
        "--rate",
        "Open loop: sends this many requests a second whatever the server does, and counts latency from the moment "
        + "a request was due. 0 is the closed loop: each client waits for its replies.", 0, 0, 100_000_000);

    private readonly Option<long> _turns = OptionFactory.Count(
        "--turns", null, "Times that each server has its turn; reports show medians.", 1, 1, 1_000);

    private readonly Option<FillPolicy> _fill = new("--fill")
    {
        Description = "Sets all keys first: before tests that read, always or never.",
        DefaultValueFactory = _ => FillPolicy.Auto,
    };

    private readonly Option<long> _seed = OptionFactory.Count(
        "--seed", null, "Start of the random sequences: the same seed sends the same requests.", 1, 0, long.MaxValue);

    private readonly Option<string?> _json = FileOption("--json", "Writes every figure of every turn.");
    private readonly Option<string?> _svg = FileOption("--svg", "Draws the throughputs.");
    private readonly Option<string?> _markdown = FileOption("--markdown", "Writes the table.");
    private readonly Option<bool> _noProgress = new("--no-progress") { Description = "Shows no progress bar." };
    private readonly Option<bool> _useSelect = new("--use-select") { Hidden = true };

    /// <summary>Builds the command.</summary>
    /// <param name="execute">Runs what was asked; the result is the exit code.</param>
    public RootCommand Build(Func<RunOptions, CancellationToken, Task<int>> execute)
    {
        var root = new RootCommand(
            "Measures throughput and latency of RedisLite, Redis and other servers of this protocol.\n\n"
            + "  redislite-benchmark 100000                                SET and GET on 127.0.0.1:6379\n"
            + "  redislite-benchmark --start-redis --against mine=127.0.0.1:7001 --turns 5 --duration 2s -P 16\n"
            + "  redislite-benchmark -t get --rate 20000 --duration 10s    latency at a fixed rate");
        root.Arguments.Add(_requests);
        _servers.AddTo(root);
        foreach (var option in OwnOptions())
            root.Options.Add(option);
        root.Validators.Add(result =>
        {
            if (result.GetValue(_requests) is { } text && !TryParseRequests(text, out _))
                result.AddError($"requests: '{text}' is not a number from 1 to {MostRequests}.");
        });

        // -h is the host, as redis-benchmark and redis-cli have it.
        root.Options.OfType<HelpOption>().Single().Aliases.Remove("-h");
        root.SetAction((result, cancellationToken) => execute(Bind(result), cancellationToken));
        return root;
    }

    /// <summary>What a command line without errors asks for.</summary>
    public RunOptions Bind(ParseResult result)
    {
        var arguments = result.Tokens.Select(token => token.Value);
        return new RunOptions
        {
            Servers = _servers.Read(result),
            Profiles = [.. ReadTests(result).Select(test => CreateProfile(result, test))],
            Turns = (int)result.GetValue(_turns),
            Fill = result.GetValue(_fill),
            JsonFile = result.GetValue(_json),
            SvgFile = result.GetValue(_svg),
            MarkdownFile = result.GetValue(_markdown),
            ShowProgress = !result.GetValue(_noProgress),
            CommandLine = Reporting.RunHeader.Describe(["redislite-benchmark", .. arguments]),
        };
    }

    private IEnumerable<Option> OwnOptions() =>
    [
        _tests, _command, _connections, _threads, _pipeline, _valueSizes, _keys, _distribution, _theta, _readRatio,
        _keysPerCommand, _protocol, _duration, _warmUp, _rate, _turns, _fill, _seed, _json, _svg, _markdown,
        _noProgress,
        _useSelect,
    ];

    private IEnumerable<LoadTest> ReadTests(ParseResult result)
    {
        if (result.GetValue(_command) is { } command)
            return [TestCatalog.Single(command.Split(' ')[0].ToLowerInvariant(), command)];
        var names = result.GetValue(_tests)?.Select(test => test.Name) ?? ["set", "get"];
        return names.Select(name =>
            TestCatalog.Create(name, (int)result.GetValue(_keysPerCommand), result.GetValue(_readRatio))!);
    }

    private LoadProfile CreateProfile(ParseResult result, LoadTest test)
    {
        var duration = result.GetValue(_duration);
        var requests = result.GetValue(_requests) is { } text && TryParseRequests(text, out var count)
            ? count
            : duration is null ? 100_000 : long.MaxValue;
        return new LoadProfile
        {
            Test = test,
            Connections = (int)result.GetValue(_connections),
            Threads = (int)result.GetValue(_threads),
            Pipeline = (int)result.GetValue(_pipeline),
            ValueSizes = result.GetValue(_valueSizes) ?? [32],
            Keys = new KeySpace
            {
                Count = result.GetValue(_keys),
                Distribution = result.GetValue(_distribution),
                ZipfTheta = result.GetValue(_theta),
            },
            Inline = result.GetValue(_protocol) == RequestForm.Plain,
            WarmUp = result.GetValue(_warmUp) ?? TimeSpan.FromMilliseconds(300),
            Phase = new LoadPhase
            {
                Requests = requests,
                Duration = duration ?? MaxDuration,
                Rate = result.GetValue(_rate),
            },
            Seed = (ulong)result.GetValue(_seed),
            UseSelect = result.GetValue(_useSelect),
        };
    }

    private static bool TryParseRequests(string text, out long requests) =>
        Units.TryParseCount(text, out requests) && requests is >= 1 and <= MostRequests;

    private static Option<string?> FileOption(string name, string description) =>
        new(name) { Description = description, HelpName = "file" };

    /// <summary>A test's name that was found valid.</summary>
    internal readonly record struct LoadTestName(string Name);

    /// <summary>The two ways to write a request.</summary>
    internal enum RequestForm
    {
        Resp,
        Plain,
    }
}
