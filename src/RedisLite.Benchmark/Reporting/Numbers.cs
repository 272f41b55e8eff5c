using System.Globalization;

namespace RedisLite.Benchmark.Reporting;

/// <summary>Numbers as people read them.</summary>
internal static class Numbers
{
    /// <summary>Three significant digits, with k and M above ten thousand: for charts.</summary>
    public static string Short(double value)
    {
        var magnitude = Math.Abs(value);
        return magnitude switch
        {
            >= 1e6 => Text(value / 1e6, "0.##") + "M",
            >= 1e4 => Text(value / 1e3, "0.#") + "k",
            >= 100 => Text(value, "0"),
            >= 10 => Text(value, "0.#"),
            >= 0.1 or 0 => Text(value, "0.##"),
            _ => Text(value, "0.####"),
        };
    }

    /// <summary>For tables: all digits above a hundred, grouped; three significant digits below.</summary>
    public static string Full(double value) => Math.Abs(value) switch
    {
        double.NaN => "",
        >= 100 => Text(value, "#,0"),
        >= 10 => Text(value, "0.0"),
        >= 1 => Text(value, "0.00"),
        _ => Text(value, "0.000"),
    };

    public static string Bytes(double bytes) => bytes switch
    {
        >= 1 << 30 => Text(bytes / (1 << 30), "0.#") + " GiB",
        >= 1 << 20 => Text(bytes / (1 << 20), "0.#") + " MiB",
        >= 1 << 10 => Text(bytes / (1 << 10), "0.#") + " KiB",
        _ => Text(bytes, "0") + " B",
    };

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
