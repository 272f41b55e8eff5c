namespace RedisLite.Commands.Geo;

/// <summary>
/// Distances in metres on a sphere, by the haversine formula; exact to half a percent, as the earth is none.
/// </summary>
/// <remarks>The radius and the order of the operations are Redis's, for its results to the last digit.</remarks>
internal static class GeoDistance
{
    public const double EarthRadius = 6372797.560856;

    private const double RadiansPerDegree = Math.PI / 180.0;

    public static double Between(GeoPoint a, GeoPoint b)
    {
        var v = Math.Sin((ToRadians(b.Longitude) - ToRadians(a.Longitude)) / 2);
        if (v == 0.0)
            return BetweenLatitudes(a.Latitude, b.Latitude);
        var latitudeA = ToRadians(a.Latitude);
        var latitudeB = ToRadians(b.Latitude);
        var u = Math.Sin((latitudeB - latitudeA) / 2);
        var haversine = (u * u) + (Math.Cos(latitudeA) * Math.Cos(latitudeB) * v * v);
        return 2.0 * EarthRadius * Math.Asin(Math.Sqrt(haversine));
    }

    /// <summary>Along a meridian.</summary>
    public static double BetweenLatitudes(double a, double b) => EarthRadius * Math.Abs(ToRadians(b) - ToRadians(a));

    public static double ToRadians(double degrees) => degrees * RadiansPerDegree;

    public static double ToDegrees(double radians) => radians / RadiansPerDegree;
}
