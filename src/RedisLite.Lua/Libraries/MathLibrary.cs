namespace RedisLite.Lua.Libraries;

/// <summary>The math library, with Redis's repeatable random numbers.</summary>
internal static class MathLibrary
{
    public static void Open(LuaState state)
    {
        var library = StandardLibraries.Add(
            state,
            "math",
            ("abs", call => call.Return(Math.Abs(call.Number(1)))),
            ("acos", call => call.Return(Math.Acos(call.Number(1)))),
            ("asin", call => call.Return(Math.Asin(call.Number(1)))),
            ("atan", call => call.Return(Math.Atan(call.Number(1)))),
            ("atan2", call => OfTwo(call, Math.Atan2)),
            ("ceil", call => call.Return(Math.Ceiling(call.Number(1)))),
            ("cos", call => call.Return(Math.Cos(call.Number(1)))),
            ("cosh", call => call.Return(Math.Cosh(call.Number(1)))),
            ("deg", call => call.Return(call.Number(1) / (Math.PI / 180))),
            ("exp", call => call.Return(Math.Exp(call.Number(1)))),
            ("floor", call => call.Return(Math.Floor(call.Number(1)))),
            ("fmod", Remainder),
            ("frexp", Split),
            ("ldexp", call => OfTwo(call, static (number, exponent) =>
                Math.ScaleB(number, unchecked((int)LuaCall.Cut(exponent))))),
            ("log", call => call.Return(Math.Log(call.Number(1)))),
            ("log10", call => call.Return(Math.Log10(call.Number(1)))),
            ("max", call => Extreme(call, static (a, b) => a > b)),
            ("min", call => Extreme(call, static (a, b) => a < b)),
            ("mod", Remainder),
            ("modf", SplitFraction),
            ("pow", call => OfTwo(call, Math.Pow)),
            ("rad", call => call.Return(call.Number(1) * (Math.PI / 180))),
            ("random", Draw),
            ("randomseed", Seed),
            ("sin", call => call.Return(Math.Sin(call.Number(1)))),
            ("sinh", call => call.Return(Math.Sinh(call.Number(1)))),
            ("sqrt", call => call.Return(Math.Sqrt(call.Number(1)))),
            ("tan", call => call.Return(Math.Tan(call.Number(1)))),
            ("tanh", call => call.Return(Math.Tanh(call.Number(1)))));
        library["pi"] = Math.PI;
        library["huge"] = double.PositiveInfinity;
    }

    private static int Remainder(LuaCall call) => OfTwo(call, static (number, by) => number % by);

    // Of two wrong arguments compiled C code complains about the second.
    private static int OfTwo(LuaCall call, Func<double, double, double> compute)
    {
        var second = call.Number(2);
        return call.Return(compute(call.Number(1), second));
    }

    private static int Split(LuaCall call)
    {
        var number = call.Number(1);
        if (number == 0 || !double.IsFinite(number))
            return call.Return(new LuaValue(number), 0.0);
        var exponent = Math.ILogB(number) + 1;
        return call.Return(new LuaValue(Math.ScaleB(number, -exponent)), (double)exponent);
    }

    private static int SplitFraction(LuaCall call)
    {
        var number = call.Number(1);
        if (double.IsInfinity(number))
            return call.Return(new LuaValue(number), Math.CopySign(0, number));
        var whole = Math.Truncate(number);
        return call.Return(new LuaValue(whole), Math.CopySign(number - whole, number));
    }

    private static int Extreme(LuaCall call, Func<double, double, bool> isBetter)
    {
        var best = call.Number(1);
        for (var argument = 2; argument <= call.Count; argument++)
        {
            var number = call.Number(argument);
            if (isBetter(number, best))
                best = number;
        }
        return call.Return(best);
    }

    private static int Draw(LuaCall call)
    {
        var random = call.State.Random.NextDouble();
        switch (call.Count)
        {
            case 0:
                return call.Return(random);
            case 1:
                var most = call.Integer(1);
                if (most < 1)
                    throw call.ArgumentError(1, "interval is empty");
                return call.Return(Math.Floor(random * most) + 1);
            case 2:
                var (low, high) = (call.Integer(1), call.Integer(2));
                if (low > high)
                    throw call.ArgumentError(2, "interval is empty");
                return call.Return(Math.Floor(random * ((double)high - low + 1)) + low);
            default:
                return call.Fail("wrong number of arguments");
        }
    }

    private static int Seed(LuaCall call)
    {
        call.State.Random.Seed(call.Integer(1));
        return 0;
    }
}
