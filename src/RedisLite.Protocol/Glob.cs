namespace RedisLite.Protocol;

/// <summary>
/// Redis's glob patterns, as in KEYS, SCAN, CONFIG GET and PSUBSCRIBE; for a pattern that is used once.
/// </summary>
/// <remarks><see cref="GlobPattern"/> says what a pattern means.</remarks>
public static class Glob
{
    /// <summary>Whether a pattern is the one that commands take for "no pattern": a single <c>*</c>.</summary>
    public static bool MatchesEverything(ReadOnlySpan<byte> pattern) => pattern is [(byte)'*'];

    /// <summary>Whether a pattern matches all of a text.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="text">The text.</param>
    /// <param name="ignoreCase">
    /// Whether ASCII letters match in any case; escaped ones within a class still do not.
    /// </param>
    public static bool IsMatch(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false) =>
        new GlobPattern(pattern, ignoreCase).IsMatch(text);
}
