namespace RedisLite.Benchmark.Load;

/// <summary>What a test sends: a command with its arguments, or a mixture.</summary>
/// <param name="Name">What reports and <c>--tests</c> call it.</param>
/// <param name="Parts">Commands with their shares.</param>
internal sealed record LoadTest(string Name, IReadOnlyList<LoadTestPart> Parts)
{
    /// <summary>What keys begin with in this test, unless the caller says otherwise.</summary>
    public string KeyPrefix { get; init; } = TestCatalog.KeyPrefix;

    /// <summary>True when keys should exist before: the test reads them.</summary>
    public bool Reads { get; init; }

    /// <summary>Lines of a reply in plain text.</summary>
    public int PlainLinesPerReply { get; init; } = 1;

    /// <summary>
    /// Encodes the test's requests; where a part has a value, one template for each size, equally often.
    /// </summary>
    public RequestMix CreateMix(WireProtocol protocol, IReadOnlyList<int> valueSizes)
    {
        var requests = new List<WeightedRequest>();
        foreach (var part in Parts)
        {
            IReadOnlyList<int> sizes = part.Tokens.Contains(RequestTemplate.ValueToken) ? valueSizes : [0];
            foreach (var size in sizes)
            {
                var value = RequestTemplate.CreateValue(size);
                var template = RequestTemplate.Create(part.Tokens, protocol, KeyPrefix, value);
                requests.Add(new WeightedRequest(template, part.Weight / sizes.Count));
            }
        }

        return new RequestMix(Name, requests, PlainLinesPerReply);
    }
}

/// <summary>One command of a test.</summary>
/// <param name="Tokens">Command and arguments, as <see cref="RequestTemplate.Create"/> takes them.</param>
/// <param name="Weight">Its share, above 0.</param>
internal sealed record LoadTestPart(IReadOnlyList<string> Tokens, double Weight = 1);

/// <summary>The tests that have a name.</summary>
internal static class TestCatalog
{
    /// <summary>With its digits, a key of 16 bytes.</summary>
    public const string KeyPrefix = "key:";

    private const string CounterPrefix = "ctr:";

    /// <summary>Names for <see cref="Create"/>, in the order of the help text.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["set", "get", "mixed", "mset", "mget", "incr", "exists", "del", "ping"];

    /// <summary>Fills a keyspace, for tests that read.</summary>
    public static LoadTest Fill { get; } = Single("fill", "SET {key} {value}");

    /// <param name="name">One of <see cref="Names"/>, in any letter case.</param>
    /// <param name="keysPerCommand">Keys of MGET and MSET, at least 1.</param>
    /// <param name="readRatio">Share of GET in <c>mixed</c>, in [0, 1].</param>
    /// <returns>null for an unknown name.</returns>
    public static LoadTest? Create(string name, int keysPerCommand, double readRatio) => name.ToLowerInvariant() switch
    {
        "set" => Single("set", "SET {key} {value}"),
        "get" => Single("get", "GET {key}") with { Reads = true },
        "mixed" => Mixed(readRatio),
        "mset" => new LoadTest("mset", [new LoadTestPart(Repeat("MSET", keysPerCommand, "{key}", "{value}"))]),
        "mget" => new LoadTest("mget", [new LoadTestPart(Repeat("MGET", keysPerCommand, "{key}"))])
        {
            Reads = true,
            PlainLinesPerReply = keysPerCommand,
        },
        "incr" => Single("incr", "INCR {key}") with { KeyPrefix = CounterPrefix },
        "exists" => Single("exists", "EXISTS {key}") with { Reads = true },
        "del" => Single("del", "DEL {key}"),
        "ping" => Single("ping", "PING"),
        _ => null,
    };

    /// <summary>A test of any command whose plain reply is one line.</summary>
    public static LoadTest Single(string name, string command) => new(name, [new LoadTestPart(command.Split(' '))]);

    private static LoadTest Mixed(double readRatio)
    {
        var parts = new List<LoadTestPart>();
        if (readRatio > 0)
            parts.Add(new LoadTestPart(["GET", RequestTemplate.KeyToken], readRatio));
        if (readRatio < 1)
            parts.Add(new LoadTestPart(["SET", RequestTemplate.KeyToken, RequestTemplate.ValueToken], 1 - readRatio));
        return new LoadTest("mixed", parts) { Reads = readRatio > 0 };
    }

    private static List<string> Repeat(string command, int count, params string[] arguments)
    {
        List<string> tokens = [command];
        for (var i = 0; i < count; i++)
            tokens.AddRange(arguments);
        return tokens;
    }
}
