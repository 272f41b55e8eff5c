using System.Globalization;
using System.Text;

namespace RedisLite.Benchmark.CommandLine;

/// <summary>Quantities as people type them.</summary>
internal static class Units
{
    private static readonly (string Suffix, double Factor)[] SizeFactors =
    [
        ("kib", 1024), ("kb", 1024), ("k", 1024), ("mib", 1024 * 1024), ("mb", 1024 * 1024),
        ("m", 1024 * 1024), ("b", 1),
    ];

    private static readonly (string Suffix, double Seconds)[] TimeFactors = [("ms", 0.001), ("s", 1), ("m", 60)];

    private static readonly (string Suffix, double Factor)[] CountFactors = [("k", 1e3), ("m", 1e6)];

    /// <summary>Bytes: <c>32</c>, <c>1k</c>, <c>64KiB</c>, <c>1mb</c>; a k is 1,024 whatever follows it.</summary>
    public static bool TryParseSize(string text, out int bytes) => TryScale(text, SizeFactors, out bytes);

    /// <summary>A number of things: <c>100000</c>, <c>100k</c>, <c>10m</c>; a k is 1,000.</summary>
    public static bool TryParseCount(string text, out long count) => TryScale(text, CountFactors, out count);

    /// <summary>A time: <c>500ms</c>, <c>2s</c>, <c>1.5m</c>; a plain number is seconds.</summary>
    public static bool TryParseTime(string text, out TimeSpan time)
    {
        var valid = TrySplit(text, TimeFactors, out var value);
        time = valid && value <= 86_400 ? TimeSpan.FromSeconds(value) : TimeSpan.Zero;
        return valid && value <= 86_400;
    }

    /// <summary>
    /// Splits a command line at spaces; single and double quotes keep spaces, and nothing else is special.
    /// </summary>
    /// <returns>null when a quote is not closed.</returns>
    public static IReadOnlyList<string>? SplitCommandLine(string text)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        var quote = '\0';
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word!.Append(c);
            }
            else if (c is '"' or '\'')
            {
                quote = c;
                word ??= new StringBuilder();
            }
            else if (c != ' ')
                (word ??= new StringBuilder()).Append(c);
            else if (word is not null)
            {
                words.Add(word.ToString());
                word = null;
            }
        }

        if (word is not null)
            words.Add(word.ToString());
        return quote == '\0' ? words : null;
    }

    private static bool TryScale<T>(string text, (string Suffix, double Factor)[] factors, out T number)
        where T : struct, System.Numerics.INumber<T>, System.Numerics.IMinMaxValue<T>
    {
        number = default;
        if (!TrySplit(text, factors, out var value) || value > double.CreateSaturating(T.MaxValue)
            || value != Math.Floor(value))
            return false;
        number = T.CreateSaturating(value);
        return true;
    }

    private static bool TrySplit(string text, (string Suffix, double Factor)[] factors, out double value)
    {
        var factor = 1.0;
        foreach (var (suffix, times) in factors)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
                continue;
            factor = times;
            text = text[..^suffix.Length];
            break;
        }

        var valid = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
        value *= factor;
        return valid;
    }
}
