using System.Globalization;
using RedisLite.Commands.Server;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>The settings that are several numbers in one text, in Redis's notation.</summary>
internal static class SpecialText
{
    /// <summary>Pairs of seconds (at least 1) and changes; null when they are not that.</summary>
    public static IReadOnlyList<SavePoint>? ParseSavePoints(IReadOnlyList<string> words)
    {
        if (words.Count % 2 != 0)
            return null;
        var points = new List<SavePoint>();
        for (var i = 0; i < words.Count; i += 2)
        {
            if (!long.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                || seconds < 1
                || !int.TryParse(words[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var changes))
            {
                return null;
            }

            points.Add(new SavePoint(seconds, changes));
        }

        return points;
    }

    public static string Format(IReadOnlyList<SavePoint> points) =>
        string.Join(' ', points.Select(point => $"{point.Seconds} {point.Changes}"));

    /// <summary>A size, or a percentage up to 100; null when it is neither.</summary>
    public static ClientMemoryLimit? ParseClientMemory(string text)
    {
        if (!text.EndsWith('%'))
            return SizeText.TryParse(text, out var bytes) ? new ClientMemoryLimit(bytes, 0) : null;
        return int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            && percent <= 100
            ? new ClientMemoryLimit(0, percent)
            : null;
    }

    /// <summary>null when one of the three is not valid.</summary>
    public static OutputBufferLimit? ParseLimit(string hard, string soft, string seconds) =>
        SizeText.TryParse(hard, out var hardBytes) && SizeText.TryParse(soft, out var softBytes)
        && int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var softSeconds)
            ? new OutputBufferLimit(hardBytes, softBytes, softSeconds)
            : null;
}
