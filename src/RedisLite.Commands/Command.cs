using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>
/// The body of a command. Runs with the stripes of its declared keys held; see <see cref="CommandContext"/>.
/// </summary>
public delegate void CommandHandler(ref CommandContext ctx);

/// <summary>Finds keys of a request that <see cref="CommandAttribute.Keys"/> cannot name.</summary>
/// <remarks>Asked once per request, when its keys are located: it sees the arguments and nothing else.</remarks>
public delegate void KeyPlanner(in Arguments args, scoped ref KeyCollector keys);

/// <summary>What a request does with a key, where its options decide: SET reads only with GET.</summary>
public delegate (KeyAccess Access, KeyUsage Usage) KeyUseOfRequest(in Arguments args, KeyAccess access, KeyUsage usage);

/// <summary>
/// Whether an argument is a secret, to be shown nowhere: not in SLOWLOG, not to MONITOR, not in a log.
/// </summary>
public delegate bool SecretArgument(in Arguments args, int index);

/// <summary>Whether the audit trail shows an argument; never a value, and never a secret.</summary>
public delegate bool AuditedArgument(in Arguments args, int index);

/// <summary>A command as the server knows it: its declaration, resolved. Immutable; shared by all threads.</summary>
public sealed class Command
{
    internal Command(CommandAttribute declaration, CommandHandler? handler, KeyPlanner? planner, int ordinal)
    {
        Declaration = declaration;
        Handler = handler;
        Planner = planner;
        Ordinal = ordinal;
        Keys = KeySpec.Parse(declaration.Keys);
        ShardChannels = declaration.ShardChannels.Length == 0
            ? null : KeySpec.Parse($"R:none {declaration.ShardChannels}")[0];
        Name = declaration.Name.Replace(' ', '|').ToLowerInvariant();
        NameBytes = Encoding.ASCII.GetBytes(Name);
        var flags = declaration.Flags;
        foreach (var spec in Keys)
        {
            LocksExclusive |= spec.Access.HasFlag(KeyAccess.Write);
            IsRead |= spec.Access == KeyAccess.Read
                || (spec.Access.HasFlag(KeyAccess.Read) && flags.HasFlag(CommandFlags.MayReplicate));
            if (spec.Kind == KeySpecKind.WholeKeyspace)
                KeyspaceUse = spec.Access.HasFlag(KeyAccess.Write) ? KeyspaceUse.Write : KeyspaceUse.Walk;
        }

        // What it calls reads and writes; it does neither itself.
        if (flags.HasFlag(CommandFlags.CallsCommands))
            IsRead = flags.HasFlag(CommandFlags.ReadOnly);
        LocksExclusive |= flags.HasFlag(CommandFlags.Write);
        IsWrite = LocksExclusive && !flags.HasFlag(CommandFlags.MayReplicate);
        IsRead = (IsRead || flags.HasFlag(CommandFlags.ReadOnly)) && !IsWrite;
        SingleKey = Keys is [{ Kind: KeySpecKind.Range } only] && only.First == only.Last
            && planner is null ? only.First : 0;
        Flags = flags;
        ChangesFiles = IsWrite || flags.HasFlag(CommandFlags.FramesOthers)
            || (flags.HasFlag(CommandFlags.MayReplicate) && !flags.HasFlag(CommandFlags.PubSub));
    }

    public CommandAttribute Declaration { get; }

    /// <summary>Lower case; a subcommand as <c>client|id</c>, which is how errors and statistics name it.</summary>
    public string Name { get; }

    public ReadOnlyMemory<byte> NameBytes { get; }

    public CommandFlags Flags { get; }

    public ImmutableArray<KeySpec> Keys { get; }

    /// <summary>Where the request names shard channels; null for nearly all commands.</summary>
    public KeySpec? ShardChannels { get; }

    /// <summary>Changes data: refused on a read-only replica, goes to the change log, invalidates WATCH.</summary>
    public bool IsWrite { get; }

    public bool IsRead { get; }

    /// <summary>
    /// Whether a file needs it when it stands in a log: it changes data, or says what others apply to (SELECT, MULTI,
    /// EXEC).
    /// </summary>
    public bool ChangesFiles { get; }

    /// <summary>
    /// The stripes of its declared keys are taken exclusive: those of a write command, and of a read command that may
    /// keep something in the value that it reads (PFCOUNT) and logs that itself.
    /// </summary>
    public bool LocksExclusive { get; }

    /// <summary>The position of the one key of a command that has exactly one; 0 for all others.</summary>
    public int SingleKey { get; }

    /// <summary>What it is declared to do with keys that its requests do not name.</summary>
    public KeyspaceUse KeyspaceUse { get; }

    /// <summary>Index into statistics arrays; dense, from 0.</summary>
    public int Ordinal { get; }

    /// <summary>Null for a container that only its subcommands can run.</summary>
    internal CommandHandler? Handler { get; }

    /// <summary>Whether a request can name it: a container without a subcommand mostly cannot be run.</summary>
    public bool IsRunnable => Handler is not null;

    internal KeyPlanner? Planner { get; }

    internal KeyUseOfRequest? KeyUse { get; init; }

    internal SecretArgument? Secrets { get; init; }

    internal AuditedArgument? Audited { get; init; }

    /// <summary>The subcommands of a container by upper-case name; null for any other command.</summary>
    public FrozenDictionary<string, Command>? Subcommands { get; internal set; }

    /// <summary>The container of a subcommand.</summary>
    public Command? Parent { get; internal set; }

    /// <summary>What a request does with a key, where its options decide: SET reads only with GET.</summary>
    internal (KeyAccess Access, KeyUsage Usage) UseOf(in RequestKey key, in Arguments args)
    {
        var usage = key.Usage & ~(KeyUsage.Variable | KeyUsage.Incomplete);
        return key.Usage.HasFlag(KeyUsage.Variable) && KeyUse is { } use
            ? use(args, key.Access, usage)
            : (key.Access, usage);
    }

    public bool Has(CommandFlags flag) => (Flags & flag) != 0;

    /// <summary>Whether a call with so many arguments (the name included) is one that the command takes.</summary>
    /// <remarks>
    /// A container that runs without a subcommand takes no argument: it would be one it does not know.
    /// </remarks>
    public bool AcceptsArgumentCount(int count)
    {
        if (Subcommands is not null)
            return count == 1;
        return Declaration.Arity >= 0 ? count == Declaration.Arity : count >= -Declaration.Arity;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
