namespace RedisLite.Commands.Geo;

/// <summary>A rectangle of longitudes and latitudes, in degrees.</summary>
internal readonly record struct GeoArea(double West, double South, double East, double North)
{
    /// <summary>What a place is, after its coordinates were stored: the middle of its cell.</summary>
    public GeoPoint Center => new(
        Math.Clamp((West + East) / 2, -GeoPoint.MostLongitude, GeoPoint.MostLongitude),
        Math.Clamp((South + North) / 2, -GeoPoint.MostLatitude, GeoPoint.MostLatitude));
}
