using System.Buffers;
using System.Globalization;
using System.Text;

namespace RedisLite.Commands.Geo;

/// <summary>The errors of geo commands, with Redis's exact text.</summary>
internal static class GeoErrors
{
    private static readonly SearchValues<byte> EndsOfLine = SearchValues.Create("\r\n\0"u8);

    public static ReadOnlySpan<byte> UnknownUnit => "ERR unsupported unit provided. please use M, KM, FT, MI"u8;

    public static ReadOnlySpan<byte> NotARadius => "ERR need numeric radius"u8;

    public static ReadOnlySpan<byte> NegativeRadius => "ERR radius cannot be negative"u8;

    public static ReadOnlySpan<byte> NotAWidth => "ERR need numeric width"u8;

    public static ReadOnlySpan<byte> NotAHeight => "ERR need numeric height"u8;

    public static ReadOnlySpan<byte> NegativeBox => "ERR height or width cannot be negative"u8;

    public static ReadOnlySpan<byte> NoSuchMember => "ERR could not decode requested zset member"u8;

    public static ReadOnlySpan<byte> AnyWithoutCount => "ERR the ANY argument requires COUNT argument"u8;

    public static ReadOnlySpan<byte> RadiusStoreWithDetails =>
        "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options"u8;

    public static ReadOnlySpan<byte> SearchStoreWithDetails =>
        "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"u8;

    /// <summary>A place that cannot be stored.</summary>
    public static byte[] NotAPlace(GeoPoint point) =>
        Encoding.ASCII.GetBytes($"ERR invalid longitude,latitude pair {Text(point.Longitude)},{Text(point.Latitude)}");

    /// <param name="command">As the client wrote it; up to what ends a line.</param>
    public static byte[] NoCenter(ReadOnlySpan<byte> command) =>
        [.. "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for "u8, .. Name(command)];

    /// <inheritdoc cref="NoCenter"/>
    public static byte[] NoArea(ReadOnlySpan<byte> command) =>
        [.. "ERR exactly one of BYRADIUS and BYBOX can be specified for "u8, .. Name(command)];

    private static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> command)
    {
        var end = command.IndexOfAny(EndsOfLine);
        return end < 0 ? command : command[..end];
    }

    /// <summary>As C's <c>%f</c>.</summary>
    private static string Text(double value) =>
        double.IsPositiveInfinity(value) ? "inf"
        : double.IsNegativeInfinity(value) ? "-inf"
        : value.ToString("F6", CultureInfo.InvariantCulture);
}
