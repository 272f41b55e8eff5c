using System.Text;

namespace RedisLite.Server;

/// <summary>The manual page of redislite-server(1), from the same texts as --help.</summary>
internal static class ManPage
{
    public static string Text()
    {
        var text = new StringBuilder(".TH REDISLITE\\-SERVER 1\n.SH NAME\n"
            + "redislite\\-server \\- Redis\\-compatible in\\-memory key\\-value server\n.SH SYNOPSIS\n");
        foreach (var usage in HelpText.Usages)
            text.Append(".nf\n").Append(Escape(usage)).Append("\n.fi\n");
        text.Append(".SH DESCRIPTION\n").Append(Escape(HelpText.Introduction)).Append("\n.SH OPTIONS\n");
        foreach (var (option, does) in HelpText.Options)
            Entry(text, option, does);
        text.Append(".SH DIRECTIVES\nThose that have an effect, with their defaults and keys; "
            + "all others of Redis's are accepted and have none.\n");
        foreach (var directive in HelpText.Directives)
            Entry(text, $"--{directive.Name} {HelpText.DefaultOf(directive)}",
                $"{directive.Path}: {directive.Expected}");
        text.Append(".SH EXIT STATUS\n0 after SIGTERM, SIGINT and SHUTDOWN; "
            + "1 when the server cannot start, or has ended without having saved.\n.SH EXAMPLES\n.nf\n");
        foreach (var example in HelpText.Examples)
            text.Append(Escape(example)).Append('\n');
        return text.Append(".fi\n").ToString();
    }

    private static void Entry(StringBuilder text, string term, string meaning) =>
        text.Append(".TP\n.B ").Append(Escape(term)).Append('\n').Append(Escape(meaning)).Append('\n');

    /// <summary>A line that begins with a dot or a quote would be a request of roff's.</summary>
    private static string Escape(string line)
    {
        var escaped = line.Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? "\\&" + escaped : escaped;
    }
}
