namespace RedisLite.Commands.Geo;

/// <summary>Reads places and distances among a command's arguments; what is none is replied as an error.</summary>
internal static class GeoArguments
{
    /// <summary>Reads a longitude and, behind it, a latitude.</summary>
    public static bool TryReadPlace(scoped ref CommandContext ctx, int argument, out GeoPoint point)
    {
        point = default;
        if (!ctx.Args.TryGetDouble(argument, out var longitude)
            || !ctx.Args.TryGetDouble(argument + 1, out var latitude))
        {
            ctx.Reply.Error(Errors.NotAFloat);
            return false;
        }

        point = new GeoPoint(longitude, latitude);
        if (point.IsStorable)
            return true;
        ctx.Reply.Error(GeoErrors.NotAPlace(point));
        return false;
    }

    /// <summary>Reads a unit.</summary>
    public static bool TryReadUnit(scoped ref CommandContext ctx, int argument, out double metres)
    {
        if (GeoUnit.TryParse(ctx.Args[argument], out metres))
            return true;
        ctx.Reply.Error(GeoErrors.UnknownUnit);
        return false;
    }

    /// <summary>Reads a radius and, behind it, its unit.</summary>
    public static bool TryReadRadius(scoped ref CommandContext ctx, int argument, out GeoExtent extent)
    {
        extent = default;
        if (!ctx.Args.TryGetDouble(argument, out var radius))
            ctx.Reply.Error(GeoErrors.NotARadius);
        else if (radius < 0)
            ctx.Reply.Error(GeoErrors.NegativeRadius);
        else if (TryReadUnit(ref ctx, argument + 1, out var metres))
            return Assign(out extent, new GeoExtent(radius, Height: 0, metres, IsCircle: true));
        return false;
    }

    /// <summary>Reads a width, a height and their unit.</summary>
    public static bool TryReadBox(scoped ref CommandContext ctx, int argument, out GeoExtent extent)
    {
        extent = default;
        if (!ctx.Args.TryGetDouble(argument, out var width))
            ctx.Reply.Error(GeoErrors.NotAWidth);
        else if (!ctx.Args.TryGetDouble(argument + 1, out var height))
            ctx.Reply.Error(GeoErrors.NotAHeight);
        else if (width < 0 || height < 0)
            ctx.Reply.Error(GeoErrors.NegativeBox);
        else if (TryReadUnit(ref ctx, argument + 2, out var metres))
            return Assign(out extent, new GeoExtent(width, height, metres, IsCircle: false));
        return false;
    }

    private static bool Assign(out GeoExtent extent, GeoExtent value)
    {
        extent = value;
        return true;
    }
}

/// <summary>A shape without its centre.</summary>
/// <param name="Width">The radius of a circle.</param>
/// <param name="Height">Of a box.</param>
/// <param name="MetresPerUnit">Of both.</param>
/// <param name="IsCircle">What it is.</param>
internal readonly record struct GeoExtent(double Width, double Height, double MetresPerUnit, bool IsCircle)
{
    public GeoShape Around(GeoPoint center) =>
        IsCircle ? GeoShape.Circle(center, Width, MetresPerUnit) : GeoShape.Box(center, Width, Height, MetresPerUnit);
}
