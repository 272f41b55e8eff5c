namespace RedisLite.Commands.Geo;

/// <summary>
/// The cells that hold every place inside a shape: that of its centre and those around it, at most nine.
/// </summary>
/// <remarks>
/// Cells are chosen about as large as the shape, so that few of their places lie outside it. The order is that in which
/// Redis walks them, which clients see with COUNT ... ANY and without a sort order:
/// <code>
///   6 1 5
///   4 0 3
///   8 2 7
/// </code>
/// </remarks>
internal static class GeoSearchCells
{
    /// <summary>Cells that <see cref="Find"/> may find.</summary>
    public const int Most = 9;

    /// <summary>Half the width of the Mercator projection, in metres.</summary>
    private const double MercatorReach = 20037726.37;

    private static ReadOnlySpan<sbyte> East => [0, 0, 0, 1, -1, 1, -1, 1, -1];

    private static ReadOnlySpan<sbyte> North => [0, 1, -1, 0, 0, 1, 1, -1, -1];

    /// <summary>Finds the cells of a shape around a storable place.</summary>
    /// <param name="shape">A circle or a rectangle.</param>
    /// <param name="cells">Room for <see cref="Most"/>.</param>
    /// <returns>How many there are.</returns>
    public static int Find(in GeoShape shape, Span<GeoCell> cells)
    {
        var bounds = shape.Bounds;
        var step = EstimateStep(shape.Reach, shape.Center.Latitude);
        var center = GeoCell.Of(shape.Center, step);
        if (step > 1 && !Covers(center, bounds))
            center = GeoCell.Of(shape.Center, --step);

        var count = 0;
        var last = 0;
        for (var i = 0; i < Most; i++)
        {
            if (step >= 2 && IsBeyond(center.Area, bounds, East[i], North[i]))
                continue;
            var cell = center.Neighbour(East[i], North[i]);

            // Where cells are so large that the world's edges meet, neighbours are the same cell. As in Redis the one
            // in the middle is not compared with: it is never the same.
            if (last > 0 && cell == cells[count - 1])
                continue;
            cells[count++] = cell;
            last = i;
        }

        return count;
    }

    /// <summary>How often to halve the world so that nine cells still cover a circle.</summary>
    /// <param name="reach">The radius in metres.</param>
    /// <param name="latitude">Of its centre: cells become narrow towards the poles.</param>
    public static int EstimateStep(double reach, double latitude)
    {
        if (reach <= 0)
            return GeoCell.MostSteps;
        var step = 1;
        while (reach < MercatorReach)
        {
            reach *= 2;
            step++;
        }

        step -= 2;
        if (latitude is > 66 or < -66)
            step--;
        if (latitude is > 80 or < -80)
            step--;
        return Math.Clamp(step, 1, GeoCell.MostSteps);
    }

    /// <summary>Whether the cells around reach as far as the bounds.</summary>
    private static bool Covers(GeoCell center, GeoArea bounds) =>
        !(center.Neighbour(0, 1).Area.North < bounds.North
            || center.Neighbour(0, -1).Area.South > bounds.South
            || center.Neighbour(1, 0).Area.East < bounds.East
            || center.Neighbour(-1, 0).Area.West > bounds.West);

    /// <summary>Whether a neighbour lies on a side where the cell in the middle is enough.</summary>
    private static bool IsBeyond(GeoArea center, GeoArea bounds, int east, int north) =>
        (north < 0 && center.South < bounds.South)
        || (north > 0 && center.North > bounds.North)
        || (east < 0 && center.West < bounds.West)
        || (east > 0 && center.East > bounds.East);
}
