using RedisLite.Benchmark.Load;

namespace RedisLite.Benchmark.Measurement;

/// <summary>How one test is run: the same for every server that is compared.</summary>
internal sealed record LoadProfile
{
    public required LoadTest Test { get; init; }

    public int Connections { get; init; } = 50;

    public int Threads { get; init; } = 1;

    public int Pipeline { get; init; } = 1;

    public IReadOnlyList<int> ValueSizes { get; init; } = [32];

    public KeySpace Keys { get; init; } = new();

    /// <summary>Inline requests instead of RESP.</summary>
    public bool Inline { get; init; }

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The bounds and the rate of what is measured.</summary>
    public LoadPhase Phase { get; init; } = new();

    public ulong Seed { get; init; } = 1;

    public bool UseSelect { get; init; }
}
