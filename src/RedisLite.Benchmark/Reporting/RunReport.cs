using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Benchmark.Reporting;

/// <summary>Where, when and with what figures were taken; the head of every report.</summary>
internal sealed record RunHeader
{
    public required DateTimeOffset Date { get; init; }

    public required MachineInfo Machine { get; init; }

    /// <summary>The arguments that repeat the run.</summary>
    public required string CommandLine { get; init; }

    public required int Turns { get; init; }

    public required IReadOnlyList<ReportedServer> Servers { get; init; }

    /// <summary>The name of the server that the others are compared with.</summary>
    public required string Baseline { get; init; }

    /// <summary>A command line as reports show it: paths below the current directory relative, spaces quoted.</summary>
    public static string Describe(IEnumerable<string> command)
    {
        var here = Environment.CurrentDirectory + Path.DirectorySeparatorChar;
        var words = command.Select(word => word.Replace(here, "", StringComparison.Ordinal));
        return string.Join(' ', words.Select(Quote));

        static string Quote(string word) =>
            word.Length > 0 && !word.Contains(' ') ? word : word.Contains('"') ? $"'{word}'" : $"\"{word}\"";
    }
}

/// <summary>A server as reports describe it.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Version">What INFO said.</param>
/// <param name="Origin">Its address, or the command that started it.</param>
internal sealed record ReportedServer(string Name, string Version, string Origin)
{
    public static ReportedServer From(ServerInstance server) => new(
        server.Name,
        server.Version,
        server.Spec.StartCommand is { } command ? RunHeader.Describe(command) : server.EndPoint.ToString());
}

/// <summary>The result of tests run against servers in turn.</summary>
internal sealed record RunReport(RunHeader Header, IReadOnlyList<TestResult> Results)
{
    /// <summary>True when every figure is valid.</summary>
    public bool IsValid => Results.SelectMany(result => result.Turns).All(turn => turn is { Errors: 0, Unsent: 0 });
}

/// <summary>What one test gave on one server, turn by turn.</summary>
internal sealed record TestResult(string Test, string Server, IReadOnlyList<LoadMeasurement> Turns)
{
    /// <summary>A figure of every turn; turns that lack it are left out.</summary>
    public IReadOnlyList<double> Values(Func<LoadMeasurement, double?> figure) =>
        [.. Turns.Select(figure).OfType<double>()];

    public double Median(Func<LoadMeasurement, double?> figure) => Statistics.Median(Values(figure));
}
