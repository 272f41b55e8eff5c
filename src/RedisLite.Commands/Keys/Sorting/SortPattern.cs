using System.Buffers;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>
/// A pattern of BY or GET: a key with an element in place of its first "*", and perhaps a field of the hash there.
/// </summary>
/// <remarks>
/// <code>
///   weight_*        the string at weight_&lt;element&gt;
///   object_*-&gt;name  the field "name" of the hash at object_&lt;element&gt;
///   #               the element itself
///   constant        nothing
/// </code>
/// </remarks>
internal sealed class SortPattern
{
    private readonly byte[] _prefix;
    private readonly byte[] _suffix = [];

    public SortPattern(ReadOnlySpan<byte> text)
    {
        IsElement = text.SequenceEqual("#"u8);
        var star = text.IndexOf((byte)'*');
        IsUsed = star >= 0;
        if (!IsUsed)
        {
            _prefix = [];
            return;
        }

        _prefix = text[..star].ToArray();
        var rest = text[(star + 1)..];
        var arrow = rest.IndexOf("->"u8);
        if (arrow >= 0 && arrow + 2 < rest.Length)
        {
            Field = rest[(arrow + 2)..].ToArray();
            rest = rest[..arrow];
        }

        _suffix = rest.ToArray();
    }

    /// <summary>Whether it stands for the element.</summary>
    public bool IsElement { get; }

    /// <summary>Whether it leads to a key.</summary>
    public bool IsUsed { get; }

    /// <summary>The field of the hash; null when the key holds a string.</summary>
    public byte[]? Field { get; }

    /// <summary>Appends the key that it means for an element.</summary>
    public void WriteKey(ReadOnlySpan<byte> element, ArrayBufferWriter<byte> key)
    {
        key.Write(_prefix);
        key.Write(element);
        key.Write(_suffix);
    }
}
