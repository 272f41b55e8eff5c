using System.Globalization;

namespace RedisLite.Configuration.Hocon;

/// <summary>Sizes as Redis writes them: bytes, or with a unit of which <c>k</c> is 1000 and <c>kb</c> 1024.</summary>
internal static class SizeText
{
    /// <summary>False when the text is no size, is negative or does not fit.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        long unit = text[digits..].Trim().ToLowerInvariant() switch
        {
            "" or "b" => 1,
            "k" => 1000,
            "kb" => 1024,
            "m" => 1000 * 1000,
            "mb" => 1024 * 1024,
            "g" => 1000 * 1000 * 1000,
            "gb" => 1024 * 1024 * 1024,
            _ => 0,
        };
        bytes = 0;
        if (unit == 0
            || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            || n > long.MaxValue / unit)
        {
            return false;
        }

        bytes = n * unit;
        return true;
    }

    /// <summary>The shortest exact form: <c>64mb</c>, <c>1500</c>.</summary>
    public static string Format(long bytes)
    {
        (long Unit, string Name)[] units = [(1L << 30, "gb"), (1L << 20, "mb"), (1L << 10, "kb")];
        foreach (var (unit, name) in units)
        {
            if (bytes >= unit && bytes % unit == 0)
                return (bytes / unit).ToString(CultureInfo.InvariantCulture) + name;
        }

        return bytes.ToString(CultureInfo.InvariantCulture);
    }
}
