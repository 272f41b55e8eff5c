using System.Text;

namespace RedisLite.Commands;

/// <summary>The HELP subcommand that every container has: its text comes from what the subcommands declare.</summary>
/// <remarks>
/// In the form of Redis's: an array of status replies, each subcommand a line with its arguments and a line, indented
/// by four, with what it does.
/// </remarks>
internal static class ContainerHelp
{
    private const string Name = "HELP";

    /// <summary>The declaration of a container's HELP, for <see cref="CommandTable"/>.</summary>
    public static CommandAttribute Declare(CommandContainerAttribute container) => new($"{container.Name} {Name}")
    {
        Arity = 2,
        Flags = CommandFlags.Loading | CommandFlags.Stale,
        Group = container.Group,
        Categories = container.Categories,
        Since = container.HelpSince,
        Complexity = "O(1)",
        Summary = "Show helpful text about the different subcommands",
    };

    /// <summary>The handler of every HELP.</summary>
    public static void Reply(ref CommandContext ctx)
    {
        var container = ctx.Command.Parent!;
        var lines = Lines(container);
        ctx.Reply.Array(lines.Count);
        foreach (var line in lines)
            ctx.Reply.SimpleString(Encoding.ASCII.GetBytes(line));
    }

    internal static List<string> Lines(Command container)
    {
        var lines = new List<string>
        {
            $"{container.Name.ToUpperInvariant()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        };
        foreach (var (name, command) in container.Subcommands!.OrderBy(sub => sub.Key, StringComparer.Ordinal))
        {
            if (name == Name)
                continue;
            var syntax = MarkArguments(command.Declaration.Syntax);
            lines.Add(syntax.Length == 0 ? name : $"{name} {syntax}");
            lines.Add($"    {command.Declaration.Summary.TrimEnd('.')}.");
        }

        lines.Add(Name);
        lines.Add("    Prints this help.");
        return lines;
    }

    /// <summary>
    /// Puts what stands for a value into angle brackets: <c>key [NX|XX]</c> becomes <c>&lt;key&gt; [NX|XX]</c>.
    /// </summary>
    private static string MarkArguments(string syntax)
    {
        var text = new StringBuilder();
        for (var i = 0; i < syntax.Length;)
        {
            var end = i;
            while (end < syntax.Length && (char.IsAsciiLetterOrDigit(syntax[end]) || syntax[end] is '-' or '_'))
                end++;
            if (end == i)
            {
                text.Append(syntax[i++]);
                continue;
            }

            var word = syntax[i..end];
            text.Append(char.IsAsciiLetterLower(word[0]) ? $"<{word}>" : word);
            i = end;
        }

        return text.ToString();
    }
}
