using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>Numbers: the operators, and the conversions between numbers and strings that operators do.</summary>
internal static class Arithmetic
{
    public static double Compute(BinaryOperator op, double a, double b) => op switch
    {
        BinaryOperator.Add => a + b,
        BinaryOperator.Subtract => a - b,
        BinaryOperator.Multiply => a * b,
        BinaryOperator.Divide => a / b,
        BinaryOperator.Modulo => Modulo(a, b),
        _ => Power(a, b),
    };

    /// <summary>Lua 5.1's own formula, with its results at the edges.</summary>
    public static double Modulo(double a, double b) => a - (Math.Floor(a / b) * b);

    public static double Power(double a, double b) => b == 2 ? a * a : Math.Pow(a, b);

    /// <summary>The number of a number, or of a string that is one.</summary>
    public static bool TryNumber(in LuaValue value, out double number)
    {
        number = value.N;
        return value.O is null ||
            (value.TryString(out var text) && NumberParser.TryParse(LuaString.SpanOf(text), out number));
    }

    public static bool TryText(in LuaValue value, out byte[] text)
    {
        text = value.O as byte[] ?? LuaString.Empty;
        if (value.O is null)
            text = NumberFormat.ToLuaString(value.N);
        return value.O is null || LuaString.Is(value.O);
    }
}
