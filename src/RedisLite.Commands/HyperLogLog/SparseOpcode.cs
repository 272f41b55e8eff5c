namespace RedisLite.Commands.HyperLogLog;

/// <summary>One run of equal registers in a sparse value.</summary>
/// <remarks>
/// <code>
///   00rrrrrr            ZERO    r + 1 registers that are 0: 1 to 64
///   01rrrrrr rrrrrrrr   XZERO   r + 1 registers that are 0: 1 to 16384
///   1vvvvvrr            VAL     r + 1 registers, 1 to 4, that are v + 1: 1 to 32
/// </code>
/// </remarks>
/// <param name="Run">How many registers.</param>
/// <param name="Value">What each of them is.</param>
/// <param name="Length">Bytes of the opcode.</param>
internal readonly record struct SparseOpcode(int Run, byte Value, int Length)
{
    /// <summary>The highest register that a sparse value can hold.</summary>
    public const int MostValue = 32;

    /// <summary>The longest run of VAL.</summary>
    public const int MostValueRun = 4;

    private const int MostShortRun = 64;
    private const byte ValueBit = 0x80;
    private const byte LongZeroBit = 0x40;

    public bool IsLongZero => Length == 2;

    /// <summary>Reads the first one of the bytes. False when there is none, or only a part of one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out SparseOpcode opcode)
    {
        opcode = default;
        if (bytes.IsEmpty)
            return false;
        var first = bytes[0];
        if ((first & ValueBit) != 0)
            opcode = new SparseOpcode((first & 0x3) + 1, (byte)(((first >> 2) & 0x1F) + 1), 1);
        else if ((first & LongZeroBit) == 0)
            opcode = new SparseOpcode((first & 0x3F) + 1, 0, 1);
        else if (bytes.Length >= 2)
            opcode = new SparseOpcode((((first & 0x3F) << 8) | bytes[1]) + 1, 0, 2);
        return opcode.Length > 0;
    }

    /// <summary>Writes a run in the shortest form.</summary>
    /// <param name="target">Two bytes at least.</param>
    /// <param name="run">1 to 16384 registers; 1 to 4 of a value.</param>
    /// <param name="value">0 to 32.</param>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> target, int run, int value)
    {
        if (value > 0)
        {
            target[0] = (byte)(ValueBit | ((value - 1) << 2) | (run - 1));
            return 1;
        }

        if (run <= MostShortRun)
        {
            target[0] = (byte)(run - 1);
            return 1;
        }

        target[0] = (byte)(LongZeroBit | ((run - 1) >> 8));
        target[1] = (byte)(run - 1);
        return 2;
    }
}
