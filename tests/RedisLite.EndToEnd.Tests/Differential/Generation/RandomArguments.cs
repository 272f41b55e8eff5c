using System.Globalization;

namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>
/// Random arguments from small sets, so that commands meet each other's keys and every limit is hit often.
/// </summary>
/// <remarks>
/// Arguments are text, a byte a character. Times are either past or so far off that the moment of a call decides
/// nothing, and relative ones are drawn from so wide a range that no two are near each other: GT and LT would
/// otherwise depend on the clock. Offsets are small or refused, since those in between allocate half a gigabyte.
/// </remarks>
internal sealed class RandomArguments(int seed)
{
    private static readonly string[] Keys = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "", "b\0\xff\r\n"];

    private static readonly string[] Integers =
    [
        "0", "1", "-1", "2", "5", "10", "-7", "100", "255", "256", "1000000", "2147483647", "2147483648", "-2147483649",
        "9223372036854775806", "9223372036854775807", "-9223372036854775808",
    ];

    private static readonly string[] NoIntegers =
    [
        "", "abc", "1.5", " 1", "1 ", "+1", "01", "-0", "1e3", "9223372036854775808", "-9223372036854775809", "nan",
        "\0", "--1",
    ];

    private static readonly string[] Floats =
    [
        "0", "0.1", "0.2", "-0.3", "1.5", "3.0", "5e3", "1e-5", "1e17", "123456.789", "-1e10", ".5", "5.", "1e400",
        "inf", "-inf",
        "nan", "abc", "", " 1", "1a", "0x1f", "3.14159265358979", "100000000000000000000",
    ];

    private static readonly string[] Offsets =
    [
        "0", "1", "3", "7", "8", "15", "31", "64", "100", "999", "1500", "-1", "-3", "4294967296",
        "9223372036854775807",
        "9223372036854775808", "abc", "", "1.5",
    ];

    private static readonly string[] Indexes =
    [
        "0", "1", "2", "5", "10", "50", "1000", "-1", "-2", "-5", "-100", "9223372036854775807", "-9223372036854775808",
    ];

    private static readonly string[] Patterns =
    [
        "*", "k*", "k?", "k[0-3]", "k[^2]", "?", "", "nomatch", "*1", "K1", "k\\1", "[k]*", "k[3-0]", "b*",
    ];

    private readonly Random _random = new(seed);

    public int Next(int exclusiveMax) => _random.Next(exclusiveMax);

    /// <summary>True once in <paramref name="times"/> calls on average.</summary>
    public bool OnceIn(int times) => _random.Next(times) == 0;

    public T OneOf<T>(params IReadOnlyList<T> choices) => choices[_random.Next(choices.Count)];

    public string Key() => OnceIn(12) ? OneOf(Keys) : Keys[_random.Next(6)];

    /// <summary>One to <paramref name="most"/> keys, doubles included.</summary>
    public string[] SomeKeys(int most) => Many(most, Key);

    public string[] Many(int most, Func<string> next)
    {
        var items = new string[1 + _random.Next(most)];
        for (var i = 0; i < items.Length; i++)
            items[i] = next();
        return items;
    }

    public string Value() => _random.Next(10) switch
    {
        0 => OneOf(NoIntegers),
        1 or 2 or 3 => OneOf(Integers),
        4 => OneOf(Floats),
        5 => Bytes(),
        6 => new string((char)('a' + _random.Next(4)), OneOf(1, 44, 45, 300, 2000)),
        7 => Letters(1 + _random.Next(100)),
        _ => Letters(1 + _random.Next(8)),
    };

    public string Letters(int length)
    {
        var letters = new char[length];
        for (var i = 0; i < length; i++)
            letters[i] = (char)('a' + _random.Next(4));
        return new string(letters);
    }

    public string Integer() => OnceIn(10) ? OneOf(NoIntegers) : OneOf(Integers);

    public string Float() => OneOf(Floats);

    public string Offset() => OnceIn(3) ? OneOf(Offsets) : Text(_random.Next(200));

    public string Index() => OnceIn(12) ? OneOf(NoIntegers) : OneOf(Indexes);

    public string Pattern() => OneOf(Patterns);

    public string Database() => OnceIn(10) ? OneOf("16", "-1", "abc", "") : Text(_random.Next(3));

    public string Seconds() => OnceIn(6) ? PastOrBad() : Text(100_000 + _random.NextInt64(1_000_000_000));

    public string Milliseconds() => OnceIn(6) ? PastOrBad() : Text(100_000_000 + _random.NextInt64(1_000_000_000_000));

    public string UnixSeconds() => OnceIn(6) ? PastOrBad() : Text(33_000_000_000 + _random.Next(10));

    public string UnixMilliseconds() => OnceIn(6) ? PastOrBad() : Text(33_000_000_000_000 + _random.Next(10));

    /// <summary>An option that is no option, or a number out of place.</summary>
    public string Junk() => OnceIn(2) ? OneOf(NoIntegers) : OneOf("BAD", "NX", "XX", "GET", "KEEPTTL", "-1", "0");

    private string PastOrBad() =>
        OneOf("0", "-1", "-100000", "9223372036854775807", "9223372036854775", "abc", "", "1.5", "9223372036854775808");

    private string Bytes()
    {
        var bytes = new char[_random.Next(40)];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (char)_random.Next(256);
        return new string(bytes);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
