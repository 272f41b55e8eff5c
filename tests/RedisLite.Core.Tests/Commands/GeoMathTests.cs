using System.Text;
using CsCheck;
using RedisLite.Commands.Geo;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Places as scores, distances, and the cells that a search looks into. The values are those of redis-server 7.0.15.
/// </summary>
public sealed class GeoMathTests
{
    private static readonly Gen<GeoPoint> Anywhere = Gen.Select(
        Gen.Double[-GeoPoint.MostLongitude, GeoPoint.MostLongitude],
        Gen.Double[-GeoPoint.MostLatitude, GeoPoint.MostLatitude],
        (longitude, latitude) => new GeoPoint(longitude, latitude));

    [Theory]
    [InlineData(13.361389, 38.115556, 3479099956230698, "13.36138933897018433", "38.11555639549629859", "sqc8b49rny0")]
    [InlineData(15.087269, 37.502669, 3479447370796909, "15.08726745843887329", "37.50266842333162032", "sqdtr74hyu0")]
    [InlineData(-180, -85.05112878, 0, "-179.99999731779098511", "-85.05112751263942528", "00bh0hbj200")]
    [InlineData(180, 85.05112878, 13510798882111488, "180", "85.0511287799999991", "bp05b5048p0")]
    [InlineData(0, 0, 3377699720527872, "0.00000268220901489", "0.00000126736058093", "s0000000000")]
    [InlineData(-122.27652, 37.805186, 1367952638197536, "-122.27652043104171753", "37.80518485897756165",
        "9q9p1d0znt0")]
    [InlineData(2.3522, 48.8566, 3663832779122514, "2.35219806432723999", "48.8565995303492997", "u09tvw0f640")]
    [InlineData(0.00001, -0.00001, 2627099782632786, "0.00000804662704468", "-0.00000887152405227", "kpbpbpbpbn0")]
    [InlineData(179.999999, 85, 4503599353409466, "179.99999731779098511", "84.99999965213439168", "zzpgxczbzu0")]
    [InlineData(-0.0000001, 0.0000001, 1876499844737706, "-0.00000268220901489", "0.00000126736058093", "ebpbpbpbpb0")]
    public void A_place_is_stored_and_shown_as_in_Redis(
        double longitude, double latitude, double score, string shownLongitude, string shownLatitude, string geohash)
    {
        Assert.Equal(score, GeoCell.ScoreOf(new GeoPoint(longitude, latitude)));
        var stored = GeoCell.PointOf(score);
        Assert.Equal(shownLongitude, Coordinate(stored.Longitude));
        Assert.Equal(shownLatitude, Coordinate(stored.Latitude));
        Span<byte> text = stackalloc byte[GeoText.GeohashLength];
        GeoText.FormatGeohash(text, stored);
        Assert.Equal(geohash, Encoding.ASCII.GetString(text));
    }

    [Theory]
    [InlineData(3479099956230698, 3479447370796909, "166274.1516")]
    [InlineData(0, 13510798882111488, "18919844.5891")]
    [InlineData(3377699720527872, 1367952638197536, "12786100.3840")]
    [InlineData(3663832779122514, 1367952638197536, "8946212.4839")]
    [InlineData(3377699720527872, 2627099782632786, "1.2758")]
    [InlineData(4503599353409466, 0, "18914157.6854")]
    [InlineData(3663832779122514, 3663832779122514, "0.0000")]
    [InlineData(3377699720527872, 1876499844737706, "0.5967")]
    public void A_distance_is_that_of_Redis(double from, double to, string metres) =>
        Assert.Equal(metres, Distance(GeoDistance.Between(GeoCell.PointOf(from), GeoCell.PointOf(to))));

    [Theory]
    [InlineData("m", 1)]
    [InlineData("KM", 1000)]
    [InlineData("ft", 0.3048)]
    [InlineData("Mi", 1609.34)]
    public void Units_are_known_in_any_case(string unit, double metres)
    {
        Assert.True(GeoUnit.TryParse(Encoding.ASCII.GetBytes(unit), out var found));
        Assert.Equal(metres, found);
        Assert.False(GeoUnit.TryParse(Encoding.ASCII.GetBytes(unit + "s"), out _));
    }

