using System.Globalization;
using System.Text;

namespace RedisLite.Commands.Server.Introspection;

/// <summary>
/// Renders docs/COMMANDS.md from the table, so that the page cannot say anything else than the server.
/// </summary>
public static class CommandReference
{
    private static readonly (CommandGroup Group, string Title)[] Groups =
    [
        (CommandGroup.String, "Strings"),
        (CommandGroup.Bitmap, "Bitmaps"),
        (CommandGroup.Stream, "Streams"),
        (CommandGroup.HyperLogLog, "HyperLogLog"),
        (CommandGroup.Generic, "Keys"),
        (CommandGroup.Transactions, "Transactions"),
        (CommandGroup.PubSub, "Pub/sub"),
        (CommandGroup.Connection, "Connection"),
        (CommandGroup.Server, "Server"),
    ];

    /// <summary>The whole page, as Markdown with '\n' at line ends.</summary>
    /// <param name="table">The commands to describe.</param>
    public static string Render(CommandTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var page = new StringBuilder();
        page.Append("# Commands\n\n");
        page.Append(
            CultureInfo.InvariantCulture,
            $"{table.Commands.Count} commands, {table.Runnable.Count()} with their subcommands. ");
        page.Append(
            "This page is rendered from the command table: change the declaration, then render it again with\n");
        page.Append(
            "`REDISLITE_UPDATE_DOCS=1 dotnet test tests/RedisLite.Core.Tests --filter "
                + "FullyQualifiedName~ConformanceReference`.\n\n");
        page.Append(
            "\"Since\" is the Redis version that brought the command; 0.1.0 is ours. What differs for all commands "
                + "stands in\n");
        page.Append("[COMPATIBILITY.md](COMPATIBILITY.md).\n");

        var titles = Groups.ToDictionary(item => item.Group, item => item.Title);
        var ordered = Groups.Select(item => item.Group).Concat(Enum.GetValues<CommandGroup>().Except(titles.Keys));
        foreach (var group in ordered)
        {
            Command[] commands = [.. table.Runnable.Where(command => command.Declaration.Group == group)];
            if (commands.Length == 0)
                continue;
            page.Append(CultureInfo.InvariantCulture, $"\n## {titles.GetValueOrDefault(group, group.ToString())}\n\n");
            page.Append(
                "| command | arguments | what it does | complexity | since | notes |\n|---|---|---|---|---|---|\n");
            foreach (var command in commands)
                AppendRow(page, command.Declaration);
        }

        return page.ToString();
    }

    private static void AppendRow(StringBuilder page, CommandAttribute command)
    {
        var syntax = command.Syntax.Length == 0 ? "" : $"`{Cell(command.Syntax)}`";
        page.Append(CultureInfo.InvariantCulture,
            $"| {command.Name} | {syntax} | {Cell(Sentence(command.Summary))} | "
                + $"{Cell(command.Complexity.TrimEnd('.'))} | {command.Since} | {Cell(command.Notes)} |\n");
    }

    private static string Sentence(string text) => text.Length == 0 || text.EndsWith('.') ? text : text + ".";

    /// <summary>A bar would end the cell, in code as well.</summary>
    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
