using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>What the command line asks for.</summary>
internal enum CommandLineMode
{
    Serve,
    Help,
    Version,
    CheckConfig,
    DumpConfig,
    ManPage,
    BashCompletion,
    CheckAof,
    FixAof,
}

/// <summary>The command line, in Redis's grammar.</summary>
/// <remarks>
/// <code>
///   redislite-server [config-file ... | -] [--directive value ...] [-]
///   redislite-server --check-aof path | --fix-aof path [--yes]
/// </code>
/// Everything before the first option is a file. An option takes what follows up to the next word that begins with
/// "--", so that <c>--save 3600 1 300 100</c> and <c>--bind 127.0.0.1 -::1</c> need no quotes; it may also hold its
/// values itself: <c>"--loglevel verbose"</c>. A "-" in the place of a file, or at the end, reads more directives from
/// standard input. docs/decisions/2026-11-23-command-line.md says why this is no work for a library.
/// </remarks>
internal sealed record CommandLine(
    CommandLineMode Mode, IReadOnlyList<string> Files, IReadOnlyList<DirectiveValue> Directives,
    bool ReadsStandardInput)
{
    private const string SkipUnknownTypes = "skip-unknown-types";

    /// <summary>What --check-aof and --fix-aof look at.</summary>
    public string CheckedPath { get; private init; } = "";

    /// <summary>--fix-aof does not ask.</summary>
    public bool AssumesYes { get; private init; }

    /// <summary>Reads the words of a command line.</summary>
    /// <exception cref="SettingsException">A word stands where none can.</exception>
    public static CommandLine Parse(IReadOnlyList<string> words)
    {
        if (words.Any(word => word is "--check-aof" or "--fix-aof")
            && !words.Any(word => ModeOf(word) is CommandLineMode.Help or CommandLineMode.Version))
            return ParseCheck(words);
        var mode = CommandLineMode.Serve;
        var files = new List<string>();
        var directives = new List<(string Name, List<string> Values)>();
        var readsStandardInput = words is [.., "-"];
        var takesValues = false;
        foreach (var word in readsStandardInput ? words.SkipLast(1) : words)
        {
            if (ModeOf(word) is { } asked)
            {
                // Help and version are answered whatever else is asked for.
                if (mode is not (CommandLineMode.Help or CommandLineMode.Version))
                    mode = asked;
                takesValues = false;
            }
            else if (word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2)
            {
                directives.Add(ReadOption(word));
                takesValues = true;
            }
            else if (takesValues)
            {
                directives[^1].Values.Add(word);
            }
            else if (directives.Count == 0 && !word.StartsWith('-'))
            {
                files.Add(word);
            }
            else if (directives.Count == 0 && word == "-")
            {
                readsStandardInput = true;
            }
            else
            {
                throw new SettingsException(
                    $"command line: '{word}' stands alone; expected --directive value, or --help");
            }
        }

        return new CommandLine(mode, files, [.. directives.Select(Complete)], readsStandardInput);
    }

    /// <summary>An option, which may hold its values in the same word.</summary>
    private static (string Name, List<string> Values) ReadOption(string word)
    {
        if (!word.Contains(' '))
            return (word[2..], []);
        var words = RedisLiteSettings.SplitDirective(word[2..])
            ?? throw new SettingsException(
                $"command line: unbalanced quotes in '{word}'; expected a closing quote at the end of a word");
        return (words[0], words[1..]);
    }

    /// <summary>Puts in what may be left out.</summary>
    private static DirectiveValue Complete((string Name, List<string> Values) option) => option switch
    {
        // No directive of Redis's, and an answer to what the log asks for: no value needed.
        { Name: SkipUnknownTypes } => new DirectiveValue(
            "redislite.persistence.skip-unknown-types", option.Values.Count == 0 ? ["on"] : option.Values),

        // As in Redis: no save points.
        { Name: "save", Values.Count: 0 } => new DirectiveValue(option.Name, [""]),
        _ => new DirectiveValue(option.Name, option.Values),
    };

    /// <summary>
    /// Checking uses no configuration: what else is on the line would be without effect, and so is an error.
    /// </summary>
    private static CommandLine ParseCheck(IReadOnlyList<string> words)
    {
        var rest = words.Where(word => word != "--yes").ToList();
        if (rest is not [("--check-aof" or "--fix-aof") and var option, var path]
            || path.StartsWith("--", StringComparison.Ordinal))
            throw new SettingsException(
                "command line: --check-aof and --fix-aof take one append only directory, and --fix-aof --yes; "
                    + "nothing else");
        var mode = option == "--check-aof" ? CommandLineMode.CheckAof : CommandLineMode.FixAof;
        return new CommandLine(
            mode, [], [], ReadsStandardInput: false)
        { CheckedPath = path, AssumesYes = rest.Count < words.Count };
    }

    private static CommandLineMode? ModeOf(string word) => word switch
    {
        "--help" or "-h" => CommandLineMode.Help,
        "--version" or "-v" => CommandLineMode.Version,
        "--check-config" => CommandLineMode.CheckConfig,
        "--dump-config" => CommandLineMode.DumpConfig,
        "--man-page" => CommandLineMode.ManPage,
        "--bash-completion" => CommandLineMode.BashCompletion,
        _ => null,
    };
}
