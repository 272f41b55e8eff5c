using System.Collections.Frozen;
using System.Reflection;
using RedisLite.Commands.Access;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>
/// All commands by name, built once at start from the <see cref="CommandAttribute"/>s of an assembly.
/// </summary>
/// <remarks>Immutable and shared by all threads. Look-up is O(1), in any letter case, without allocation.</remarks>
public sealed class CommandTable
{
    private const int MaxNameLength = 32;

    private readonly FrozenDictionary<string, Command>.AlternateLookup<ReadOnlySpan<char>> _byName;

    private readonly FrozenDictionary<string, Command> _names;
    private readonly CommandTable? _original;
    private readonly Dictionary<Command, string>? _namesHere;

    private CommandTable(IReadOnlyDictionary<string, Command> commands, int count, CommandTable? original = null)
    {
        var frozen = commands.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        _names = frozen;
        _byName = frozen.GetAlternateLookup<ReadOnlySpan<char>>();
        Commands = [.. frozen.Values.OrderBy(command => command.Name, StringComparer.Ordinal)];
        OrdinalCount = count;
        _original = original;
        _namesHere = original is null ? null : frozen.ToDictionary(static item => item.Value, static item => item.Key);
        Access = original?.Access ?? new AccessCatalog(Commands.Select(Describe), count);
    }

    /// <summary>The table of all commands of this product.</summary>
    public static CommandTable Default { get; } = Build(typeof(CommandTable).Assembly);

    /// <summary>Top-level commands, sorted by name; containers hold their subcommands.</summary>
    public IReadOnlyList<Command> Commands { get; }

    /// <summary>One more than the largest <see cref="Command.Ordinal"/>.</summary>
    public int OrdinalCount { get; }

    /// <summary>The commands as rules of users name them.</summary>
    public AccessCatalog Access { get; }

    /// <summary>All commands, each container followed by its subcommands.</summary>
    public IEnumerable<Command> WithSubcommands =>
        Commands.SelectMany(command =>
            command.Subcommands is { } subs ? subs.Values.OrderBy(sub => sub.Name, StringComparer.Ordinal).Prepend(
                command) : [command]);

    /// <summary>Every command that can run: containers that cannot are left out.</summary>
    public IEnumerable<Command> Runnable => WithSubcommands.Where(command => command.Handler is not null);

    /// <summary>Whether commands have other names than they are declared with.</summary>
    public bool HasRenamed => _original is not null;

    /// <summary>What a top-level command is called in this table; null when nobody can call it.</summary>
    public string? NameOf(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return _namesHere is null ? command.Name : _namesHere.GetValueOrDefault(command);
    }

    /// <summary>A table in which commands have other names, and are not known by their own.</summary>
    /// <param name="renames">The name, and the new one: empty for none, so that nobody can call it.</param>
    /// <param name="error">Which of them is wrong, and why; null when none is.</param>
    public CommandTable Rename(IEnumerable<(string Name, string NewName)> renames, out string? error)
    {
        var names = new Dictionary<string, Command>(_names, StringComparer.OrdinalIgnoreCase);
        error = null;
        foreach (var (name, newName) in renames)
        {
            if (!names.Remove(name, out var command))
                error ??= $"'{name}': No such command in rename-command";
            else if (newName.Length > MaxNameLength)
                error ??= $"'{newName}': expected a name of at most {MaxNameLength} bytes";
            else if (newName.Length > 0 && !names.TryAdd(newName, command))
                error ??= $"'{newName}': Target command name already exists";
        }

        return error is null ? new CommandTable(names, OrdinalCount, _original ?? this) : this;
    }

    /// <summary>
    /// As <see cref="Resolve"/>, for what comes from a log: there commands have the names that they are declared with,
    /// or those that they have here.
    /// </summary>
    public Command? ResolveLogged(in Arguments args) => _original?.Resolve(args) ?? Resolve(args);

