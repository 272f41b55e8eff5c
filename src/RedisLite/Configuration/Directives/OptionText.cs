using System.Globalization;
using RedisLite.Commands.Server;

namespace RedisLite.Configuration;

/// <summary>Reads the checked value of a directive, as CONFIG GET shows it, for the option that it sets.</summary>
internal static class OptionText
{
    public static bool Bool(string text) => text == "yes";

    // Redis's unsigned numbers can be larger than ours; nothing that is counted here ever gets there.
    public static long Long(string text) =>
        (long)Int128.Min(Int128.Parse(text, CultureInfo.InvariantCulture), long.MaxValue);

    public static int Int(string text) => (int)Math.Min(Long(text), int.MaxValue);

    public static int Signed(string text) => (int)Math.Clamp(Long(text), int.MinValue, int.MaxValue);

    public static KeyspaceEvents Events(string text) =>
        KeyspaceEventsText.TryParse(text, out var events) ? events : KeyspaceEvents.None;

    public static IReadOnlyList<SavePoint> Points(string text) =>
        SpecialText.ParseSavePoints(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)) ?? [];
}
