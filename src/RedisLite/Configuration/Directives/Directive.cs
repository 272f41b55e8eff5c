using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>When a directive may be changed.</summary>
internal enum DirectiveChange
{
    /// <summary>By CONFIG SET at any time.</summary>
    AtAnyTime,

    /// <summary>Redis fixes it at start.</summary>
    Immutable,

    /// <summary>Redis lets CONFIG SET change it only with <c>enable-protected-configs yes</c>.</summary>
    Protected,

    /// <summary>CONFIG SET may change it in Redis; here a change needs a restart.</summary>
    AtStart,
}

/// <summary>One directive of Redis's: its name, its values, and what it means here.</summary>
/// <param name="Name">The name that CONFIG REWRITE writes.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Default">Redis's default as CONFIG GET shows it; null when <see cref="Setting"/> gives ours.</param>
internal sealed record Directive(string Name, DirectiveKind Kind, string? Default = null)
{
    /// <summary>A second, older name; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>
    /// The setting's path below <c>redislite</c>; null when the value is remembered and has no effect.
    /// </summary>
    public string? Setting { get; init; }

    /// <summary>
    /// The unit that the setting needs and the directive leaves out: <c>s</c>, <c>ms</c>, <c>us</c>, <c>m</c>.
    /// </summary>
    public string Unit { get; init; } = "";

    /// <summary>Sets the option that hot paths read, from the checked value; null when there is none.</summary>
    public Action<RuntimeOptions, string>? Apply { get; init; }

    public DirectiveChange Change { get; init; } = DirectiveChange.AtAnyTime;

    /// <summary>
    /// Any value but the default asks for something that RedisLite does not have and that must not be taken for
    /// granted, such as encryption; it is refused.
    /// </summary>
    public bool OnlyDefault { get; init; }

    /// <summary>
    /// What is expected in place of another value than the default; null when there is nothing to say of it.
    /// </summary>
    public string? Instead { get; init; }

    /// <summary>
    /// One of those that make the TLS configuration: CONFIG SET makes it anew from all of them, or changes nothing.
    /// </summary>
    public bool IsTls { get; init; }

    /// <summary>Shown by CONFIG GET only under its exact name.</summary>
    public bool Hidden { get; init; }
}
