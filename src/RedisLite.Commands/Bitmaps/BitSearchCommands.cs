using RedisLite.Commands.Strings;

namespace RedisLite.Commands.Bitmaps;

/// <summary>Commands that look through bits: BITCOUNT, BITPOS. Ranges are of bytes unless BIT is said.</summary>
internal static class BitSearchCommands
{
    [Command("BITCOUNT", Arity = -2, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Bitmap,
        Since = "2.6.0", Complexity = "O(N)", Syntax = "key [start end [BYTE | BIT]]",
        Summary = "Count set bits in a string")]
    public static void BitCount(ref CommandContext ctx)
    {
        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        if (!exists)
        {
            // Before the range is looked at, right or wrong.
            ctx.Reply.Integer(0);
            return;
        }

        var args = ctx.Args;
        var value = entry.Value;
        if (args.Count == 2)
        {
            ctx.Reply.Integer(BitString.Count(value));
            return;
        }

        if (args.Count is not (4 or 5))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        if (!args.TryGetInt64(2, out var start) || !args.TryGetInt64(3, out var end))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var bits = false;
        if (IndexRange.IsReversed(start, end))
            ctx.Reply.Integer(0);
        else if (args.Count == 5 && !TryReadUnit(ref ctx, 4, out bits))
            ctx.Reply.Error(Errors.Syntax);
        else if (TryResolveBits(start, end, value.Length, bits, out var firstBit, out var lastBit))
            ctx.Reply.Integer(BitString.Count(value, firstBit, lastBit));
        else
            ctx.Reply.Integer(0);
    }

    [Command("BITPOS", Arity = -3, Keys = "R 1", Flags = CommandFlags.Pooled, Group = CommandGroup.Bitmap,
        Since = "2.8.7", Complexity = "O(N)", Syntax = "key bit [start [end [BYTE | BIT]]]",
        Summary = "Find first bit set or clear in a string")]
    public static void BitPos(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(2, out var bit))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        if (bit is not (0 or 1))
        {
            ctx.Reply.Error("ERR The bit argument must be 1 or 0."u8);
            return;
        }

        if (!ctx.TryGetString(1, out var entry, out var exists))
            return;
        if (!exists)
        {
            // Zeros without end, whatever the range says.
            ctx.Reply.Integer(bit == 0 ? 0 : -1);
            return;
        }

        if (!TryReadRange(ref ctx, out var start, out var end, out var bits))
            return;
        var value = entry.Value;
        if (!TryResolveBits(start, end ?? -1, value.Length, bits, out var firstBit, out var lastBit))
        {
            ctx.Reply.Integer(-1);
            return;
        }

        var found = BitString.IndexOf(value, bit != 0, firstBit, lastBit);
        // Without an end, zeros follow the string's last byte.
        if (found < 0 && bit == 0 && end is null)
            found = value.Length * 8L;
        ctx.Reply.Integer(found);
    }

    /// <summary>Reads BITPOS's range, in the order in which Redis finds fault with it.</summary>
    private static bool TryReadRange(ref CommandContext ctx, out long start, out long? end, out bool bits)
    {
        var args = ctx.Args;
        (start, end, bits) = (0, null, false);
        if (args.Count > 6)
            return Refuse(ref ctx, Errors.Syntax);
        if (args.Count > 3 && !args.TryGetInt64(3, out start))
            return Refuse(ref ctx, Errors.NotAnInteger);
        if (args.Count == 6 && !TryReadUnit(ref ctx, 5, out bits))
            return Refuse(ref ctx, Errors.Syntax);
        if (args.Count == 4 || args.Count == 3)
            return true;
        if (!args.TryGetInt64(4, out var last))
            return Refuse(ref ctx, Errors.NotAnInteger);
        end = last;
        return true;
    }

    private static bool TryReadUnit(ref CommandContext ctx, int argument, out bool bits)
    {
        bits = ctx.Args.Is(argument, "BIT"u8);
        return bits || ctx.Args.Is(argument, "BYTE"u8);
    }

    private static bool TryResolveBits(long start, long end, int length, bool bits, out long firstBit, out long lastBit)
    {
        if (bits)
            return IndexRange.TryResolve(start, end, length * 8L, out firstBit, out lastBit);
        var isThere = IndexRange.TryResolve(start, end, length, out firstBit, out lastBit);
        firstBit *= 8;
        lastBit = (lastBit * 8) + 7;
        return isThere;
    }

    private static bool Refuse(ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
