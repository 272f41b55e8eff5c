using System.Text;

namespace RedisLite.Commands.Geo;

/// <summary>The units of distances: how many metres each is.</summary>
internal static class GeoUnit
{
    public const double Metre = 1;

    /// <summary>Reads m, km, ft or mi, in any case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double metres)
    {
        metres = Ascii.EqualsIgnoreCase(text, "m"u8) ? Metre
            : Ascii.EqualsIgnoreCase(text, "km"u8) ? 1000
            : Ascii.EqualsIgnoreCase(text, "ft"u8) ? 0.3048
            : Ascii.EqualsIgnoreCase(text, "mi"u8) ? 1609.34
            : 0;
        return metres != 0;
    }
}
