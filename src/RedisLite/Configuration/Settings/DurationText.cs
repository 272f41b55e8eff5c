using System.Globalization;

namespace RedisLite.Configuration;

/// <summary>Durations with a unit, as HOCON writes them; a bare number is refused, except 0.</summary>
internal static class DurationText
{
    private static readonly (string Name, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("micros", TimeSpan.TicksPerMicrosecond),
        ("microseconds", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond), ("millis", TimeSpan.TicksPerMillisecond),
        ("milliseconds", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond), ("second", TimeSpan.TicksPerSecond), ("seconds", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute), ("minute", TimeSpan.TicksPerMinute), ("minutes", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour), ("hour", TimeSpan.TicksPerHour), ("hours", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay), ("day", TimeSpan.TicksPerDay), ("days", TimeSpan.TicksPerDay),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var n))
            return false;
        var unit = text[digits..].Trim();
        if (unit.Length == 0)
            return n == 0;
        foreach (var (name, ticks) in Units)
        {
            if (name == unit && n <= long.MaxValue / ticks)
            {
                duration = new TimeSpan(n * ticks);
                return true;
            }
        }

        return false;
    }

    /// <summary>The shortest exact form in whole units.</summary>
    public static string Format(TimeSpan duration)
    {
        (string Name, long Ticks)[] units =
        [
            ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
        ];
        foreach (var (name, ticks) in units)
        {
            if (duration.Ticks % ticks == 0)
                return (duration.Ticks / ticks).ToString(CultureInfo.InvariantCulture) + name;
        }

        return duration.ToString("c", CultureInfo.InvariantCulture);
    }
}
