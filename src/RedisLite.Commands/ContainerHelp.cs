using System.Text;

namespace RedisLite.Commands;

/// <summary>The HELP subcommand that every container has: Redis's words for what Redis has, in its order.</summary>
/// <remarks>
/// An array of status replies, each subcommand a line with its arguments and lines, indented by four, with what it
/// does. What Redis 7.0 does not know stands behind that, made of what the subcommand declares.
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
        var told = new HashSet<string> { Name };
        AddTold(container, lines, told);
        foreach (var (name, command) in container.Subcommands!.OrderBy(sub => sub.Key, StringComparer.Ordinal))
        {
            if (told.Contains(name))
                continue;
            var syntax = MarkArguments(command.Declaration.Syntax);
            lines.Add(syntax.Length == 0 ? name : $"{name} {syntax}");
            lines.Add($"    {command.Declaration.Summary.TrimEnd('.')}.");
        }

        lines.Add(Name);
        lines.Add("    Prints this help.");
        return lines;
    }

    /// <summary>Adds what Redis says of the subcommands that are here.</summary>
    private static void AddTold(Command container, List<string> lines, HashSet<string> told)
    {
        var isHere = false;
        foreach (var line in HelpTexts.Of(container.Name.ToUpperInvariant()))
        {
            if (!line.StartsWith(' '))
            {
                var name = line.Split(' ')[0];
                isHere = name[0] == '(' || container.Subcommands!.ContainsKey(name);
                told.Add(name);
            }

            if (isHere)
                lines.Add(line);
        }
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