    // The binary halves of the last digit go to the even one, as printf has it.
    [Theory]
    [InlineData(0.03125, "0.0312")]
    [InlineData(0.09375, "0.0938")]
    [InlineData(-0.03125, "-0.0312")]
    [InlineData(1.15625, "1.1562")]
    [InlineData(1.21875, "1.2188")]
    [InlineData(0.99999, "1.0000")]
    [InlineData(20015077.96875, "20015077.9688")]
    [InlineData(123456.00005, "123456.0001")]
    public void Distances_have_four_decimals(double value, string text) => Assert.Equal(text, Distance(value));

    [Theory]
    [InlineData(3.814697265625E-06, "0.00000381469726562")]
    [InlineData(1.1444091796875E-05, "0.00001144409179688")]
    [InlineData(90, "90")]
    [InlineData(-0.0, "0")]
    [InlineData(-1e-20, "0")]
    [InlineData(0.5, "0.5")]
    [InlineData(100, "100")]
    [InlineData(0.1, "0.10000000000000001")]
    public void Coordinates_have_seventeen_decimals_at_most(double value, string text) =>
        Assert.Equal(text, Coordinate(value));

    [Fact]
    public void A_stored_place_is_in_its_cell_and_keeps_its_score() =>
        Anywhere.Sample(point =>
        {
            var cell = GeoCell.Of(point, GeoCell.MostSteps);
            var area = cell.Area;
            Assert.InRange(point.Longitude, area.West - 1e-9, area.East + 1e-9);
            Assert.InRange(point.Latitude, area.South - 1e-9, area.North + 1e-9);
            Assert.Equal((double)cell.Bits, GeoCell.ScoreOf(GeoCell.PointOf(cell.Bits)));
        });

    // 54 bits do not fit into a double: the last one, of the latitude, is lost.
    [Fact]
    public void A_score_on_the_eastern_edge_is_rounded_as_a_double_is()
    {
        var cell = GeoCell.Of(new GeoPoint(180, -85.051125), GeoCell.MostSteps);
        Assert.Equal(0x20_0000_0000_0000UL, GeoCell.Of(new GeoPoint(180, -85.05112878), GeoCell.MostSteps).Bits);
        Assert.Equal(1UL, cell.Bits & 1);
        Assert.Equal((double)(cell.Bits & ~1UL), GeoCell.ScoreOf(new GeoPoint(180, -85.051125)));
    }

    [Fact]
    public void Each_cell_holds_the_scores_of_its_places() =>
        Gen.Select(Anywhere, Gen.Int[1, GeoCell.MostSteps]).Sample((point, step) =>
            Assert.True(GeoCell.Of(point, step).Scores.Contains(GeoCell.ScoreOf(point))));

    [Fact]
    public void Neighbours_share_an_edge_and_lead_back() =>
        Gen.Select(Anywhere, Gen.Int[2, GeoCell.MostSteps], Gen.Int[-1, 1], Gen.Int[-1, 1]).Sample(
            (point, step, east, north) =>
        {
            var cell = GeoCell.Of(point, step);
            var neighbour = cell.Neighbour(east, north);
            Assert.Equal(cell, neighbour.Neighbour(-east, -north));
            var (from, to) = (cell.Area, neighbour.Area);
            var atEdge = (east > 0 && from.East >= 180) || (east < 0 && from.West <= -180)
                || (north > 0 && from.North >= GeoPoint.MostLatitude - 1e-9)
                || (north < 0 && from.South <= -GeoPoint.MostLatitude + 1e-9);
            if (atEdge)
                return;
            Assert.Equal(
                east == 0 ? from.West : east > 0 ? from.East : from.West - (from.East - from.West), to.West, 1e-6);
            Assert.Equal(north == 0 ? from.South : north > 0
                ? from.North : from.South - (from.North - from.South), to.South, 1e-6);
        });

