using System.Buffers;
using System.Numerics;

namespace RedisLite.Commands.Strings;

/// <summary>Rows of bits for <see cref="LongestCommonSubsequence"/>, in a rented array.</summary>
internal readonly struct BitRows : IDisposable
{
    private const int WordBits = 64;

    private readonly ulong[] _bits;
    private readonly int _words;

    /// <summary>The bits have any value at first.</summary>
    public BitRows(int count, int bits)
    {
        _words = WordsFor(bits);
        _bits = ArrayPool<ulong>.Shared.Rent(count * _words);
    }

    public Span<ulong> this[int row] => _bits.AsSpan(row * _words, _words);

    public static int WordsFor(int bits) => (bits + WordBits - 1) / WordBits;

    /// <summary>One row of the algorithm from the row above it; both may be the same.</summary>
    public static void Advance(ReadOnlySpan<ulong> above, ReadOnlySpan<ulong> mask, Span<ulong> row)
    {
        ulong carry = 0;
        for (var word = 0; word < row.Length; word++)
        {
            var bits = above[word];
            var matches = bits & mask[word];
            var sum = bits + matches;
            var overflow = sum < bits ? 1UL : 0;
            sum += carry;
            carry = overflow | (sum < carry ? 1UL : 0);
            row[word] = sum | (bits & ~mask[word]);
        }
    }

    /// <summary>Zeros among the first bits of a row.</summary>
    public static int CountZeros(ReadOnlySpan<ulong> row, int bits)
    {
        var zeros = 0;
        for (var word = 0; word < row.Length; word++)
        {
            var unused = Math.Max(0, ((word + 1) * WordBits) - bits);
            zeros += BitOperations.PopCount(~row[word] & (ulong.MaxValue >> unused));
        }

        return zeros;
    }

    public bool IsSet(int row, int bit) => (this[row][bit / WordBits] >> (bit % WordBits) & 1) != 0;

    public void Set(int row, int bit) => this[row][bit / WordBits] |= 1UL << (bit % WordBits);

    public void Dispose() => ArrayPool<ulong>.Shared.Return(_bits);
}

/// <summary>
/// For each byte value that one string has: the positions at which another string has it, as a row of bits.
/// </summary>
internal readonly struct ByteMasks : IDisposable
{
    private const int ByteValues = 256;
    private const short None = -1;

    private readonly short[] _rowOf;
    private readonly BitRows _rows;

    /// <param name="values">Whose bytes get a row.</param>
    /// <param name="text">Whose positions the bits are.</param>
    public ByteMasks(ReadOnlySpan<byte> values, ReadOnlySpan<byte> text)
    {
        _rowOf = new short[ByteValues];
        _rowOf.AsSpan().Fill(None);
        short count = 0;
        foreach (var value in values)
        {
            if (_rowOf[value] == None)
                _rowOf[value] = count++;
        }

        _rows = new BitRows(count, text.Length);
        for (var row = 0; row < count; row++)
            _rows[row].Clear();
        for (var position = 0; position < text.Length; position++)
        {
            if (_rowOf[text[position]] is not None and var row)
                _rows.Set(row, position);
        }
    }

    /// <summary>The positions of a byte value that has a row.</summary>
    public ReadOnlySpan<ulong> Of(byte value) => _rows[_rowOf[value]];

    public void Dispose() => _rows.Dispose();
}