    /// <summary>Finds a top-level command by name.</summary>
    public Command? Find(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > MaxNameLength)
            return null;
        Span<char> text = stackalloc char[MaxNameLength];
        return _byName.TryGetValue(Widen(name, text), out var command) ? command : null;
    }

    /// <summary>Finds what a request means: for a container the subcommand that its next argument names.</summary>
    /// <returns>The container itself when it has no such subcommand; null for an unknown command.</returns>
    public Command? Resolve(in Arguments args)
    {
        var command = Find(args[0]);
        return command?.Subcommands is null || args.Count < 2 ? command : FindSubcommand(command, args[1]) ?? command;
    }

    /// <summary>Finds a subcommand of a container by name, or null.</summary>
    public static Command? FindSubcommand(Command container, ReadOnlySpan<byte> name)
    {
        if (container.Subcommands is null || name.Length is 0 or > MaxNameLength)
            return null;
        Span<char> text = stackalloc char[MaxNameLength];
        var lookup = container.Subcommands.GetAlternateLookup<ReadOnlySpan<char>>();
        return lookup.TryGetValue(Widen(name, text), out var sub) ? sub : null;
    }

    /// <summary>Finds a command, or a subcommand named as <c>client|id</c>.</summary>
    public Command? FindByFullName(ReadOnlySpan<byte> name)
    {
        var bar = name.IndexOf((byte)'|');
        if (bar < 0)
            return Find(name);
        return Find(name[..bar]) is { } container ? FindSubcommand(container, name[(bar + 1)..]) : null;
    }

    /// <summary>Builds the table of the commands that assemblies declare.</summary>
    /// <exception cref="InvalidOperationException">A duplicate name, a bad <c>Keys</c>, a wrong method shape, a
    /// container missing.</exception>
    public static CommandTable Build(params ReadOnlySpan<Assembly> assemblies)
    {
        var ordinal = 0;
        var top = new Dictionary<string, Command>(StringComparer.OrdinalIgnoreCase);
        var subcommands = new Dictionary<string, Dictionary<string, Command>>(StringComparer.OrdinalIgnoreCase);
        foreach (var type in TypesOf(assemblies))
        {
            foreach (var container in type.GetCustomAttributes<CommandContainerAttribute>())
            {
                Add(top, container.Name, new Command(Describe(container), HandlerOf(container, type), null, ordinal++));
                AddSubcommand(
                    subcommands, new Command(ContainerHelp.Declare(container), ContainerHelp.Reply, null, ordinal++));
            }

            foreach (var method in type.GetMethods(
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly))
                foreach (var declaration in method.GetCustomAttributes<CommandAttribute>())
                    AddDeclared(top, subcommands, declaration, method, ordinal++);
        }

        foreach (var (name, subs) in subcommands)
        {
            if (!top.TryGetValue(name, out var container))
                throw new InvalidOperationException(
                    $"subcommands of '{name}' are declared, but no [CommandContainer(\"{name}\")]");
            container.Subcommands = subs.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
            foreach (var sub in subs.Values)
                sub.Parent = container;
        }

        return new CommandTable(top, ordinal);
    }

    private static List<Type> TypesOf(ReadOnlySpan<Assembly> assemblies)
    {
        var types = new List<Type>();
        foreach (var assembly in assemblies)
            types.AddRange(assembly.GetTypes());
        return types;
    }

    private static void AddDeclared(
        Dictionary<string, Command> top,
        Dictionary<string, Dictionary<string, Command>> subcommands,
        CommandAttribute declaration,
        MethodInfo method,
        int ordinal)
    {
        Command command;
        try
        {
            var planner = Named<KeyPlanner>(method, declaration.PlanWith);
            command = new Command(declaration, method.CreateDelegate<CommandHandler>(), planner, ordinal)
            {
                KeyUse = Named<KeyUseOfRequest>(method, declaration.UseWith),
                Secrets = Named<SecretArgument>(method, declaration.SecretsWith),
                Audited = Named<AuditedArgument>(method, declaration.AuditedWith),
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NullReferenceException)
        {
            throw new InvalidOperationException(
                $"command '{declaration.Name}' ({method.DeclaringType}.{method.Name}): {e.Message}", e);
        }

        if (declaration.Name.Contains(' ', StringComparison.Ordinal))
            AddSubcommand(subcommands, command);
        else
            Add(top, declaration.Name, command);
    }

    /// <summary>The method of a command's class that its declaration names.</summary>
    private static T? Named<T>(MethodInfo command, string? name)
        where T : Delegate => name is null
        ? null
        : command.DeclaringType!.GetMethod(
            name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!.CreateDelegate<T>();

    private static void AddSubcommand(Dictionary<string, Dictionary<string, Command>> subcommands, Command command)
    {
        var name = command.Declaration.Name;
        var space = name.IndexOf(' ', StringComparison.Ordinal);
        var container = name[..space];
        if (!subcommands.TryGetValue(container, out var subs))
            subcommands[container] = subs = new Dictionary<string, Command>(StringComparer.OrdinalIgnoreCase);
        Add(subs, name[(space + 1)..], command);
    }

    private static void Add(Dictionary<string, Command> commands, string name, Command command)
    {
        if (name.Length > MaxNameLength || !commands.TryAdd(name, command))
            throw new InvalidOperationException($"command '{command.Name}' is declared twice, or its name is too long");
    }

    private static AccessCommand Describe(Command command) => new()
    {
        Ordinal = command.Ordinal,
        Name = command.Name,
        Categories = AccessCategories.SetOf(AclCategories.Of(command)),
        IsSubcommand = command.Parent is not null,
        Subcommands = command.Subcommands is { } subs
            ? [.. subs.Values.OrderBy(static sub => sub.Name, StringComparer.Ordinal).Select(Describe)]
            : null,
    };

    private static CommandAttribute Describe(CommandContainerAttribute container) => new(container.Name)
    {
        Arity = container.RunWith is null ? -2 : -1,
        Flags = container.Flags,
        Categories = container.Categories,
        Group = container.Group,
        Since = container.Since,
        Complexity = container.Complexity,
        Summary = container.Summary,
    };

    private static CommandHandler? HandlerOf(CommandContainerAttribute container, Type type)
    {
        const BindingFlags anyStatic = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public;
        if (container.RunWith is null)
            return null;
        return type.GetMethod(container.RunWith, anyStatic)?.CreateDelegate<CommandHandler>()
            ?? throw new InvalidOperationException(
                $"container '{container.Name}': there is no method {type}.{container.RunWith}");
    }

    private static ReadOnlySpan<char> Widen(ReadOnlySpan<byte> name, Span<char> text)
    {
        for (var i = 0; i < name.Length; i++)
            text[i] = (char)name[i];
        return text[..name.Length];
    }
}
