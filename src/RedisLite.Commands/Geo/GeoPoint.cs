namespace RedisLite.Commands.Geo;

/// <summary>A place on the earth, in degrees.</summary>
internal readonly record struct GeoPoint(double Longitude, double Latitude)
{
    public const double MostLongitude = 180;

    /// <summary>
    /// The highest latitude of the square Mercator projection (EPSG:900913): the poles cannot be stored.
    /// </summary>
    public const double MostLatitude = 85.05112878;

    /// <summary>Whether the place can be stored. NaN cannot.</summary>
    public bool IsStorable =>
        Longitude is >= -MostLongitude and <= MostLongitude && Latitude is >= -MostLatitude and <= MostLatitude;
}
