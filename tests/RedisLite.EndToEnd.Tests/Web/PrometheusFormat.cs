using System.Globalization;
using System.Text.RegularExpressions;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>The rules of Prometheus's text format that a reader relies on.</summary>
internal static partial class PrometheusFormat
{
    /// <summary>The names of all families.</summary>
    public static IReadOnlyList<string> Families(string text) =>
        [.. text.Split('\n').Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line =>
            line.Split(' ')[2])];

    /// <summary>
    /// Each line is a sample of the family above it, families come once, samples with the same labels once, numbers are
    /// numbers, and the page ends with a line's end.
    /// </summary>
    public static void Check(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var families = Families(text);
        Assert.Equal(families.Distinct(), families);
        var samples = new HashSet<string>(StringComparer.Ordinal);
        string family = "", type = "";
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
                continue;
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                (family, type) = (line.Split(' ')[2], line.Split(' ')[3]);
                continue;
            }

            var match = Sample().Match(line);
            Assert.True(match.Success, line);
            var name = match.Groups["name"].Value;
            Assert.Contains(
                name, type == "histogram"
                    ? (string[])[$"{family}_bucket", $"{family}_sum", $"{family}_count"] : [family]);
            Assert.True(samples.Add(name + match.Groups["labels"].Value), line);
            Assert.True(double.TryParse(match.Groups["value"].Value, NumberStyles.Float, CultureInfo.InvariantCulture,
                out _), line);
        }
    }

    // name{label="text",...} value
    [GeneratedRegex("""^(?<name>[a-z][a-z0-9_]*)(?<labels>\{([a-z_]+="([^"\\\n]|\\.)*",?)+\})? (?<value>\S+)$""")]
    private static partial Regex Sample();
}
