using RedisLite.Benchmark.Load;
using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Suite;

/// <summary>A command that is sent once for each element of a value that scenarios read.</summary>
/// <param name="Command">Its words; <c>{key}</c> becomes the element's number, twelve digits.</param>
internal sealed record ElementFill(string Command)
{
    private const int Connections = 8;
    private const int Pipeline = 64;

    /// <summary>Sent with random numbers, which may repeat, instead of each number once.</summary>
    public bool IsRandom { get; init; }

    /// <summary>What of the elements asked for it is sent for.</summary>
    public double Share { get; init; } = 1;

    /// <exception cref="LoadException">The server answered with errors.</exception>
    public async Task RunAsync(ServerInstance server, long elements, CancellationToken cancellationToken)
    {
        var count = Math.Max(1, (long)(elements * Share));
        var profile = new LoadProfile
        {
            Test = Test(Command),
            Connections = Connections,
            Pipeline = Pipeline,
            Keys = new KeySpace
            {
                Count = count,
                Distribution = IsRandom ? KeyDistribution.Uniform : KeyDistribution.Sequential,
            },
        };
        using var session = await LoadRunner.OpenAsync(server, profile, cancellationToken);
        await session.RunAsync(new LoadPhase { Requests = count }, cancellationToken);
        if (session.Errors > 0)
            throw new LoadException($"Filling {server.Name} with {Command} got an error: {session.FirstError}");
    }

    /// <summary>
    /// A test of a command whose numbers stand alone, without a prefix: members that are scores as well.
    /// </summary>
    public static LoadTest Test(string command) =>
        TestCatalog.Single(command.Split(' ')[0].ToLowerInvariant(), command) with { KeyPrefix = "" };
}
