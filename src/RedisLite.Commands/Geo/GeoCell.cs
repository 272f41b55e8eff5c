namespace RedisLite.Commands.Geo;

/// <summary>
/// A cell of the grid that halves the world's longitudes and latitudes <see cref="Step"/> times each.
/// </summary>
/// <remarks>
/// The bits of both coordinates alternate, so that a cell's parts are one range of numbers:
/// <code>
///   Bits  [ ... x2 y2 x1 y1 x0 y0 ]     x: longitude from the west, y: latitude from the south
/// </code>
/// A sorted set's score is the cell of step 26, 52 bits that a double holds exactly. A place on the eastern or northern
/// edge of the world lies in a cell beyond, as in Redis, with one bit more.
/// </remarks>
/// <param name="Bits">2 * Step bits.</param>
/// <param name="Step">1 to 26.</param>
internal readonly record struct GeoCell(ulong Bits, int Step)
{
    /// <summary>The smallest cells: 0.6 m wide at the equator.</summary>
    public const int MostSteps = 26;

    private const ulong YBits = 0x5555_5555_5555_5555;
    private const ulong XBits = 0xAAAA_AAAA_AAAA_AAAA;

    /// <summary>The scores of the places in this cell: from the first, included, to the last, not included.</summary>
    public GeoScoreRange Scores => new(ToScore(Bits), ToScore(Bits + 1));

    /// <summary>The cell that a place is in.</summary>
    /// <param name="point">A storable place.</param>
    /// <param name="step">1 to 26.</param>
    /// <param name="mostLatitude">The northern edge of the grid; the southern one is as far.</param>
    public static GeoCell Of(GeoPoint point, int step, double mostLatitude = GeoPoint.MostLatitude)
    {
        var x = (point.Longitude + GeoPoint.MostLongitude) / (GeoPoint.MostLongitude * 2);
        var y = (point.Latitude + mostLatitude) / (mostLatitude * 2);
        var cells = 1UL << step;
        return new GeoCell(Interleave((uint)(y * cells), (uint)(x * cells)), step);
    }

    /// <summary>
    /// The score that a place is stored with: exact, but for the last bit of one on the eastern edge.
    /// </summary>
    public static double ScoreOf(GeoPoint point) => Of(point, MostSteps).Bits;

    /// <summary>The place that a score stands for.</summary>
    public static GeoPoint PointOf(double score) => new GeoCell((ulong)score, MostSteps).Area.Center;

    /// <summary>The rectangle that the cell covers.</summary>
    public GeoArea Area
    {
        get
        {
            double x = Squeeze(Bits >> 1);
            double y = Squeeze(Bits);
            double cells = 1UL << Step;
            return new GeoArea(
                West: -GeoPoint.MostLongitude + (x / cells * (GeoPoint.MostLongitude * 2)),
                South: -GeoPoint.MostLatitude + (y / cells * (GeoPoint.MostLatitude * 2)),
                East: -GeoPoint.MostLongitude + ((x + 1) / cells * (GeoPoint.MostLongitude * 2)),
                North: -GeoPoint.MostLatitude + ((y + 1) / cells * (GeoPoint.MostLatitude * 2)));
        }
    }

    /// <summary>The cell so many cells to the east and to the north; the world's edges meet.</summary>
    /// <param name="east">-1, 0 or 1.</param>
    /// <param name="north">-1, 0 or 1.</param>
    public GeoCell Neighbour(int east, int north) =>
        this with { Bits = Moved(XBits, YBits, east) | Moved(YBits, XBits, north) };

    /// <summary>
    /// One coordinate's bits, moved: those of the other are ones for a carry to pass, or zeros for a borrow.
    /// </summary>
    /// <remarks>
    /// A coordinate that does not move keeps the bit of a place on the world's edge: its cell is none of the others.
    /// </remarks>
    private ulong Moved(ulong own, ulong other, int by)
    {
        var bits = Bits & own;
        if (by == 0)
            return bits;
        var unused = 64 - (Step * 2);
        own >>= unused;
        other >>= unused;
        return (by > 0 ? bits + other + 1 : (bits | other) - (other + 1)) & own;
    }

    private double ToScore(ulong bits) => bits << ((MostSteps - Step) * 2);

    /// <summary>Puts the bits of y at even positions, those of x at odd ones.</summary>
    private static ulong Interleave(uint y, uint x) => Spread(y) | (Spread(x) << 1);

    private static ulong Spread(uint value)
    {
        ulong bits = value;
        bits = (bits | (bits << 16)) & 0x0000_FFFF_0000_FFFF;
        bits = (bits | (bits << 8)) & 0x00FF_00FF_00FF_00FF;
        bits = (bits | (bits << 4)) & 0x0F0F_0F0F_0F0F_0F0F;
        bits = (bits | (bits << 2)) & 0x3333_3333_3333_3333;
        return (bits | (bits << 1)) & YBits;
    }

    /// <summary>The bits at even positions, side by side.</summary>
    private static uint Squeeze(ulong bits)
    {
        bits &= YBits;
        bits = (bits | (bits >> 1)) & 0x3333_3333_3333_3333;
        bits = (bits | (bits >> 2)) & 0x0F0F_0F0F_0F0F_0F0F;
        bits = (bits | (bits >> 4)) & 0x00FF_00FF_00FF_00FF;
        bits = (bits | (bits >> 8)) & 0x0000_FFFF_0000_FFFF;
        return (uint)(bits | (bits >> 16));
    }
}

/// <summary>Scores from <paramref name="First"/>, included, to <paramref name="End"/>, not included.</summary>
internal readonly record struct GeoScoreRange(double First, double End)
{
    public bool Contains(double score) => score >= First && score < End;
}
