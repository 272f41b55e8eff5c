namespace RedisLite.Lua.Compiler;

/// <summary>How a chunk's name appears in messages: <c>@file</c> and <c>=name</c> as they are, source text
/// abridged.</summary>
internal static class ChunkNames
{
    private const int MaxLength = 59;

    public static string Show(string name)
    {
        if (name.StartsWith('='))
            return name[1..Math.Min(name.Length, MaxLength + 1)];
        if (name.StartsWith('@'))
        {
            var most = MaxLength - 7;
            return name.Length - 1 > most ? "..." + name[^most..] : name[1..];
        }
        return ShowSource(name);
    }

    private static string ShowSource(string source)
    {
        var most = MaxLength - 16;
        var end = source.IndexOfAny(['\n', '\r']);
        var isCut = end >= 0;
        var length = isCut ? end : source.Length;
        if (length > most)
        {
            length = most;
            isCut = true;
        }
        return $"[string \"{source[..length]}{(isCut ? "..." : "")}\"]";
    }
}
