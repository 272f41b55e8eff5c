using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>
/// What a script says of itself: in the first line of a script's text, or where a library registers a function.
/// </summary>
[Flags]
internal enum ScriptFlags
{
    None = 0,

    /// <summary>It calls no write command.</summary>
    NoWrites = 1 << 0,

    /// <summary>It may run, and write, when memory is short.</summary>
    AllowOom = 1 << 1,

    /// <summary>It may run on a replica that has lost its primary.</summary>
    AllowStale = 1 << 2,

    /// <summary>It may not run on a node of a cluster.</summary>
    NoCluster = 1 << 3,

    /// <summary>It may use keys of several slots.</summary>
    AllowCrossSlotKeys = 1 << 4,

    /// <summary>
    /// A script without a first line that says anything: as before Redis 7, each of its calls is judged for itself.
    /// </summary>
    Undeclared = 1 << 8,
}

/// <summary>Asks for a flag.</summary>
internal static class ScriptFlagsExtensions
{
    /// <summary>As <see cref="Enum.HasFlag"/> does, which allocates until its caller is optimized.</summary>
    public static bool Has(this ScriptFlags flags, ScriptFlags flag) => (flags & flag) != 0;
}

/// <summary>The names of <see cref="ScriptFlags"/>.</summary>
internal static class ScriptFlagNames
{
    /// <summary>In the order in which FUNCTION LIST shows them.</summary>
    public static readonly (ScriptFlags Flag, byte[] Name)[] All =
    [
        (ScriptFlags.NoWrites, "no-writes"u8.ToArray()),
        (ScriptFlags.AllowOom, "allow-oom"u8.ToArray()),
        (ScriptFlags.AllowStale, "allow-stale"u8.ToArray()),
        (ScriptFlags.NoCluster, "no-cluster"u8.ToArray()),
        (ScriptFlags.AllowCrossSlotKeys, "allow-cross-slot-keys"u8.ToArray()),
    ];

    public static bool TryParse(ReadOnlySpan<byte> name, out ScriptFlags flag)
    {
        foreach (var (known, text) in All)
            if (name.SequenceEqual(text))
            {
                flag = known;
                return true;
            }

        flag = ScriptFlags.None;
        return false;
    }
}

/// <summary>The first line of a script or library: <c>#!lua key=value ...</c>.</summary>
internal static class Shebang
{
    public static bool IsThere(ReadOnlySpan<byte> text) => text.StartsWith("#!"u8);

    /// <summary>Reads the flags of a script.</summary>
    /// <param name="text">The script's; what is to be compiled begins at the result's length.</param>
    /// <param name="length">Of the first line, without its end.</param>
    /// <exception cref="ScriptRefusedException">The line is not one that Redis accepts.</exception>
    public static ScriptFlags ReadFlags(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        if (!IsThere(text))
            return ScriptFlags.Undeclared;
        if (!TryFindEnd(text, out length))
            throw new ScriptRefusedException("Invalid script shebang");
        if (Split(text[..length]) is not { } words)
            throw new ScriptRefusedException("Invalid engine in script shebang");
        if (words[0] != "#!lua")
            throw new ScriptRefusedException($"Unexpected engine in script shebang: {words[0]}");
        var flags = ScriptFlags.None;
        foreach (var word in words.AsSpan(1))
        {
            if (!word.StartsWith("flags=", StringComparison.Ordinal))
                throw new ScriptRefusedException($"Unknown lua shebang option: {word}");
            foreach (var name in word[6..].Split(
                ',', word.Length == 6 ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.None))
                flags |= ScriptFlagNames.TryParse(Encoding.Latin1.GetBytes(name), out var flag)
                    ? flag
                    : throw new ScriptRefusedException($"Unexpected flag in script shebang: {name}");
        }

        return flags;
    }

    /// <summary>Where the first line ends, which has no byte 0: C's strings end there.</summary>
    public static bool TryFindEnd(ReadOnlySpan<byte> text, out int length)
    {
        length = text.IndexOfAny((byte)'\n', (byte)0);
        return length >= 0 && text[length] == '\n';
    }

    /// <summary>
    /// The words of a first line, one char a byte, with quotes and escapes as in an inline request; the first is never
    /// missing. Null when quotes are not balanced.
    /// </summary>
    public static string[]? Split(ReadOnlySpan<byte> line) =>
        InlineRequest.Words(line)?.Select(Encoding.Latin1.GetString).ToArray();
}

/// <summary>
/// A script or library that cannot be taken; the message is what the client is told, one char a byte, without a code.
/// </summary>
internal sealed class ScriptRefusedException(string message) : Exception(message)
{
    /// <summary>The whole error.</summary>
    public byte[] Reply { get; } = Encoding.Latin1.GetBytes("ERR " + message);
}
