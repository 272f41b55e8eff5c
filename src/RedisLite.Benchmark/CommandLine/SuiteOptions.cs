using RedisLite.Benchmark.Suite;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>What a suite is to do.</summary>
internal sealed record SuiteOptions
{
    public required ServerSelection Servers { get; init; }

    public required SuiteSettings Settings { get; init; }

    /// <summary>The scenarios, in their order.</summary>
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>The server whose goals are judged.</summary>
    public string Subject { get; init; } = "redislite";

    /// <summary>The Markdown page to write, with its charts beside it; null for none.</summary>
    public string? DocumentFile { get; init; }

    public string? JsonFile { get; init; }

    /// <summary>Allows emptying a server that was not started by the suite and holds keys.</summary>
    public bool MayFlush { get; init; }

    public bool ShowProgress { get; init; } = true;

    /// <summary>For the report.</summary>
    public string CommandLine { get; init; } = "";
}
