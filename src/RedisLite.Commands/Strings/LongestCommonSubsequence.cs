namespace RedisLite.Commands.Strings;

/// <summary>A longest common subsequence of two byte strings, and of several the very one that Redis finds.</summary>
/// <remarks>
/// The bit-vector algorithm of Hyyrö (2004): 64 cells of the classic table in a step. With L(i, j) the length for the
/// first i bytes of the first string and the first j of the second, neighbours in a row differ by 0 or 1, so a row is a
/// vector of bits:
/// <code>
///   bit j-1 of row i  =  0 where L(i, j) = L(i, j-1) + 1, else 1
///   row i             =  (V + (V and M)) or (V and not M)     V: row i-1, M: where the second string has byte i
///   L(i, m)           =  number of zeros in row i
/// </code>
/// The way back needs nothing else: where the bytes differ, L(i, j) is the larger of its neighbours above and to the
/// left, and the bit says whether the left one is smaller.
///
/// Of the n rows only every k-th is kept, k about the root of n, and the way back computes the k rows below one of
/// those again when it gets there: twice the time for the root of the memory.
/// </remarks>
internal ref struct LongestCommonSubsequence
{
    private readonly ReadOnlySpan<byte> _first;
    private readonly ReadOnlySpan<byte> _second;
    private readonly ByteMasks _masks;
    private readonly BitRows _kept;
    private readonly BitRows _block;
    private readonly int _blockRows;
    private int _blockInUse = -1;
    private int _i;
    private int _j;

    /// <summary>Finds it, in O(n * m / 64). Must be disposed.</summary>
    /// <param name="first">Not copied.</param>
    /// <param name="second">Not copied.</param>
    public LongestCommonSubsequence(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        _first = first;
        _second = second;
        _i = first.Length;
        _j = second.Length;
        _masks = new ByteMasks(first, second);
        _blockRows = 1 + (int)Math.Sqrt(first.Length);
        _kept = new BitRows((first.Length / _blockRows) + 1, second.Length);
        _block = new BitRows(_blockRows, second.Length);

        var row = _block[0];
        row.Fill(ulong.MaxValue);
        for (var i = 0; i < first.Length; i++)
        {
            if (i % _blockRows == 0)
                row.CopyTo(_kept[i / _blockRows]);
            BitRows.Advance(row, _masks.Of(first[i]), row);
        }

        Length = BitRows.CountZeros(row, second.Length);
    }

    public int Length { get; }

    /// <summary>Where the current run of matching bytes begins in the first string.</summary>
    public readonly int RunInFirst => _i;

    /// <summary>Where it begins in the second string.</summary>
    public readonly int RunInSecond => _j;

    public int RunLength { get; private set; }

    public readonly ReadOnlySpan<byte> Run => _first.Slice(_i, RunLength);

    /// <summary>Only the length.</summary>
    public static int LengthOf(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        using var masks = new ByteMasks(first, second);
        using var rows = new BitRows(1, second.Length);
        var row = rows[0];
        row.Fill(ulong.MaxValue);
        foreach (var value in first)
            BitRows.Advance(row, masks.Of(value), row);
        return BitRows.CountZeros(row, second.Length);
    }

    /// <summary>
    /// Goes on to the next run of bytes that match in both strings, from their ends to their beginnings, choosing where
    /// there is a choice as Redis does.
    /// </summary>
    public bool MoveToPreviousRun()
    {
        while (_i > 0 && _j > 0 && _first[_i - 1] != _second[_j - 1])
        {
            if (IsLeftSmaller())
                _i--;
            else
                _j--;
        }

        var end = _i;
        while (_i > 0 && _j > 0 && _first[_i - 1] == _second[_j - 1])
        {
            _i--;
            _j--;
        }

        RunLength = end - _i;
        return RunLength > 0;
    }

    public readonly void Dispose()
    {
        _masks.Dispose();
        _kept.Dispose();
        _block.Dispose();
    }

    private bool IsLeftSmaller()
    {
        var block = (_i - 1) / _blockRows;
        if (block != _blockInUse)
            LoadBlock(block);
        return !_block.IsSet((_i - 1) % _blockRows, _j - 1);
    }

    private void LoadBlock(int block)
    {
        _blockInUse = block;
        ReadOnlySpan<ulong> above = _kept[block];
        var start = block * _blockRows;
        for (var row = 0; row < _blockRows && start + row < _first.Length; row++)
        {
            BitRows.Advance(above, _masks.Of(_first[start + row]), _block[row]);
            above = _block[row];
        }
    }
}
