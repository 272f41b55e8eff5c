using System.Buffers.Binary;
using RedisLite.Protocol;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>The order of elements by number or text, as Redis sorts them.</summary>
/// <remarks>
/// Sorted first by a machine word each (the number, or the first eight bytes), which is most of the work, then within
/// runs of equal words by what they stand for.
/// </remarks>
internal static class SortOrder
{
    /// <summary>Sorts by weights; equal ones by their elements, so that the result is one and the same.</summary>
    public static int[] ByNumber(ByteStrings elements, double[] weights, bool descending)
    {
        var order = Identity(elements.Count);
        var keys = weights.AsSpan().ToArray();
        Array.Sort(keys, order);
        SortRuns(keys, order, Comparer<int>.Create((a, b) => elements[a].SequenceCompareTo(elements[b])));
        if (descending)
            Array.Reverse(order);
        return order;
    }

    /// <summary>Sorts by the bytes of some texts, one for each element; missing ones first.</summary>
    /// <param name="texts">What is compared.</param>
    /// <param name="elements">Decide between equal texts; null where those keep their order.</param>
    /// <param name="descending">The largest first.</param>
    public static int[] ByText(ByteStrings texts, ByteStrings? elements, bool descending)
    {
        var order = Identity(texts.Count);
        var keys = new ulong[texts.Count];
        for (var i = 0; i < keys.Length; i++)
            keys[i] = FirstBytes(texts[i]);
        Array.Sort(keys, order);
        SortRuns(keys, order, Comparer<int>.Create((a, b) =>
        {
            var byPresence = texts.IsMissing(b).CompareTo(texts.IsMissing(a));
            var byText = byPresence != 0 ? byPresence : texts[a].SequenceCompareTo(texts[b]);
            if (byText == 0 && elements is not null)
                byText = elements[a].SequenceCompareTo(elements[b]);
            if (byText != 0)
                return byText;
            return descending ? b.CompareTo(a) : a.CompareTo(b);
        }));
        if (descending)
            Array.Reverse(order);
        return order;
    }

    /// <summary>
    /// Reads a weight as C's <c>strtod</c> does, which skips white space before a number and ends at a zero byte.
    /// </summary>
    /// <returns>False when it is no number.</returns>
    public static bool TryReadWeight(ReadOnlySpan<byte> text, out double weight)
    {
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        weight = 0;
        return text.IsEmpty || RedisNumbers.TryParseDouble(text.TrimStart(" \t\n\v\f\r"u8), out weight);
    }

    public static int[] Identity(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
            order[i] = i;
        return order;
    }

    private static ulong FirstBytes(ReadOnlySpan<byte> text)
    {
        if (text.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(text);
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        padded.Clear();
        text.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64BigEndian(padded);
    }

    private static void SortRuns<T>(T[] keys, int[] order, IComparer<int> comparer)
        where T : IEquatable<T>
    {
        for (var start = 0; start < keys.Length;)
        {
            var end = start + 1;
            while (end < keys.Length && keys[end].Equals(keys[start]))
                end++;
            if (end - start > 1)
                Array.Sort(order, start, end - start, comparer);
            start = end;
        }
    }
}
