namespace RedisLite.Commands.Server;

/// <summary>What the CONFIG command may ask of the server's configuration.</summary>
/// <remarks>
/// Names, patterns and values are bytes on the wire and Latin-1 strings here, one char a byte, so that a value with any
/// byte in it comes back as it was sent. All members may be called from any thread; changes are serialized inside.
/// </remarks>
public interface IServerConfiguration
{
    /// <summary>
    /// The directives that at least one glob pattern matches, each once, under the name it matched by.
    /// </summary>
    /// <param name="patterns">Glob patterns, matched without regard to letter case.</param>
    IReadOnlyList<KeyValuePair<string, string>> Get(IReadOnlyList<string> patterns);

    /// <summary>Changes all the named directives or, when one of them is refused, none.</summary>
    /// <returns>null when done, else the error reply's text without its leading '-'.</returns>
    string? TrySet(IReadOnlyList<KeyValuePair<string, string>> values);

    /// <summary>Writes the values in force into the configuration file that the server was started with.</summary>
    /// <returns>null when done, else the error reply's text without its leading '-'.</returns>
    string? Rewrite();
}
