using RedisLite.Protocol;

namespace RedisLite.Commands.Bitmaps;

internal enum BitFieldAction : byte
{
    Get,
    Set,
    IncrBy,
}

/// <summary>What becomes of a number that its field cannot hold.</summary>
internal enum BitFieldOverflow : byte
{
    /// <summary>Its lowest bits are kept.</summary>
    Wrap,

    /// <summary>The nearest number that fits is taken.</summary>
    Saturate,

    /// <summary>Nothing is written and the reply is nil.</summary>
    Fail,
}

/// <summary>One operation of BITFIELD: an integer of some width at some bit.</summary>
internal readonly struct BitFieldOperation
{
    private const int SignedLimit = 64;

    // An unsigned one of 64 bits would not fit into the protocol's integers.
    private const int UnsignedLimit = 63;

    private readonly bool _isSigned;
    private readonly long _operand;

    private BitFieldOperation(BitFieldAction action, bool isSigned, int width, long offset, long operand)
    {
        Action = action;
        Width = width;
        Offset = offset;
        _isSigned = isSigned;
        _operand = operand;
    }

    public BitFieldAction Action { get; }

    /// <summary>In bits, 1 to 64.</summary>
    public int Width { get; }

    /// <summary>The field's first bit.</summary>
    public long Offset { get; }

    /// <summary>
    /// Reads <c>GET type offset</c>, <c>SET type offset value</c> or <c>INCRBY type offset increment</c>; replies the
    /// error.
    /// </summary>
    public static bool TryRead(ref CommandContext ctx, ref ArgReader reader, out BitFieldOperation operation)
    {
        operation = default;
        BitFieldAction action;
        if (reader.TryTake("GET"u8, valueCount: 2, out var at))
            action = BitFieldAction.Get;
        else if (reader.TryTake("SET"u8, valueCount: 3, out at))
            action = BitFieldAction.Set;
        else if (reader.TryTake("INCRBY"u8, valueCount: 3, out at))
            action = BitFieldAction.IncrBy;
        else
            return Refuse(ref ctx, Errors.Syntax);

        if (!TryReadType(ctx.Args[at], out var isSigned, out var width))
            return Refuse(
                ref ctx, "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "u8
                    + "i64 is."u8);
        if (!BitOffset.TryRead(ref ctx, at + 1, out var offset, fieldWidth: width))
            return false;
        long operand = 0;
        if (action != BitFieldAction.Get && !ctx.Args.TryGetInt64(at + 2, out operand))
            return Refuse(ref ctx, Errors.NotAnInteger);
        operation = new BitFieldOperation(action, isSigned, width, offset, operand);
        return true;
    }

    /// <summary>The number that the field holds.</summary>
    public long Read(ReadOnlySpan<byte> bytes) => Extend(BitString.GetField(bytes, Offset, Width));

    /// <summary>What SET or INCRBY makes of the number; false when it does not fit and that is a failure.</summary>
    public bool TryApply(long old, BitFieldOverflow overflow, out long result)
    {
        // In 128 bits nothing overflows. A negative number for an unsigned field counts as a huge one.
        var exact = Action == BitFieldAction.IncrBy ? (Int128)old + _operand
            : _isSigned ? _operand
            : (Int128)(ulong)_operand;
        var max = _isSigned ? ((Int128)1 << (Width - 1)) - 1 : ((Int128)1 << Width) - 1;
        var min = _isSigned ? -max - 1 : 0;
        var fits = exact >= min && exact <= max;
        // SET to a number so far below the field's range that Redis's own check overflows saturates to the highest
        // instead of the lowest. We do the same, for the command goes to logs and replicas as it is.
        var isAbove = exact > max || (Action == BitFieldAction.Set && Width < 64 && exact <= max - ((Int128)1 << 63));
        result = fits ? (long)exact
            : overflow == BitFieldOverflow.Saturate ? (long)(isAbove ? max : min)
            : Extend((ulong)exact & (ulong.MaxValue >> (64 - Width)));
        return fits || overflow != BitFieldOverflow.Fail;
    }

    private long Extend(ulong field)
    {
        var unused = 64 - Width;
        return _isSigned ? (long)(field << unused) >> unused : (long)field;
    }

    private static bool TryReadType(ReadOnlySpan<byte> text, out bool isSigned, out int width)
    {
        isSigned = text is [(byte)'i', ..];
        width = 0;
        if (!isSigned && text is not [(byte)'u', ..])
            return false;
        if (!RedisNumbers.TryParseInt64(text[1..], out var bits) || bits < 1
            || bits > (isSigned ? SignedLimit : UnsignedLimit))
            return false;
        width = (int)bits;
        return true;
    }

    private static bool Refuse(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
