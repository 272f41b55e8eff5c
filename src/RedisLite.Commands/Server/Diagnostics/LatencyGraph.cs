using System.Globalization;
using System.Text;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>Draws the samples of an event as text, a column each, with its age below.</summary>
/// <remarks>
/// <code>
///   command - high 40 ms, low 10 ms (all time high 40 ms)
///   ------------------------------------------------------
///     #
///    _#
///    ##
///   o##
///
///   320
///   sms          read downwards: 3 s, 2 min, 0 s ago
/// </code>
/// </remarks>
internal static class LatencyGraph
{
    private const int Columns = 80;
    private const int Rows = 4;

    // What a cell shows that is filled up to a third, two thirds, whole.
    private const string Levels = "_o#";

    public static string Draw(LatencyEvent item, long nowSeconds)
    {
        LatencySample[] samples = [.. item.Samples.TakeLast(Columns)];
        var high = samples.Max(sample => sample.Milliseconds);
        var low = samples.Min(sample => sample.Milliseconds);
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{item.Name} - high {high} ms, low {low} ms (all time high {item.WorstMilliseconds} ms)\n");
        text.Append('-', Columns).Append('\n');
        for (var row = Rows - 1; row >= 0; row--)
            AppendLine(text, samples.Select(sample => Cell(sample.Milliseconds, low, high, row)));
        text.Append('\n');

        string[] ages = [.. samples.Select(sample => Age(nowSeconds - sample.UnixSeconds))];
        for (var row = 0; row < ages.Max(age => age.Length); row++)
            AppendLine(text, ages.Select(age => row < age.Length ? age[row] : ' '));
        return text.ToString();
    }

    private static char Cell(long value, long low, long high, int row)
    {
        // From one level for the lowest value to all of them for the highest.
        var steps = Rows * Levels.Length;
        var height = high == low ? 1 : 1 + (int)((value - low) * (steps - 1) / (high - low));
        var inRow = height - (row * Levels.Length);
        return inRow <= 0 ? ' ' : Levels[Math.Min(inRow, Levels.Length) - 1];
    }

    private static string Age(long seconds) => seconds switch
    {
        < 60 => $"{Math.Max(0, seconds)}s",
        < 3600 => $"{seconds / 60}m",
        < 86_400 => $"{seconds / 3600}h",
        _ => $"{seconds / 86_400}d",
    };

    private static void AppendLine(StringBuilder text, IEnumerable<char> cells) =>
        text.Append(string.Concat(cells).TrimEnd()).Append('\n');
}
