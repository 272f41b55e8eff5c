namespace RedisLite.Commands.Access;

/// <summary>A command as rules know it: its place in their bitmaps, its name, its categories.</summary>
public sealed class AccessCommand
{
    /// <summary>Index into bitmaps; dense, from 0.</summary>
    public required int Ordinal { get; init; }

    /// <summary>Lower case; a subcommand as <c>client|id</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Bits of <see cref="AccessCategories"/>.</summary>
    public required uint Categories { get; init; }

    /// <summary>Whether it is a subcommand.</summary>
    public required bool IsSubcommand { get; init; }

    /// <summary>The subcommands of a container, sorted by name; null for any other command.</summary>
    public IReadOnlyList<AccessCommand>? Subcommands { get; init; }
}

/// <summary>All commands by the names that they are declared with: rules do not see that one was renamed.</summary>
/// <remarks>Immutable; any thread.</remarks>
public sealed class AccessCatalog
{
    private readonly Dictionary<string, AccessCommand> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="commands">Those that are no subcommands.</param>
    /// <param name="ordinalCount">One more than the largest ordinal.</param>
    public AccessCatalog(IEnumerable<AccessCommand> commands, int ordinalCount)
    {
        Commands = [.. commands.OrderBy(command => command.Name, StringComparer.Ordinal)];
        WithSubcommands = [.. Commands.SelectMany(command => (command.Subcommands ?? []).Prepend(command))];
        OrdinalCount = ordinalCount;
        foreach (var command in WithSubcommands)
            _byName.Add(command.Name, command);
    }

    public IReadOnlyList<AccessCommand> Commands { get; }

    /// <summary>All commands, each container followed by its subcommands.</summary>
    public IReadOnlyList<AccessCommand> WithSubcommands { get; }

    public int OrdinalCount { get; }

    /// <summary>The command, or the subcommand as <c>client|id</c>; null when there is none.</summary>
    /// <remarks>As in Redis, what follows the bar of a command without subcommands does not count.</remarks>
    public AccessCommand? Find(string name)
    {
        var bar = name.IndexOf('|', StringComparison.Ordinal);
        if (bar < 0)
            return _byName.GetValueOrDefault(name);
        return name.IndexOf('|', bar + 1) < 0 && _byName.GetValueOrDefault(name[..bar]) is { Subcommands: not null }
            ? _byName.GetValueOrDefault(name)
            : null;
    }
}
