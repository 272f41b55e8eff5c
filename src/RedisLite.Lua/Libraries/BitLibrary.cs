using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace RedisLite.Lua.Libraries;

/// <summary>Bit operations on 32-bit integers, as BitOp has them.</summary>
internal static class BitLibrary
{
    // Adding it puts the integer into the low bits of a double, rounded to even, modulo 2^32.
    private const double Magic = 6755399441055744.0;

    public static void Open(LuaState state) => StandardLibraries.Add(
        state,
        "bit",
        ("arshift", call => call.Return(Bits(call, 1) >> Shift(call))),
        ("band", call => Fold(call, static (a, b) => a & b)),
        ("bnot", call => call.Return(~Bits(call, 1))),
        ("bor", call => Fold(call, static (a, b) => a | b)),
        ("bswap", call => call.Return(BinaryPrimitives.ReverseEndianness(Bits(call, 1)))),
        ("bxor", call => Fold(call, static (a, b) => a ^ b)),
        ("lshift", call => call.Return(Bits(call, 1) << Shift(call))),
        ("rol", call => call.Return((int)BitOperations.RotateLeft((uint)Bits(call, 1), Shift(call)))),
        ("ror", call => call.Return((int)BitOperations.RotateRight((uint)Bits(call, 1), Shift(call)))),
        ("rshift", call => call.Return((int)((uint)Bits(call, 1) >> Shift(call)))),
        ("tobit", call => call.Return(Bits(call, 1))),
        ("tohex", ToHex));

    private static int Bits(LuaCall call, int argument) =>
        unchecked((int)BitConverter.DoubleToInt64Bits(call.Number(argument) + Magic));

    private static int Shift(LuaCall call) => Bits(call, 2) & 31;

    private static int Fold(LuaCall call, Func<int, int, int> combine)
    {
        var result = Bits(call, 1);
        for (var argument = call.Count; argument > 1; argument--)
            result = combine(result, Bits(call, argument));
        return call.Return(result);
    }

    private static int ToHex(LuaCall call)
    {
        var value = (uint)Bits(call, 1);
        var digits = call.Count < 2 ? 8 : Bits(call, 2);
        var isUpper = digits < 0;
        digits = digits is > 8 or < -8 ? 8 : Math.Abs(digits);
        var text = value.ToString(isUpper ? "X8" : "x8");
        return call.Return(new LuaValue(LuaString.From(Encoding.ASCII.GetBytes(text[(8 - digits)..]))));
    }
}
