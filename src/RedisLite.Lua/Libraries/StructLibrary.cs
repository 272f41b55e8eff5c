using System.Runtime.InteropServices;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>struct: packs and unpacks binary layouts.</summary>
internal static class StructLibrary
{
    public static void Open(LuaState state) =>
        StandardLibraries.Add(state, "struct", ("pack", Pack), ("size", Size), ("unpack", Unpack));

    private static int Pack(LuaCall call)
    {
        var format = new StructFormat(call, call.Text(1));
        var result = new ByteBuilder();
        var argument = 1;
        while (format.TryNext(out var option, out var size))
        {
            Budget.Tick(call.State);
            result.Extend(format.Padding(result.Length, option, size)).Clear();
            switch (option)
            {
                case 'b' or 'B' or 'h' or 'H' or 'l' or 'L' or 'T' or 'i' or 'I':
                    PutInteger(result.Extend(size), call.Number(++argument), format.IsLittle);
                    break;
                case 'x':
                    result.Add(0);
                    break;
                case 'f':
                    PutReversible(result.Extend(4), BitConverter.SingleToUInt32Bits((float)call.Number(++argument)),
                        format.IsLittle);
                    break;
                case 'd':
                    PutReversible(result.Extend(8), BitConverter.DoubleToUInt64Bits(call.Number(++argument)),
                        format.IsLittle);
                    break;
                case 'c' or 's':
                    PutString(call, ++argument, option, size, result);
                    break;
                default:
                    format.Control(option);
                    break;
            }
        }
        return call.Return(new LuaValue(result.ToLuaString()));
    }

    private static int Size(LuaCall call)
    {
        var format = new StructFormat(call, call.Text(1));
        long total = 0;
        while (format.TryNext(out var option, out var size))
        {
            Budget.Tick(call.State);
            if (option == 's')
                throw call.ArgumentError(1, "option 's' has no fixed size");
            if (option == 'c' && size == 0)
                throw call.ArgumentError(1, "option 'c0' has no fixed size");
            total += format.Padding(total, option, size);
            if (char.IsAsciiLetterOrDigit(option))
                total += size;
            else
                format.Control(option);
        }
        return call.Return(total);
    }

    private static int Unpack(LuaCall call)
    {
        var format = new StructFormat(call, call.Text(1));
        var data = call.Bytes(2);
        // Unsigned in C: what is negative lies far behind the data.
        var position = call.Long(3, 1);
        if (position == 0)
            throw call.ArgumentError(3, "offset must be 1 or greater");
        var at = position > 0 ? position - 1 : long.MaxValue - int.MaxValue;
        var results = new List<LuaValue>();
        while (format.TryNext(out var option, out var size))
        {
            Budget.Tick(call.State);
            at += format.Padding(at, option, size);
            Check(call, data, at, size);
            switch (option)
            {
                case 'b' or 'B' or 'h' or 'H' or 'l' or 'L' or 'T' or 'i' or 'I':
                    results.Add(GetInteger(data.Slice((int)at, size), format.IsLittle,
                        char.IsAsciiLetterLower(option)));
                    break;
                case 'x':
                    break;
                case 'f':
                    results.Add(BitConverter.UInt32BitsToSingle((uint)GetBits(data.Slice((int)at, 4),
                        format.IsLittle)));
                    break;
                case 'd':
                    results.Add(BitConverter.UInt64BitsToDouble(GetBits(data.Slice((int)at, 8), format.IsLittle)));
                    break;
                case 'c':
                    size = size == 0 ? TakeSize(call, results) : size;
                    Check(call, data, at, size);
                    results.Add(LuaValue.String(data.Slice((int)at, size)));
                    break;
                case 's':
                    size = TakeTerminated(call, data[(int)at..], results);
                    break;
                default:
                    format.Control(option);
                    break;
            }
            at += size;
        }
        results.Add((double)(position < 0 ? position : at + 1));
        return call.Return(CollectionsMarshal.AsSpan(results));
    }

    private static void Check(LuaCall call, ReadOnlySpan<byte> data, long at, int size)
    {
        if (size < 0 || size > data.Length || at > data.Length - size)
            throw call.ArgumentError(2, "data string too short");
    }

    private static int TakeSize(LuaCall call, List<LuaValue> results)
    {
        if (results.Count == 0 || !Arithmetic.TryNumber(results[^1], out var size))
            throw call.Error("format 'c0' needs a previous size");
        results.RemoveAt(results.Count - 1);
        return size is >= 0 and <= int.MaxValue ? (int)size : -1;
    }

    private static int TakeTerminated(LuaCall call, ReadOnlySpan<byte> data, List<LuaValue> results)
    {
        var end = data.IndexOf((byte)0);
        if (end < 0)
            throw call.Error("unfinished string in data");
        results.Add(LuaValue.String(data[..end]));
        return end + 1;
    }

    private static void PutString(LuaCall call, int argument, char option, int size, ByteBuilder result)
    {
        var text = call.Bytes(argument);
        size = size == 0 ? text.Length : size;
        if (text.Length < size)
            throw call.ArgumentError(argument, "string too short");
        call.Charge(size);
        result.Add(text[..size]);
        if (option == 's')
            result.Add(0);
    }

    private static void PutInteger(Span<byte> to, double number, bool isLittle)
    {
        var value = number < 0 ? unchecked((ulong)(long)number) : (ulong)number;
        for (var index = 0; index < to.Length; index++)
        {
            to[isLittle ? index : to.Length - 1 - index] = (byte)value;
            value >>= 8;
        }
    }

    private static void PutReversible(Span<byte> to, ulong bits, bool isLittle)
    {
        for (var index = 0; index < to.Length; index++)
            to[isLittle ? index : to.Length - 1 - index] = (byte)(bits >> (8 * index));
    }

    private static ulong GetBits(ReadOnlySpan<byte> from, bool isLittle)
    {
        ulong bits = 0;
        for (var index = from.Length - 1; index >= 0; index--)
            bits = (bits << 8) | from[isLittle ? index : from.Length - 1 - index];
        return bits;
    }

    private static double GetInteger(ReadOnlySpan<byte> from, bool isLittle, bool isSigned)
    {
        var bits = GetBits(from, isLittle);
        if (!isSigned)
            return bits;
        if (from.IsEmpty)
            return 0;
        var mask = ulong.MaxValue << ((from.Length * 8) - 1);
        return (long)((bits & mask) != 0 ? bits | mask : bits);
    }
}
