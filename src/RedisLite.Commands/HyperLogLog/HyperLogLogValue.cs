using System.Buffers.Binary;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>
/// The string that a HyperLogLog is, byte for byte Redis's, so that GET and SET carry it from server to server.
/// </summary>
/// <remarks>
/// <code>
///   0      4          5        8                     16
///   "HYLL" | encoding | unused | cardinality, 8 bytes | registers ...
///             0 dense            little endian; the
///             1 sparse           highest bit: not valid
/// </code>
/// There are 2^14 registers of 0 to 63. Dense, six bits each (<see cref="DenseRegisters"/>); sparse, runs
/// (<see cref="SparseRegisters"/>). Clients may write any bytes with SET, so nothing in a value is believed.
/// </remarks>
internal static class HyperLogLogValue
{
    /// <summary>Bits of a hash that choose the register.</summary>
    public const int RegisterBits = 14;

    /// <summary>Bits of a hash that give the rank.</summary>
    public const int RankBits = 64 - RegisterBits;

    public const int RegisterCount = 1 << RegisterBits;

    public const int HeaderLength = 16;

    /// <summary>Bytes of a dense value; none is shorter or longer.</summary>
    public const int DenseLength = HeaderLength + (RegisterCount * 6 / 8);

    /// <summary>Bytes that no sparse value exceeds: each register in a run of its own, written the long way.</summary>
    public const int MostSparseBytes = HeaderLength + (RegisterCount * 2);

    private const int EncodingOffset = 4;
    private const int CardinalityOffset = 8;
    private const byte Dense = 0;
    private const byte Sparse = 1;
    private const ulong NotValid = 1UL << 63;

    /// <summary>No elements: sparse, one run of zeros.</summary>
    public static ReadOnlySpan<byte> Empty =>
    [
        (byte)'H', (byte)'Y', (byte)'L', (byte)'L', Sparse, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF,
    ];

    /// <summary>Whether the string has the form of a HyperLogLog; of a sparse one the runs are not looked at.</summary>
    public static bool HasForm(ReadOnlySpan<byte> value) =>
        value.Length >= HeaderLength
        && value.StartsWith("HYLL"u8)
        && (value[EncodingOffset] == Sparse || (value[EncodingOffset] == Dense && value.Length == DenseLength));

    public static bool IsDense(ReadOnlySpan<byte> value) => value[EncodingOffset] == Dense;

    /// <summary>Whether all registers are there: always, of a dense value that has the form.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> value) => IsDense(value) || SparseRegisters.AreComplete(value);

    /// <summary>The cardinality of the last count, if nothing has changed since.</summary>
    public static bool TryGetCardinality(ReadOnlySpan<byte> value, out long cardinality)
    {
        var stored = BinaryPrimitives.ReadUInt64LittleEndian(value[CardinalityOffset..]);
        cardinality = (long)stored;
        return (stored & NotValid) == 0;
    }

    public static void SetCardinality(Span<byte> value, long cardinality) =>
        BinaryPrimitives.WriteInt64LittleEndian(value[CardinalityOffset..], cardinality);

    /// <summary>Says that the registers have changed; the other bits stay, as in Redis.</summary>
    public static void ForgetCardinality(Span<byte> value) => value[HeaderLength - 1] |= 0x80;

    /// <summary>
    /// Raises each of the registers to those of a value. False, with some raised, when the value is corrupt.
    /// </summary>
    /// <param name="value">Has the form.</param>
    /// <param name="registers">One byte each, all of them.</param>
    public static bool TryMergeInto(ReadOnlySpan<byte> value, Span<byte> registers)
    {
        if (!IsDense(value))
            return SparseRegisters.TryMergeInto(value, registers);
        DenseRegisters.MergeInto(value, registers);
        return true;
    }

    /// <summary>Writes a dense value with the header of another, whose cardinality and unused bytes stay.</summary>
    /// <param name="header">A value that has the form.</param>
    /// <param name="registers">One byte each, all of them.</param>
    /// <param name="target"><see cref="DenseLength"/> bytes.</param>
    public static void WriteDense(ReadOnlySpan<byte> header, ReadOnlySpan<byte> registers, Span<byte> target)
    {
        header[..HeaderLength].CopyTo(target);
        target[EncodingOffset] = Dense;
        DenseRegisters.Pack(registers, target);
    }

    /// <summary>Makes a dense value of a sparse one. False when that is corrupt.</summary>
    /// <param name="sparse">Has the form.</param>
    /// <param name="target"><see cref="DenseLength"/> bytes.</param>
    public static bool TryMakeDense(ReadOnlySpan<byte> sparse, Span<byte> target)
    {
        Span<byte> registers = stackalloc byte[RegisterCount];
        registers.Clear();
        if (!SparseRegisters.TryMergeInto(sparse, registers))
            return false;
        WriteDense(sparse, registers, target);
        return true;
    }

    /// <summary>Counts the elements. False when the value is corrupt.</summary>
    /// <param name="value">Has the form.</param>
    /// <param name="cardinality">The estimate.</param>
    public static bool TryCount(ReadOnlySpan<byte> value, out long cardinality)
    {
        Span<int> histogram = stackalloc int[Cardinality.HistogramLength];
        histogram.Clear();
        cardinality = 0;
        if (!IsDense(value))
        {
            if (!SparseRegisters.TryAddTo(histogram, value))
                return false;
            cardinality = Cardinality.Estimate(histogram);
            return true;
        }

        Span<byte> registers = stackalloc byte[RegisterCount];
        registers.Clear();
        DenseRegisters.MergeInto(value, registers);
        cardinality = Cardinality.OfRegisters(registers);
        return true;
    }
}
