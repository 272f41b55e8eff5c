using System.Text;
using RedisLite.Commands;
using RedisLite.Configuration;
using RedisLite.Protocol;

namespace RedisLite.Web.Console;

/// <summary>The commands as the server calls them: <c>rename-command</c> gives them other names, or none.</summary>
/// <remarks>
/// Made from the lines that the server makes its own table from, for the view of a server does not show that. A line
/// is split as an inline request is, which has the syntax of a configuration. Immutable; any thread.
/// </remarks>
internal sealed class ServerCommands
{
    private readonly Dictionary<Command, string> _newNames = [];

    /// <param name="renames">Checked by the server; each a name and the new one.</param>
    /// <exception cref="SettingsException">They were not checked, and one is wrong.</exception>
    public ServerCommands(IReadOnlyList<ConfigLine> renames)
    {
        foreach (var line in renames)
        {
            var (name, newName) = Split(line);
            var command = Table.Find(Encoding.Latin1.GetBytes(name));
            Table = Table.Rename([(name, newName)], out var error);
            if (error is not null || command is null)
                throw new SettingsException($"{line.Origin}: rename-command {error}");
            _newNames[command] = newName;
        }
    }

    /// <summary>The commands by the names that requests have.</summary>
    public CommandTable Table { get; } = CommandTable.Default;

    /// <summary>The words by which a request names a command; null when none does.</summary>
    public IReadOnlyList<string>? WordsFor(Command command)
    {
        var top = command.Parent ?? command;
        var name = _newNames.GetValueOrDefault(top, top.Name);
        if (name.Length == 0)
            return null;
        return command.Parent is null ? [name] : [name, command.Name[(command.Name.IndexOf('|') + 1)..]];
    }

    /// <summary>The word by which a request names a top-level command now; null when none does.</summary>
    /// <param name="name">The name that the command is declared with.</param>
    public string? WordFor(string name) =>
        CommandTable.Default.Find(Encoding.Latin1.GetBytes(name)) is { } command ? WordsFor(command)?[0] : null;

    private static (string Name, string NewName) Split(ConfigLine line)
    {
        using var parser = new RequestParser(new ProtocolLimits());
        var batch = new RequestBatch();
        parser.Parse(Encoding.UTF8.GetBytes(line.Text + "\n"), batch, 1);
        return batch.Count == 1 && batch[0].Count == 2
            ? (Encoding.Latin1.GetString(batch[0][0]), Encoding.Latin1.GetString(batch[0][1]))
            : throw new SettingsException($"{line.Origin}: rename-command: expected two names");
    }
}
