namespace RedisLite.Benchmark.Suite;

/// <summary>How much of everything a suite does.</summary>
internal sealed record SuiteSettings
{
    public int Turns { get; init; } = 5;

    /// <summary>Of one measurement under load.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Load on each server before the first scenario: managed servers compile their code meanwhile.</summary>
    public TimeSpan ServerWarmUp { get; init; } = TimeSpan.FromSeconds(6);

    public ulong Seed { get; init; } = 1;

    public int Connections { get; init; } = 50;

    /// <summary>Keys of the ordinary scenarios.</summary>
    public long Keys { get; init; } = 100_000;

    /// <summary>Keys where a whole-keyspace command runs, and where bytes per key are taken.</summary>
    public long ManyKeys { get; init; } = 1_000_000;

    /// <summary>Keys of the largest scenario.</summary>
    public long MostKeys { get; init; } = 10_000_000;

    public int IdleConnections { get; init; } = 9_000;

    /// <summary>Connections opened and closed to measure how fast they are accepted.</summary>
    public int AcceptedConnections { get; init; } = 5_000;

    /// <summary>Everything small: shows that the suite works, not how fast a server is.</summary>
    public static SuiteSettings Quick { get; } = new()
    {
        Turns = 2,
        Duration = TimeSpan.FromMilliseconds(250),
        WarmUp = TimeSpan.FromMilliseconds(100),
        ServerWarmUp = TimeSpan.FromSeconds(1),
        Keys = 10_000,
        ManyKeys = 20_000,
        MostKeys = 100_000,
        IdleConnections = 200,
        AcceptedConnections = 500,
    };
}
