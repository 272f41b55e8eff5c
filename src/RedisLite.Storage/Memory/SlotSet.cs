using System.Numerics;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>
/// A set of small numbers (slots of chunks) that knows its first and its next member: bits, and a bit for each word of
/// them.
/// </summary>
/// <remarks>
/// <code>
///     summary  [ 0 1 0 .. ]                    64 words, 4096 slots, a summary word
///                  |
///     words    [ 0 ][ 10010.. ][ 0 ] ..
/// </code>
/// Native, so that neither growth nor use touches the managed heap. LOCK: the owner's. A mutable struct: keep it in a
/// field.
/// </remarks>
internal unsafe struct SlotSet
{
    private const int FewestWords = 4;

    private ulong* _words;
    private ulong* _summary;
    private int _wordCount;

    /// <summary>Number of members.</summary>
    public int Count { get; private set; }

    /// <summary>Makes room for a member, so that <see cref="Add"/> cannot fail.</summary>
    /// <exception cref="OutOfMemoryException">The set is as it was.</exception>
    public void Reserve(int slot)
    {
        var needed = (slot >> 6) + 1;
        if (needed <= _wordCount)
            return;
        var count = Math.Max(FewestWords, (int)BitOperations.RoundUpToPowerOf2((uint)needed));
        var words = (ulong*)NativeMemory.AllocZeroed((nuint)(count + SummaryWords(count)), sizeof(ulong));
        new ReadOnlySpan<ulong>(_words, _wordCount).CopyTo(new Span<ulong>(words, count));
        var marks = new ReadOnlySpan<ulong>(_summary, SummaryWords(_wordCount));
        marks.CopyTo(new Span<ulong>(words + count, SummaryWords(count)));
        NativeMemory.Free(_words);
        _words = words;
        _summary = words + count;
        _wordCount = count;
    }

    /// <summary>INVARIANT: the slot was <see cref="Reserve">reserved</see>.</summary>
    public void Add(int slot)
    {
        var word = slot >> 6;
        if (!Contains(slot))
            Count++;
        _words[word] |= 1UL << (slot & 63);
        _summary[word >> 6] |= 1UL << (word & 63);
    }

    public void Remove(int slot)
    {
        if (!Contains(slot))
            return;
        Count--;
        var word = slot >> 6;
        _words[word] &= ~(1UL << (slot & 63));
        if (_words[word] == 0)
            _summary[word >> 6] &= ~(1UL << (word & 63));
    }

    public readonly bool Contains(int slot) => slot >> 6 < _wordCount && (_words[slot >> 6] >> (slot & 63) & 1) != 0;

    /// <summary>The first member that is not below a slot, or -1.</summary>
    public readonly int NextFrom(int slot)
    {
        var word = slot >> 6;
        if (word >= _wordCount)
            return -1;
        var bits = _words[word] & (ulong.MaxValue << (slot & 63));
        if (bits != 0)
            return (word << 6) + BitOperations.TrailingZeroCount(bits);
        word++;
        for (var group = word >> 6; group < SummaryWords(_wordCount); group++)
        {
            var marks = _summary[group];
            if (group == word >> 6)
                marks &= ulong.MaxValue << (word & 63);
            if (marks == 0)
                continue;
            word = (group << 6) + BitOperations.TrailingZeroCount(marks);
            return (word << 6) + BitOperations.TrailingZeroCount(_words[word]);
        }

        return -1;
    }

    /// <summary>The last member, or -1.</summary>
    public readonly int Last()
    {
        for (var group = SummaryWords(_wordCount) - 1; group >= 0; group--)
        {
            if (_summary[group] == 0)
                continue;
            var word = (group << 6) + BitOperations.Log2(_summary[group]);
            return (word << 6) + BitOperations.Log2(_words[word]);
        }

        return -1;
    }

    public void Free()
    {
        NativeMemory.Free(_words);
        this = default;
    }

    private static int SummaryWords(int words) => (words + 63) >> 6;
}