    [Fact]
    public void A_place_on_the_edge_of_the_world_has_a_cell_of_its_own_beyond()
    {
        var corner = GeoCell.Of(new GeoPoint(GeoPoint.MostLongitude, GeoPoint.MostLatitude), 3);
        Assert.Equal(0b11_000000UL, corner.Bits);
        Assert.Equal(corner, corner.Neighbour(0, 0));
        Assert.Equal(0b10_000001UL, corner.Neighbour(0, 1).Bits);
        Assert.Equal(0b01_101010UL, corner.Neighbour(-1, 0).Bits);
        Assert.Equal(0b00_111111UL, corner.Neighbour(-1, -1).Bits);
    }

    [Fact]
    public void Distance_is_symmetric_and_zero_only_to_itself() =>
        Gen.Select(Anywhere, Anywhere).Sample((a, b) =>
        {
            Assert.Equal(GeoDistance.Between(a, b), GeoDistance.Between(b, a), 1e-6);
            Assert.Equal(0, GeoDistance.Between(a, a));
            Assert.InRange(GeoDistance.Between(a, b), 0, Math.PI * GeoDistance.EarthRadius + 1e-6);
        });

    // Where the search neither crosses the 180th meridian nor comes near to a pole; Redis finds less there, and so do
    // we.
    [Fact]
    public void A_search_looks_at_every_place_inside() =>
        Gen.Select(
            Gen.Double[-90, 90], Gen.Double[-55, 55], Gen.Double[1, 1_500_000], Gen.Double[0.1, 1], Gen.Bool,
            Gen.Double[-1, 1], Gen.Double[-1, 1]).Sample((longitude, latitude, size, ratio, isCircle, east, north) =>
            {
                var center = new GeoPoint(longitude, latitude);
                var shape = isCircle
                    ? GeoShape.Circle(center, size, GeoUnit.Metre)
                    : GeoShape.Box(center, size * 2, size * 2 * ratio, GeoUnit.Metre);
                var bounds = shape.Bounds;
                var place = GeoCell.PointOf(GeoCell.ScoreOf(new GeoPoint(
                    longitude + (east * (bounds.East - longitude)), latitude + (north * (bounds.North - latitude)))));
                if (!shape.Contains(place, out var distance))
                    return;

                // A corner of a box on a sphere is further than in a plane, but no further than along two of its sides.
                Assert.InRange(distance, 0, shape.Reach * Math.Sqrt(2) * 1.001);
                Span<GeoCell> cells = stackalloc GeoCell[GeoSearchCells.Most];
                cells = cells[..GeoSearchCells.Find(shape, cells)];
                var isSeen = false;
                foreach (var cell in cells)
                    isSeen |= cell.Scores.Contains(GeoCell.ScoreOf(place));
                Assert.True(isSeen, $"{place} is {distance} m away and in none of {cells.Length} cells");
            });

    [Theory]
    [InlineData(0, 0, 26)]
    [InlineData(1, 0, 24)]
    [InlineData(1000, 0, 14)]
    [InlineData(1000, 70, 13)]
    [InlineData(1000, -81, 12)]
    [InlineData(1e9, 0, 1)]
    public void Cells_are_about_as_large_as_the_search(double reach, double latitude, int step) =>
        Assert.Equal(step, GeoSearchCells.EstimateStep(reach, latitude));

    private static string Coordinate(double value)
    {
        Span<byte> text = stackalloc byte[GeoText.MostNumberLength];
        return Encoding.ASCII.GetString(text[..GeoText.FormatCoordinate(text, value)]);
    }

    private static string Distance(double value)
    {
        Span<byte> text = stackalloc byte[GeoText.MostNumberLength];
        return Encoding.ASCII.GetString(text[..GeoText.FormatDistance(text, value)]);
    }
}
