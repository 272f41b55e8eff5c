using System.CommandLine;
using RedisLite.Benchmark.Suite;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>The command <c>redislite-benchmark suite</c>: all scenarios, rendered as a page.</summary>
internal sealed class SuiteCommand
{
    private static readonly TimeSpan MaxDuration = TimeSpan.FromMinutes(10);

    private readonly ServerOptions _servers = new();

    private readonly Option<IReadOnlyList<string>> _only = OptionFactory.List(
        "--only", null,
        $"Only these scenarios: {string.Join(", ", ScenarioCatalog.Groups)}; or one, as types-hget-16.",
        "names",
        $"one of {string.Join(", ", ScenarioCatalog.Groups)}",
        text => (ScenarioCatalog.All.Any(scenario => scenario.IsCalled(text)), text));

    private readonly Option<bool> _large = new("--large")
    {
        Description =
            "Also the scenario 'large', which sets ten million keys: minutes, and gigabytes of memory for each server.",
    };

    private readonly Option<bool> _quick = new("--quick")
    {
        Description = "Everything small: shows in a minute or two that all works, not how fast a server is.",
    };

    private readonly Option<long> _turns = OptionFactory.Count(
        "--turns", null, "Times that each server has its turn [default: 5, with --quick 2].", 0, 1, 100);

    private readonly Option<TimeSpan?> _duration = OptionFactory.Time(
        "--duration", null, "Of each measurement [default: 2s, with --quick 250ms].", MaxDuration);

    private readonly Option<TimeSpan?> _warmUp = OptionFactory.Time(
        "--warm-up", null, "Before each measurement [default: 500ms, with --quick 100ms].", MaxDuration);

    private readonly Option<long> _seed = OptionFactory.Count(
        "--seed", null, "Start of the random sequences.", 1, 0, long.MaxValue);

    private readonly Option<string> _subject = new("--subject")
    {
        Description = "The server whose results are judged by the project's goals.",
        HelpName = "name",
        DefaultValueFactory = _ => "redislite",
    };

    private readonly Option<bool> _flush = new("--flush")
    {
        Description = "Allows emptying a running server that holds keys. The suite empties every server it measures.",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Writes the page, with its charts as SVG files beside it.",
        HelpName = "file.md",
    };

    private readonly Option<string?> _json = new("--json")
    {
        Description = "Writes every figure of every turn.",
        HelpName = "file",
    };

    private readonly Option<bool> _noProgress = new("--no-progress") { Description = "Shows no progress." };

    /// <summary>Builds the command.</summary>
    /// <param name="execute">Runs what was asked; the result is the exit code.</param>
    public Command Build(Func<SuiteOptions, CancellationToken, Task<int>> execute)
    {
        var command = new Command(
            "suite", "Runs the scenarios of docs/BENCHMARK.md on servers in turn and renders that page.");
        _servers.AddTo(command);
        Option[] own =
            [_only, _large, _quick, _turns, _duration, _warmUp, _seed, _subject, _flush, _out, _json, _noProgress];
        foreach (var option in own)
            command.Options.Add(option);
        command.SetAction((result, cancellationToken) => execute(Bind(result), cancellationToken));
        return command;
    }

    /// <summary>What a command line without errors asks for.</summary>
    public SuiteOptions Bind(ParseResult result)
    {
        var settings = result.GetValue(_quick) ? SuiteSettings.Quick : new SuiteSettings();
        var only = result.GetValue(_only);
        var scenarios = ScenarioCatalog.All.Where(scenario =>
            only?.Any(scenario.IsCalled) ?? (!scenario.IsOptional || result.GetValue(_large)));
        return new SuiteOptions
        {
            Servers = _servers.Read(result),
            Settings = settings with
            {
                Turns = result.GetValue(_turns) is > 0 and var turns ? (int)turns : settings.Turns,
                Duration = result.GetValue(_duration) ?? settings.Duration,
                WarmUp = result.GetValue(_warmUp) ?? settings.WarmUp,
                Seed = (ulong)result.GetValue(_seed),
            },
            Scenarios = [.. scenarios],
            Subject = result.GetValue(_subject)!,
            DocumentFile = result.GetValue(_out),
            JsonFile = result.GetValue(_json),
            MayFlush = result.GetValue(_flush),
            ShowProgress = !result.GetValue(_noProgress),
            CommandLine = Reporting.RunHeader.Describe(
                ["redislite-benchmark", .. result.Tokens.Select(token => token.Value)]),
        };
    }
}
