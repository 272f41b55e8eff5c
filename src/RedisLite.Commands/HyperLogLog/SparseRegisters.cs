namespace RedisLite.Commands.HyperLogLog;

/// <summary>
/// Reads the registers of a sparse value: one <see cref="SparseOpcode"/> after the other, 16384 registers in all.
/// </summary>
/// <remarks>
/// A value is corrupt when its runs are fewer or more registers, or when its last opcode is cut off; each method then
/// says so, having read no further than the first register too many. All take the whole value, header included.
/// </remarks>
internal static class SparseRegisters
{
    public static bool AreComplete(ReadOnlySpan<byte> value)
    {
        var rest = value[HyperLogLogValue.HeaderLength..];
        var covered = 0;
        while (TryReadNext(ref rest, ref covered, out _))
        {
        }

        return rest.IsEmpty && covered == HyperLogLogValue.RegisterCount;
    }

    /// <summary>Counts how many registers have which value. False when the value is corrupt.</summary>
    /// <param name="histogram">By register value.</param>
    /// <param name="value">A sparse value.</param>
    public static bool TryAddTo(Span<int> histogram, ReadOnlySpan<byte> value)
    {
        var rest = value[HyperLogLogValue.HeaderLength..];
        var covered = 0;
        while (TryReadNext(ref rest, ref covered, out var opcode))
            histogram[opcode.Value] += opcode.Run;
        return rest.IsEmpty && covered == HyperLogLogValue.RegisterCount;
    }

    /// <summary>
    /// Raises each of the registers to those of a value. False, with some raised, when the value is corrupt.
    /// </summary>
    /// <param name="value">A sparse value.</param>
    /// <param name="registers">One byte each, all of them.</param>
    public static bool TryMergeInto(ReadOnlySpan<byte> value, Span<byte> registers)
    {
        var rest = value[HyperLogLogValue.HeaderLength..];
        var covered = 0;
        while (TryReadNext(ref rest, ref covered, out var opcode))
        {
            if (opcode.Value == 0)
                continue;
            foreach (ref var register in registers.Slice(covered - opcode.Run, opcode.Run))
                register = Math.Max(register, opcode.Value);
        }

        return rest.IsEmpty && covered == HyperLogLogValue.RegisterCount;
    }

    private static bool TryReadNext(ref ReadOnlySpan<byte> rest, ref int covered, out SparseOpcode opcode)
    {
        if (!SparseOpcode.TryRead(rest, out opcode) || opcode.Run > HyperLogLogValue.RegisterCount - covered)
            return false;
        rest = rest[opcode.Length..];
        covered += opcode.Run;
        return true;
    }
}
