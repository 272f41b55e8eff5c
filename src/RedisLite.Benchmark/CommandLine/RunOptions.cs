using RedisLite.Benchmark.Measurement;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>When keys are set before a test.</summary>
internal enum FillPolicy
{
    /// <summary>Before tests that read.</summary>
    Auto,

    /// <summary>Before every test.</summary>
    Always,

    Never,
}

/// <summary>What a single run is to do.</summary>
internal sealed record RunOptions
{
    public required ServerSelection Servers { get; init; }

    /// <summary>The tests, in their order.</summary>
    public required IReadOnlyList<LoadProfile> Profiles { get; init; }

    public int Turns { get; init; } = 1;

    public FillPolicy Fill { get; init; }

    public string? JsonFile { get; init; }

    public string? SvgFile { get; init; }

    public string? MarkdownFile { get; init; }

    public bool ShowProgress { get; init; } = true;

    /// <summary>For the report.</summary>
    public string CommandLine { get; init; } = "";
}
