namespace RedisLite.Commands;

/// <summary>Declares a command: the one place that describes it. Everything else is derived from here.</summary>
/// <remarks>
/// Put on a <c>public static void Name(ref CommandContext ctx)</c> method. A name with a space (<c>CLIENT ID</c>)
/// declares a subcommand of a container, which a <see cref="CommandContainerAttribute"/> describes.
/// </remarks>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class CommandAttribute(string name) : Attribute
{
    /// <summary>In upper case, as documented; matched in any case.</summary>
    public string Name { get; } = name;

    /// <summary>As Redis counts it: the name included, negative for "at least".</summary>
    public int Arity { get; set; } = -1;

    /// <summary>Key positions with their access; the grammar is on <see cref="KeySpec"/>. Empty for none.</summary>
    public string Keys { get; set; } = "";

    /// <summary>
    /// Positions of shard channels, in the notation of a position in <see cref="Keys"/>. A cluster routes by them as by
    /// keys, so <c>COMMAND INFO</c> shows them beside the keys; here nothing is locked for them.
    /// </summary>
    public string ShardChannels { get; set; } = "";

    /// <summary>Which arguments are channels that a user must be allowed to use.</summary>
    public ChannelArguments Channels { get; set; }

    public CommandFlags Flags { get; set; }

    public CommandGroup Group { get; set; }

    /// <summary>The Redis version that brought the command, or ours for our own.</summary>
    public string Since { get; set; } = "1.0.0";

    public string Complexity { get; set; } = "O(1)";

    /// <summary>The arguments, in the notation of Redis's documentation.</summary>
    public string Syntax { get; set; } = "";

    public string Summary { get; set; } = "";

    /// <summary>
    /// ACL categories beyond those that keys, flags and group give, separated by spaces; with a minus those that they
    /// give and the command has not: <c>"dangerous -keyspace"</c>.
    /// </summary>
    public string Categories { get; set; } = "";

    /// <summary>Where we differ from Redis and why; shown in docs/COMMANDS.md.</summary>
    public string Notes { get; set; } = "";

    /// <summary>
    /// The name of a static <see cref="KeyPlanner"/> method of the same class that finds the keys which
    /// <see cref="Keys"/> cannot name (SORT's STORE, which may be the value of another option).
    /// </summary>
    public string? PlanWith { get; set; }

    /// <summary>
    /// The name of a static <see cref="KeyUseOfRequest"/> method of the same class, for a command with a key whose use
    /// is <c>variable</c>.
    /// </summary>
    public string? UseWith { get; set; }

    /// <summary>
    /// Of a blocking command: the argument that names whom its client competes with for what a key brings; 0 for all
    /// who wait for the key, below 0 for nobody, as it takes nothing away.
    /// </summary>
    public int RivalsByArgument { get; set; }

    /// <summary>
    /// The name of a static <see cref="SecretArgument"/> method of the same class that says which arguments are
    /// secrets; without one none is.
    /// </summary>
    public string? SecretsWith { get; set; }

    /// <summary>
    /// The name of a static <see cref="AuditedArgument"/> method of the same class that says which arguments the audit
    /// trail shows; without one it shows none but keys.
    /// </summary>
    public string? AuditedWith { get; set; }
}

/// <summary>The arguments of a command that are channels.</summary>
public enum ChannelArguments
{
    None,

    /// <summary>The first one: PUBLISH.</summary>
    First,

    /// <summary>All: SUBSCRIBE.</summary>
    All,

    /// <summary>All are patterns of channels: PSUBSCRIBE.</summary>
    AllPatterns,
}

/// <summary>
/// Describes the container of subcommands (<c>CLIENT</c>, <c>CONFIG</c>) on the class that declares them.
/// </summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class CommandContainerAttribute(string name) : Attribute
{
    public string Name { get; } = name;

    public CommandGroup Group { get; set; }

    public string Since { get; set; } = "1.0.0";

    public string Complexity { get; set; } = "Depends on subcommand.";

    /// <summary>The Redis version that brought the container's HELP, which every container has by itself.</summary>
    public string HelpSince { get; set; } = "5.0.0";

    /// <summary>Of the container itself, not of its subcommands.</summary>
    public CommandFlags Flags { get; set; }

    /// <inheritdoc cref="CommandAttribute.Categories"/>
    public string Categories { get; set; } = "";

    /// <summary>
    /// The name of the static method of the same class that runs when no subcommand is given (COMMAND); without one
    /// that is an error.
    /// </summary>
    public string? RunWith { get; set; }

    public string Summary { get; set; } = "";
}
