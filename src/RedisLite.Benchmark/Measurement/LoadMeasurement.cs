namespace RedisLite.Benchmark.Measurement;

/// <summary>What one run of a test against one server gave.</summary>
internal sealed record LoadMeasurement
{
    public required long Requests { get; init; }

    public required double Seconds { get; init; }

    public required double RequestsPerSecond { get; init; }

    public required double MeanMs { get; init; }

    public required double P50Ms { get; init; }

    public required double P90Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double P999Ms { get; init; }

    public required double MaxMs { get; init; }

    /// <summary>Error replies; above 0, the figures say nothing about the command.</summary>
    public required long Errors { get; init; }

    public string? FirstError { get; init; }

    /// <summary>Nil replies or elements.</summary>
    public required long Nils { get; init; }

    /// <summary>Open loop: requests that were due and could not be sent.</summary>
    public required long Unsent { get; init; }

    public required double ReceivedMegabytesPerSecond { get; init; }

    /// <summary>User and system time of the server; null when its process is not known.</summary>
    public double? ServerCpuMicrosecondsPerRequest { get; init; }

    /// <summary>The most memory the server has had resident so far.</summary>
    public long? ServerPeakBytes { get; init; }

    /// <summary>The server's resident memory at the end.</summary>
    public long? ServerResidentBytes { get; init; }

    /// <summary>This program's own user and system time: what measuring costs.</summary>
    public required double OwnCpuMicrosecondsPerRequest { get; init; }
}
