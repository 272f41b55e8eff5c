namespace RedisLite.Core.Tests.Commands;

/// <summary>Single commands on places.</summary>
public sealed class GeoCommandTests
{
    private const string Sicily = "GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania";

    [Theory]
    [InlineData("", Sicily, ":2")]
    [InlineData(Sicily, "GEOADD g XX CH 13.5 38.2 Palermo 1 1 x", ":1")]
    [InlineData(Sicily, "GEOADD g NX CH 13.5 38.2 Palermo 1 1 x", ":1")]
    [InlineData("", "GEOADD g NX XX 1 1 a", "-ERR syntax error")]
    [InlineData("", "GEOADD g 1 1 a 2", "-ERR syntax error")]
    [InlineData("", "GEOADD g 200 1 a", "-ERR invalid longitude,latitude pair 200.000000,1.000000")]
    [InlineData("", "GEOADD g 1 1 a x 1 b", "-ERR value is not a valid float")]
    [InlineData(Sicily, "GEODIST g Palermo Catania km", "$8 166.2742")]
    [InlineData(Sicily, "GEODIST g Palermo x", "$-1")]
    [InlineData(Sicily, "GEODIST g Palermo Catania yd", "-ERR unsupported unit provided. please use M, KM, FT, MI")]
    [InlineData(Sicily, "GEOHASH g Palermo x", "*2 $11 sqc8b49rny0 $-1")]
    [InlineData(Sicily, "GEOPOS g Palermo x", "*2 *2 $20 13.36138933897018433 $20 38.11555639549629859 *-1")]
    [InlineData("SET g v", "GEOPOS g a", "-WRONGTYPE Operation against a key holding the wrong kind of value")]
    public void Places(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData(Sicily, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC", "*2 $7 Catania $7 Palermo")]
    [InlineData(Sicily, "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC COUNT 1 WITHDIST",
        "*1 *2 $7 Catania $7 56.4413")]
    [InlineData(Sicily, "GEOSEARCH g FROMMEMBER Palermo BYBOX 400 400 km DESC WITHHASH",
        "*2 *2 $7 Catania :3479447370796909 *2 $7 Palermo :3479099956230698")]
    [InlineData(Sicily, "GEOSEARCH g FROMMEMBER x BYBOX 400 400 km", "-ERR could not decode requested zset member")]
    [InlineData("", "GEOSEARCH g FROMMEMBER x BYBOX 400 400 km", "*0")]
    [InlineData("", "geosearch g BYBOX 4 4 km ASC",
        "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch")]
    [InlineData("", "GEOSEARCH g FROMLONLAT 1 1 ASC ASC",
        "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH")]
    [InlineData("", "GEOSEARCH g FROMLONLAT 1 1 BYRADIUS -1 m", "-ERR radius cannot be negative")]
    [InlineData("", "GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 m ANY", "-ERR the ANY argument requires COUNT argument")]
    [InlineData(Sicily, "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 100 km", ":1")]
    [InlineData(Sicily, "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 100 km STOREDIST", ":1")]
    [InlineData("SET d v", "GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 100 km", ":0")]
    [InlineData("", "GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1 m WITHDIST",
        "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options")]
    [InlineData(Sicily, "GEORADIUS g 15 37 200 km", "*2 $7 Palermo $7 Catania")]
    [InlineData(Sicily, "GEORADIUS g 15 37 200 km STORE d", ":2")]
    [InlineData(Sicily, "GEORADIUS g 15 37 200 km STOREDIST g", ":2")]
    [InlineData(Sicily, "GEORADIUS g 15 37 200 km STORE d WITHDIST",
        "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options")]
    [InlineData(Sicily, "GEORADIUSBYMEMBER g Palermo 10 km", "*1 $7 Palermo")]
    [InlineData(Sicily, "GEORADIUS_RO g 15 37 100 km", "*1 $7 Catania")]
    [InlineData(Sicily, "GEORADIUS_RO g 15 37 100 km STORE d", "-ERR syntax error")]
    [InlineData(Sicily, "GEORADIUSBYMEMBER_RO g Catania 10 km", "*1 $7 Catania")]
    public void Searches(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Fact]
    public void Places_are_logged_as_scores()
    {
        using var harness = new CommandHarness();
        harness.Given("GEOADD g CH 13.361389 38.115556 Palermo");
        Assert.Equal("ZADD g CH 3479099956230698 Palermo", harness.TakeLog());
    }
}
