using System.Buffers.Text;

namespace RedisLite.Storage.Values;

/// <summary>Up to where Redis puts entries into one node of a stream; 0 for no limit.</summary>
public readonly record struct StreamNodeLimits(long MaxBytes, long MaxEntries)
{
    /// <summary>Redis's largest node, whatever the limits say.</summary>
    public const int LargestNode = 1 << 30;

    internal long Bytes => MaxBytes is 0 or > LargestNode ? LargestNode : MaxBytes;
}

/// <summary>
/// Sizes that entries would have in Redis's listpacks: they decide where a node ends, and so what "~" trims.
/// </summary>
internal static class StreamNodeSize
{
    private const int HeaderAndEnd = 7;

    /// <summary>Of a node without entries: count, deleted, names of the first entry, terminator.</summary>
    public static long OfEmpty<TFields>(scoped in TFields fields)
        where TFields : IStreamFields, allows ref struct
    {
        long size = HeaderAndEnd + OfInteger(1) + OfInteger(0) + OfInteger(fields.Count) + OfInteger(0);
        for (var i = 0; i < fields.Count; i++)
            size += OfText(fields.Name(i));
        return size;
    }

    /// <summary>Of an entry in a node.</summary>
    /// <param name="fields">Its fields.</param>
    /// <param name="hasNames">Whether it has other names than the first one.</param>
    /// <param name="milliseconds">How far its ID is from the first one's.</param>
    /// <param name="sequence">As well.</param>
    public static long OfEntry<TFields>(scoped in TFields fields, bool hasNames, long milliseconds, long sequence)
        where TFields : IStreamFields, allows ref struct
    {
        var count = fields.Count;
        long size = OfInteger(0) + OfInteger(milliseconds) + OfInteger(sequence);
        size += hasNames ? OfInteger(count) + OfInteger(4 + (2L * count)) : OfInteger(3 + (long)count);
        for (var i = 0; i < count; i++)
            size += OfText(fields.Value(i)) + (hasNames ? OfText(fields.Name(i)) : 0);
        return size;
    }

    /// <summary>Bytes of names and values, which is what Redis asks for before it adds an entry.</summary>
    public static long OfContent<TFields>(scoped in TFields fields)
        where TFields : IStreamFields, allows ref struct
    {
        long size = 0;
        for (var i = 0; i < fields.Count; i++)
            size += fields.Name(i).Length + (long)fields.Value(i).Length;
        return size;
    }

    private static long OfText(ReadOnlySpan<byte> text)
    {
        if (text.Length is > 0 and <= 20 && (char.IsAsciiDigit((char)text[0]) || text[0] == '-')
            && IsInteger(text, out var number))
            return OfInteger(number);
        var length = text.Length + (text.Length < 64 ? 1L : text.Length < 4096 ? 2L : 5L);
        return length
            + (length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : length < 268_435_456 ? 4 : 5);
    }

    private static bool IsInteger(ReadOnlySpan<byte> text, out long number)
    {
        if (!Utf8Parser.TryParse(text, out number, out var read) || read != text.Length)
            return false;
        var first = text[0] == '-' ? text[1] : text[0];
        return first != '0' || text.Length == 1;
    }

    private static int OfInteger(long number) => number switch
    {
        >= 0 and < 128 => 2,
        >= -4096 and < 4096 => 3,
        >= short.MinValue and <= short.MaxValue => 4,
        >= -(1 << 23) and < 1 << 23 => 5,
        >= int.MinValue and <= int.MaxValue => 6,
        _ => 10,
    };
}
