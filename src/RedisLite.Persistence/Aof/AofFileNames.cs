using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Persistence.Aof;

/// <summary>The names of the files in the append only directory, and how the manifest quotes them.</summary>
internal static class AofFileNames
{
    /// <summary>
    /// What the names of files under construction start with; such files are deleted at the next start.
    /// </summary>
    private const string TemporaryPrefix = "temp-";

    private static readonly UTF8Encoding StrictUtf8 = new(
        encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Base(string prefix, long sequence, bool isRdb) =>
        $"{prefix}.{sequence}.base.{(isRdb ? "rdb" : "aof")}";

    public static string Increment(string prefix, long sequence) => $"{prefix}.{sequence}.incr.aof";

    public static string Manifest(string prefix) => $"{prefix}.manifest";

    public static string Temporary(string name) => TemporaryPrefix + name;

    /// <summary>Whether a name is one that this server, or Redis, gives to a file under construction.</summary>
    public static bool IsTemporary(string name, string prefix) =>
        name.StartsWith(TemporaryPrefix + prefix, StringComparison.Ordinal)
        || name.StartsWith("temp-rewriteaof-", StringComparison.Ordinal);

    /// <summary>Whether a name is one of a base or increment.</summary>
    public static bool IsData(string name, string prefix) =>
        name.StartsWith(prefix + ".", StringComparison.Ordinal)
        && (name.EndsWith(".base.rdb", StringComparison.Ordinal)
            || name.EndsWith(".base.aof", StringComparison.Ordinal)
            || name.EndsWith(".incr.aof", StringComparison.Ordinal));

    /// <summary>Whether a name is just a name: a manifest must not reach out of its directory.</summary>
    public static bool IsPlainName(string name) =>
        name is not ("." or "..") && !name.Contains('/') && !name.Contains('\\') && !name.Contains('\0');

    /// <summary>
    /// The name as it stands in the manifest: in quotes, with escapes, if it would not be read back otherwise.
    /// </summary>
    public static string Quote(string name)
    {
        if (name.Length > 0 && name.All(c => c is > ' ' and < '\x7f' and not ('\\' or '"' or '\'')))
            return name;
        var quoted = new StringBuilder("\"");
        foreach (var value in StrictUtf8.GetBytes(name))
        {
            _ = value switch
            {
                (byte)'\\' or (byte)'"' => quoted.Append('\\').Append((char)value),
                >= 0x20 and < 0x7f => quoted.Append((char)value),
                _ => quoted.Append($"\\x{value:x2}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Splits a line into words as Redis does with inline commands; null if quotes are not balanced.</summary>
    public static IReadOnlyList<string>? Split(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] == '*')
            return null;
        var batch = new RequestBatch();
        new RequestParser(new ProtocolLimits()).Parse((byte[])[.. line, (byte)'\n'], batch, maxRequests: 1);
        if (batch.Count == 0)
            return null;
        var words = new List<string>();
        try
        {
            for (var i = 0; i < batch[0].Count; i++)
                words.Add(StrictUtf8.GetString(batch[0][i]));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }

        return words;
    }
}
