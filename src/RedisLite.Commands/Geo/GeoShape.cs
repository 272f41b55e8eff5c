namespace RedisLite.Commands.Geo;

/// <summary>What GEOSEARCH looks in: a circle or a rectangle around a place.</summary>
internal readonly record struct GeoShape
{
    private readonly double _width;
    private readonly double _height;
    private readonly double _metresPerUnit;

    private GeoShape(GeoPoint center, double width, double height, double metresPerUnit, bool isCircle)
    {
        Center = center;
        _width = width;
        _height = height;
        _metresPerUnit = metresPerUnit;
        IsCircle = isCircle;
    }

    public GeoPoint Center { get; }

    public bool IsCircle { get; }

    /// <summary>The distance from the centre that no place inside exceeds, in metres.</summary>
    public double Reach =>
        IsCircle
            ? _width / 2 * _metresPerUnit
            : Math.Sqrt((_width / 2 * (_width / 2)) + (_height / 2 * (_height / 2))) * _metresPerUnit;

    /// <summary>
    /// A rectangle of degrees around the shape, as wide as its edge towards the nearer pole, where a degree is the
    /// shortest. May go beyond the edges of the world.
    /// </summary>
    public GeoArea Bounds
    {
        get
        {
            var northward = GeoDistance.ToDegrees(_metresPerUnit * (_height / 2) / GeoDistance.EarthRadius);
            var polar = Center.Latitude < 0 ? Center.Latitude - northward : Center.Latitude + northward;
            var eastward = GeoDistance.ToDegrees(
                _metresPerUnit * (_width / 2) / GeoDistance.EarthRadius / Math.Cos(GeoDistance.ToRadians(polar)));
            return new GeoArea(
                Center.Longitude - eastward, Center.Latitude - northward, Center.Longitude + eastward, Center.Latitude
                    + northward);
        }
    }

    public static GeoShape Circle(GeoPoint center, double radius, double metresPerUnit) =>
        new(center, radius * 2, radius * 2, metresPerUnit, isCircle: true);

    public static GeoShape Box(GeoPoint center, double width, double height, double metresPerUnit) =>
        new(center, width, height, metresPerUnit, isCircle: false);

    /// <summary>Whether a place is inside.</summary>
    /// <param name="point">The place.</param>
    /// <param name="distance">If so, its distance from the centre, in metres.</param>
    public bool Contains(GeoPoint point, out double distance)
    {
        distance = 0;
        if (!IsCircle)
        {
            // The cheaper comparison first; the width is measured where the place is.
            if (GeoDistance.BetweenLatitudes(point.Latitude, Center.Latitude) > _height * _metresPerUnit / 2
                || GeoDistance.Between(
                    point, point with { Longitude = Center.Longitude }) > _width * _metresPerUnit / 2)
                return false;
            distance = GeoDistance.Between(Center, point);
            return true;
        }

        distance = GeoDistance.Between(Center, point);
        return distance <= Reach;
    }
}
