namespace RedisLite.Storage;

/// <summary>Type of the value at a key.</summary>
public enum EntryType : byte
{
    String = 0,
    List,
    Set,
    SortedSet,
    Hash,
    Stream,
    Module,
}

/// <summary>
/// What OBJECT ENCODING says about a string. Our strings are all stored as bytes; the name is what a client sees.
/// </summary>
public enum StringEncoding : byte
{
    /// <summary>The text of a 64-bit integer as its decimal form is: no sign but '-', no leading zeros.</summary>
    Int,

    /// <summary>At most 44 bytes.</summary>
    EmbStr,

    /// <summary>Longer, or changed in place.</summary>
    Raw,
}

/// <summary>Names and rules of the types, as Redis has them.</summary>
public static class EntryTypes
{
    /// <summary>Longest string that Redis keeps in one block with its header.</summary>
    private const int LongestEmbedded = 44;

    /// <summary>What the TYPE command answers.</summary>
    public static ReadOnlySpan<byte> Name(this EntryType type) => type switch
    {
        EntryType.String => "string"u8,
        EntryType.List => "list"u8,
        EntryType.Set => "set"u8,
        EntryType.SortedSet => "zset"u8,
        EntryType.Hash => "hash"u8,
        EntryType.Stream => "stream"u8,
        EntryType.Module => "module"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown type."),
    };

    /// <summary>What OBJECT ENCODING answers.</summary>
    public static ReadOnlySpan<byte> Name(this StringEncoding encoding) => encoding switch
    {
        StringEncoding.Int => "int"u8,
        StringEncoding.EmbStr => "embstr"u8,
        StringEncoding.Raw => "raw"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "Unknown encoding."),
    };

    /// <summary>The encoding that SET gives a value.</summary>
    public static StringEncoding EncodingOf(ReadOnlySpan<byte> value)
    {
        if (value.Length > LongestEmbedded)
            return StringEncoding.Raw;
        return IsCanonicalInt64(value) ? StringEncoding.Int : StringEncoding.EmbStr;
    }

    /// <summary>The encoding of a value that is not looked at as a number, even if it is one.</summary>
    public static StringEncoding TextEncodingOf(ReadOnlySpan<byte> value) =>
        value.Length > LongestEmbedded ? StringEncoding.Raw : StringEncoding.EmbStr;

    private static bool IsCanonicalInt64(ReadOnlySpan<byte> text)
    {
        // Most values fail at the first byte.
        if (text.IsEmpty || text.Length > 20 || (text[0] != '-' && !char.IsAsciiDigit((char)text[0])))
            return false;
        var digits = text[0] == '-' ? text[1..] : text;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return false;
        if (digits[0] == '0')
            return text.Length == 1;
        return long.TryParse(text, out _);
    }
}
