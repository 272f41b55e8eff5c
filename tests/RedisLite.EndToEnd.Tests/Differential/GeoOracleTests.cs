using System.Globalization;
using System.Text;
using RedisLite.Commands.Geo;
using RedisLite.EndToEnd.Tests.Support;

namespace RedisLite.EndToEnd.Tests.Differential;

/// <summary>
/// The geo mathematics against redis-server: places as it stores and shows them, and which it finds in which order.
/// </summary>
public sealed class GeoOracleTests
{
    private const int Places = 1000;
    private const double LastDigitShown = 0.000_101;

    private static readonly string[] Units = ["m", "km", "ft", "mi"];

    [SkippableFact]
    public async Task Places_and_distances_are_shown_as_by_redis_server()
    {
        await using var redis = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var random = new Random(11);
        var points = Enumerable.Range(0, Places).Select(_ => RandomPoint(random)).ToArray();
        await AddAsync(client, points);
        for (var i = 0; i < points.Length; i++)
        {
            var score = GeoCell.ScoreOf(points[i]);
            Assert.Equal(score.ToString("F0", CultureInfo.InvariantCulture), (
                await client.CallAsync("ZSCORE", "g", Name(i))).Text);
            var stored = GeoCell.PointOf(score);
            var shown = (await client.CallAsync("GEOPOS", "g", Name(i))).Items[0];
            Assert.Equal(shown.Items[0].Text, Text(stored.Longitude, GeoText.FormatCoordinate));
            Assert.Equal(shown.Items[1].Text, Text(stored.Latitude, GeoText.FormatCoordinate));
            Assert.Equal((await client.CallAsync("GEOHASH", "g", Name(i))).Items[0].Text, Geohash(stored));

            var other = random.Next(points.Length);
            var unit = Units[i % Units.Length];
            Assert.True(GeoUnit.TryParse(Encoding.ASCII.GetBytes(unit), out var metres));
            var distance = GeoDistance.Between(stored, GeoCell.PointOf(GeoCell.ScoreOf(points[other])));
            Assert.Equal(
                (await client.CallAsync("GEODIST", "g", Name(i), Name(other), unit)).Text,
                Text(distance / metres, GeoText.FormatDistance));
        }
    }

    [SkippableFact]
    public async Task Searches_find_what_redis_server_finds_in_its_order()
    {
        await using var redis = await RedisOracle.StartAsync();
        await using var client = await RespClient.ConnectAsync(redis.EndPoint);
        var random = new Random(12);
        var points = Enumerable.Range(0, Places).Select(_ => RandomPoint(random)).ToArray();
        await AddAsync(client, points);
        var sorted = points.Select((point, i) => (Score: GeoCell.ScoreOf(point), Name: Name(i)))
            .OrderBy(item => item.Score).ThenBy(item => item.Name, StringComparer.Ordinal).ToArray();
        var found = 0;
        for (var i = 0; i < 1500; i++)
        {
            var center = RandomPoint(random);
            var unit = Units[random.Next(Units.Length)];
            Assert.True(GeoUnit.TryParse(Encoding.ASCII.GetBytes(unit), out var metres));
            var width = Math.Pow(10, 3 + (random.NextDouble() * 4.4)) / metres;
            var height = random.Next(2) == 0 ? width : width * random.NextDouble();
            var isCircle = random.Next(2) == 0;
            string[] area = isCircle ? ["BYRADIUS", Number(width), unit] : [
                "BYBOX", Number(width), Number(height), unit];
            string[] request = [
                "GEOSEARCH", "g", "FROMLONLAT", Number(center.Longitude), Number(center.Latitude), .. area, "WITHDIST"];
            var theirs = (await client.CallAsync(request)).Items
                .Select(item => (Name: item.Items[0].Text, Distance: double.Parse(
                    item.Items[1].Text, CultureInfo.InvariantCulture))).ToArray();
            var shape = isCircle ? GeoShape.Circle(center, width, metres) : GeoShape.Box(center, width, height, metres);
            var ours = Search(shape, sorted, metres).ToArray();
            Assert.True(
                theirs.Select(item => item.Name).SequenceEqual(ours.Select(item => item.Name)),
                $"{string.Join(' ', request)}\n{string.Join(", ", theirs)}\n{string.Join(", ", ours)}");

            // Redis's distances are those of glibc's sine and arcsine; ours may be a last bit away, and so the last
            // digit shown.
            Assert.All(
                theirs.Zip(ours), pair => Assert.Equal(pair.First.Distance, pair.Second.Distance, LastDigitShown));
            found += ours.Length;
        }

        Assert.True(found > 10_000, $"only {found} places were found");
    }

    private static List<(string Name, double Distance)> Search(
        GeoShape shape, (double Score, string Name)[] sorted, double metres)
    {
        var cells = new GeoCell[GeoSearchCells.Most];
        var found = new List<(string, double)>();
        foreach (var cell in cells.AsSpan(0, GeoSearchCells.Find(shape, cells)))
            foreach (var (score, name) in sorted)
                if (cell.Scores.Contains(score) && shape.Contains(GeoCell.PointOf(score), out var distance))
                    found.Add(
                        (name, double.Parse(
                            Text(distance / metres, GeoText.FormatDistance), CultureInfo.InvariantCulture)));
        return found;
    }

    private static async Task AddAsync(RespClient client, GeoPoint[] points)
    {
        for (var i = 0; i < points.Length; i++)
            await client.CallAsync("GEOADD", "g", Number(points[i].Longitude), Number(points[i].Latitude), Name(i));
    }

    // Everywhere, some on the edges and at round numbers, some close together.
    private static GeoPoint RandomPoint(Random random) => random.Next(6) switch
    {
        0 => new GeoPoint(random.Next(-180, 181), random.Next(-85, 86)),
        1 => new GeoPoint(random.Next(-8, 9) * 22.5, random.Next(-1, 2) * GeoPoint.MostLatitude),
        2 => new GeoPoint(10 + random.NextDouble(), 50 + random.NextDouble()),
        _ => new GeoPoint((random.NextDouble() * 360) - 180, (random.NextDouble() * 170) - 85),
    };

    private static string Name(int i) => $"p{i}";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Geohash(GeoPoint point)
    {
        var text = new byte[GeoText.GeohashLength];
        GeoText.FormatGeohash(text, point);
        return Encoding.ASCII.GetString(text);
    }

    private static string Text(double value, FixedFormat format)
    {
        var text = new byte[GeoText.MostNumberLength];
        return Encoding.ASCII.GetString(text, 0, format(text, value));
    }

    private delegate int FixedFormat(Span<byte> destination, double value);
}
