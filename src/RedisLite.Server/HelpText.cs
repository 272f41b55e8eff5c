using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>The texts of --help and --version.</summary>
internal static class HelpText
{
    /// <summary>The release of Redis whose commands, directives and error texts this server has.</summary>
    private const string CompatibleWith = "7.0.15";

    private const int LineWidth = 116;
    private const int OptionWidth = 18;

    public static string Version =>
        $"RedisLite server v={Release} bits={IntPtr.Size * 8} runtime={RuntimeInformation.FrameworkDescription} "
        + $"compatible=redis-{CompatibleWith}";

    /// <summary>The options that are no directives, and what each does.</summary>
    public static IReadOnlyList<(string Option, string Does)> Options { get; } =
    [
        ("-h, --help", "this text"),
        ("-v, --version", "the version"),
        ("--check-config", "check the configuration and exit: 0 when it can be used, else 1"),
        ("--dump-config", "show every value and where it comes from, and exit"),
        ("--man-page", "this text as a manual page, in roff, and exit"),
        ("--bash-completion", "a script for bash that completes options and directives, and exit"),
        ("--check-aof path", "check the append only files of a server that does not run, in its data directory or in "
            + "the append only directory itself, or a single file: 0 when they are sound, else 1"),
        ("--fix-aof path",
            "the same, and cut the last file off where it stops being sound, after asking; --yes: without asking"),
        ("--skip-unknown-types", "load files that hold types which are not supported, and leave such keys out"),
    ];

    public static IReadOnlyList<string> Usages { get; } =
    [
        "redislite-server [config-file ... | -] [--directive value ...] [-]",
        "redislite-server --check-aof path | --fix-aof path [--yes]",
        "redislite-server --help | --version | --man-page | --bash-completion",
    ];

    public static string Introduction =>
        "A configuration file is HOCON (see hocon/redislite.conf) or a redis.conf; later files win. "
        + "A \"-\" in a file's place, or at "
        + "the end, reads more of either from standard input. "
        + "Environment variables win over files (REDISLITE__NETWORK__PORT=7000), "
        + "directives on the command line over everything.";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "redislite-server",
        "redislite-server redislite.conf --port 7000 --loglevel verbose",
        "redislite-server --bind 127.0.0.1 -::1 --maxclients 100 --timeout 0",
        "redislite-server --tls-port 6380 --tls-cert-file server.crt --tls-key-file server.key --tls-auth-clients no",
        "redislite-server --redislite.protocol.inline-replies resp",
        "echo \"requirepass secret\" | redislite-server -",
        "redislite-server --check-aof ./data",
    ];

    private static string Release => typeof(HelpText).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static IEnumerable<DirectiveDescription> Directives =>
        RedisLiteSettings.DescribeDirectives(RedisLiteSettings.Load(ServerDefaults.Sources))
            .Where(directive => directive.Path is not null);

    public static string Help()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Usages.Count; i++)
            text.Append(i == 0 ? "Usage: " : "       ").Append(Usages[i]).Append('\n');
        text.Append('\n');
        Wrap(text, Introduction, 0);
        text.Append('\n');
        foreach (var (option, does) in Options)
        {
            text.Append("  ").Append(option.PadRight(OptionWidth));
            if (option.Length > OptionWidth)
                text.Append('\n').Append(' ', 2 + OptionWidth);
            Wrap(text, does, 2 + OptionWidth);
        }

        text.Append("\nExamples:\n");
        foreach (var example in Examples)
            text.Append("  ").Append(example).Append('\n');
        text.Append(
            "\nDirectives, with their defaults and keys; all others of Redis's are accepted and have no effect:\n\n");
        foreach (var directive in Directives)
        {
            text.Append("  --").Append(directive.Name).Append(' ').Append(DefaultOf(directive)).Append('\n');
            text.Append("        ").Append(directive.Path).Append(": ").Append(directive.Expected).Append('\n');
        }

        return text.ToString();
    }

    public static string DefaultOf(DirectiveDescription directive) =>
        directive.Default.Length == 0 ? "\"\"" : directive.Default;

    /// <summary>Appends a text in lines; those after the first are indented.</summary>
    private static void Wrap(StringBuilder text, string words, int indent)
    {
        var column = indent;
        foreach (var word in words.Split(' '))
        {
            if (column > indent && column + 1 + word.Length > LineWidth)
            {
                text.Append('\n').Append(' ', indent);
                column = indent;
            }

            if (column > indent)
                text.Append(' ');
            text.Append(word);
            column += word.Length + 1;
        }

        text.Append('\n');
    }
}
