namespace RedisLite.Commands.HyperLogLog;

/// <summary>Raises registers of a sparse value in a buffer, leaving the opcodes that Redis leaves.</summary>
/// <remarks>
/// A register inside a run splits it; what then stands side by side with one value grows together again, where five
/// opcodes from the one before see it. Registers that come in ascending order continue where the last one was, so that
/// a merge takes time in proportion to the value, not to its square.
///
/// INVARIANT: the value is complete. Its runs are 16384 registers before and after each change, so that it never
/// outgrows <see cref="HyperLogLogValue.MostSparseBytes"/> and no opcode is read beyond its end.
/// </remarks>
internal ref struct SparseEditor
{
    private const int MergeWindow = 5;

    /// <summary>
    /// Bytes of a run that is split in two around a new register: two long runs of zeros and a value.
    /// </summary>
    private const int MostPieces = 5;

    private readonly Span<byte> _buffer;
    private readonly long _mostBytes;

    // Where the search for a register after _lastRegister may begin: an opcode that no change since has moved.
    private Position _resume;
    private int _lastRegister;

    /// <param name="buffer">Begins with the value, and has room for three bytes more per register raised, up to the
    /// most there can be.</param>
    /// <param name="length">Of the value.</param>
    /// <param name="mostBytes">A value that would grow beyond is to become dense.</param>
    public SparseEditor(Span<byte> buffer, int length, long mostBytes)
    {
        _buffer = buffer;
        _mostBytes = mostBytes;
        _lastRegister = int.MaxValue;
        Length = length;
    }

    /// <summary>Bytes of the value as it now is.</summary>
    public int Length { get; private set; }

    /// <summary>The value as it now is.</summary>
    public readonly Span<byte> Value => _buffer[..Length];

    /// <summary>Raises one register, unless that needs the dense form: then nothing has changed.</summary>
    public SparseChange Raise(int register, byte rank)
    {
        if (rank > SparseOpcode.MostValue)
            return SparseChange.NeedsDense;
        var opcode = Find(register, out var at, out var previous);
        if (opcode.Value >= rank)
            return SparseChange.None;

        Span<byte> pieces = stackalloc byte[MostPieces];
        var length = 0;
        if (register > at.FirstRegister)
            length += SparseOpcode.Write(pieces, register - at.FirstRegister, opcode.Value);
        length += SparseOpcode.Write(pieces[length..], 1, rank);
        var after = at.FirstRegister + opcode.Run - 1 - register;
        if (after > 0)
            length += SparseOpcode.Write(pieces[length..], after, opcode.Value);

        var growth = length - opcode.Length;
        if (growth > 0 && Length + growth > _mostBytes)
            return SparseChange.NeedsDense;
        Value[(at.Offset + opcode.Length)..].CopyTo(_buffer[(at.Offset + length)..]);
        pieces[..length].CopyTo(_buffer[at.Offset..]);
        Length += growth;
        MergeFrom(previous);
        return SparseChange.Raised;
    }

    /// <summary>The opcode that holds a register.</summary>
    /// <param name="register">0 to 16383.</param>
    /// <param name="at">Where it is.</param>
    /// <param name="previous">Offset of the opcode before it; its own if it is the first.</param>
    private SparseOpcode Find(int register, out Position at, out int previous)
    {
        var start = new Position(HyperLogLogValue.HeaderLength, 0);

        // The opcode before is not known of the first one looked at, so a search that ends there begins anew.
        if (register > _lastRegister && register >= _resume.FirstRegister + Read(_resume.Offset).Run)
            start = _resume;
        _lastRegister = register;
        _resume = start;
        at = start;
        previous = start.Offset;
        var opcode = Read(at.Offset);
        var before = start;
        while (register >= at.FirstRegister + opcode.Run)
        {
            _resume = before;
            before = at;
            previous = at.Offset;
            at = new Position(at.Offset + opcode.Length, at.FirstRegister + opcode.Run);
            opcode = Read(at.Offset);
        }

        return opcode;
    }

    private readonly SparseOpcode Read(int offset) =>
        SparseOpcode.TryRead(Value[offset..], out var opcode)
        ? opcode : throw new InvalidOperationException("A sparse value is not complete.");

    /// <summary>Joins neighbouring runs of the same value, as far as one opcode can hold them.</summary>
    private void MergeFrom(int offset)
    {
        for (var left = MergeWindow; left > 0 && offset < Length; left--)
        {
            var opcode = Read(offset);
            if (opcode.Value > 0 && SparseOpcode.TryRead(Value[(offset + 1)..], out var next)
                && next.Value == opcode.Value
                && opcode.Run + next.Run <= SparseOpcode.MostValueRun)
            {
                Value[(offset + 1)..].CopyTo(Value[offset..]);
                Length--;
                SparseOpcode.Write(Value[offset..], opcode.Run + next.Run, opcode.Value);
                continue; // and perhaps with the one after it
            }

            offset += opcode.Length;
        }
    }

    private readonly record struct Position(int Offset, int FirstRegister);
}

/// <summary>What <see cref="SparseEditor.Raise"/> did.</summary>
internal enum SparseChange
{
    /// <summary>The register is as high already.</summary>
    None,
    Raised,

    /// <summary>The rank is too high for a sparse value, or the value would become too long.</summary>
    NeedsDense,
}
