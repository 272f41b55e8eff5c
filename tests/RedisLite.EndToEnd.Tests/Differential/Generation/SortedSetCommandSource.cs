namespace RedisLite.EndToEnd.Tests.Differential.Generation;

/// <summary>Random commands on sorted sets and places, with every option, valid and not.</summary>
/// <remarks>
/// Left out is what Redis itself leaves open: ranges of members over several scores, whose outcome in a skiplist is a
/// matter of chance; and minus zero, which it keeps in skiplists and not in listpacks.
/// </remarks>
internal static class SortedSetCommandSource
{
    public static readonly CommandTemplate[] SortedSets =
    [
        r => ["ZADD", Key(r), .. Rules(r), .. Pairs(r)],
        r => ["ZADD", Key(r), .. Pairs(r)],
        r => ["ZADD", Key(r), .. Pairs(r)],
        r => ["ZADD", Lex(r), .. r.Many(4, () => Member(r)).SelectMany(member => new[] { "0", member })],
        r => ["ZINCRBY", Key(r), Score(r), Member(r)],
        r => ["ZSCORE", Key(r), Member(r)],
        r => ["ZMSCORE", Key(r), .. r.Many(3, () => Member(r))],
        r => [r.OneOf("ZRANK", "ZREVRANK"), Key(r), Member(r)],
        r => ["ZCARD", Key(r)],
        r => ["ZCOUNT", Key(r), Bound(r), Bound(r)],
        r => ["ZLEXCOUNT", Lex(r), LexBound(r), LexBound(r)],
        r => ["ZRANGE", Key(r), Index(r), Index(r), .. Maybe(r, "REV"), .. Maybe(r, "WITHSCORES")],
        r =>
            ["ZRANGE", Key(r), Bound(r), Bound(r), "BYSCORE", .. Maybe(r, "REV"), .. Limit(r), .. Maybe(
                r, "WITHSCORES")],
        r => ["ZRANGE", Lex(r), LexBound(r), LexBound(r), "BYLEX", .. Maybe(r, "REV"), .. Limit(r)],
        r => ["ZREVRANGE", Key(r), Index(r), Index(r), .. Maybe(r, "WITHSCORES")],
        r =>
            [r.OneOf("ZRANGEBYSCORE", "ZREVRANGEBYSCORE"), Key(r), Bound(r), Bound(r), .. Maybe(
                r, "WITHSCORES"), .. Limit(r)],
        r => [r.OneOf("ZRANGEBYLEX", "ZREVRANGEBYLEX"), Lex(r), LexBound(r), LexBound(r), .. Limit(r)],
        r => ["ZRANGESTORE", Key(r), Key(r), Index(r), Index(r), .. Maybe(r, "REV")],
        r => ["ZRANGESTORE", Key(r), Key(r), Bound(r), Bound(r), "BYSCORE", .. Maybe(r, "REV"), .. Limit(r)],
        r => ["ZRANGESTORE", Lex(r), Lex(r), LexBound(r), LexBound(r), "BYLEX", .. Maybe(r, "REV"), .. Limit(r)],
        r => ["ZREM", Key(r), .. r.Many(3, () => Member(r))],
        r => r.OnceIn(2) ? ["ZREMRANGEBYRANK", Key(r), Index(r), Index(r)] : ["ZCARD", Key(r)],
        r => r.OnceIn(3) ? ["ZREMRANGEBYSCORE", Key(r), Bound(r), Bound(r)] : ["TYPE", Key(r)],
        r => r.OnceIn(3) ? ["ZREMRANGEBYLEX", Lex(r), LexBound(r), LexBound(r)] : ["ZCARD", Lex(r)],
        r =>
            [r.OneOf("ZUNION", "ZINTER"), .. Sources(r, out var count), .. Aggregation(r, count), .. Maybe(
                r, "WITHSCORES")],
        r => ["ZDIFF", .. Sources(r, out _), .. Maybe(r, "WITHSCORES")],
        r => [r.OneOf("ZUNIONSTORE", "ZINTERSTORE"), Key(r), .. Sources(r, out var count), .. Aggregation(r, count)],
        r => ["ZDIFFSTORE", Key(r), .. Sources(r, out _)],
        r => ["ZINTERCARD", .. Sources(r, out _), .. r.OnceIn(2) ? ["LIMIT", Index(r)] : Array.Empty<string>()],
        r => [r.OneOf("ZPOPMIN", "ZPOPMAX"), Key(r), .. r.OnceIn(2) ? [Index(r)] : Array.Empty<string>()],
        r =>
            ["ZMPOP", .. Sources(r, out _), r.OneOf("MIN", "MAX", "max"), .. r.OnceIn(2)
                ? ["COUNT", Index(r)] : Array.Empty<string>()],
        r => [r.OneOf("BZPOPMIN", "BZPOPMAX"), Key(r), Key(r), r.OneOf("0.001", "0.001", "-1", "abc")],
        r =>
            ["BZMPOP", "0.001", .. Sources(r, out _), r.OneOf("MIN", "MAX"), .. r.OnceIn(2)
                ? ["COUNT", Index(r)] : Array.Empty<string>()],
        r => ["OBJECT", "ENCODING", Key(r)],
        r =>
            r.OnceIn(3) ? ["CONFIG", "SET", "zset-max-listpack-entries", r.OneOf("0", "3", "128")] : ["EXISTS", Key(r)],
        r => r.OnceIn(3) ? ["SET", "k5", "text"] : ["DEL", "k5"],
    ];

    public static readonly CommandTemplate[] Geo =
    [
        r => ["GEOADD", "g", .. Maybe(r, "NX"), .. Maybe(r, "CH"), .. Place(r), Member(r)],
        r => ["GEOADD", "g", .. Place(r), Member(r), .. Place(r), Member(r)],
        r => ["GEOADD", "g", .. r.OnceIn(4) ? ["XX"] : Array.Empty<string>(), .. Place(r), Member(r)],
        r => ["GEODIST", "g", Member(r), Member(r), .. r.OnceIn(2) ? [Unit(r)] : Array.Empty<string>()],
        r => ["GEOPOS", "g", Member(r), Member(r)],
        r => ["GEOHASH", "g", Member(r), Member(r)],
        r => ["GEOSEARCH", "g", .. Center(r), .. Area(r), r.OneOf("ASC", "DESC"), .. GeoCount(r), .. Details(r)],
        r => ["GEOSEARCH", "g", .. Center(r), .. Area(r)],
        r => ["GEOSEARCHSTORE", "g2", "g", .. Center(r), .. Area(r), .. GeoCount(r), .. Maybe(r, "STOREDIST")],
        r =>
            ["GEORADIUS", "g", .. Place(r), r.OneOf("1", "100", "1000"), Unit(r), r.OneOf("ASC", "DESC"), .. GeoCount(
                r), .. Details(r)],
        r => ["GEORADIUS", "g", .. Place(r), r.OneOf("1", "100", "1000"), Unit(r), r.OneOf("STORE", "STOREDIST"), "g2"],
        r => ["GEORADIUSBYMEMBER", "g", Member(r), r.OneOf("1", "100", "1000"), Unit(r), "ASC", .. Details(r)],
        r => ["GEORADIUSBYMEMBER_RO", "g", Member(r), r.OneOf("1", "100", "-1"), Unit(r), "ASC", .. Details(r)],
        r => ["GEORADIUS_RO", "g", .. Place(r), r.OneOf("1", "100", "x"), Unit(r), "DESC", .. GeoCount(r)],
        r => ["ZRANGE", "g2", "0", "-1", "WITHSCORES"],
        r => r.OnceIn(5) ? ["ZREM", "g", .. r.Many(3, () => Member(r))] : ["ZCARD", "g"],
    ];

    private static string Key(RandomArguments r) => r.OneOf("k0", "k1", "k2", "k3", "k4", "k5");

    private static string Lex(RandomArguments r) => r.OneOf("l0", "l1");

    private static string Member(RandomArguments r) => r.OnceIn(40) ? r.Letters(70) : r.Letters(1 + r.Next(2));

    private static string Score(RandomArguments r) => r.OnceIn(25)
        ? r.OneOf("", "abc", "nan", " 1", "1e400", "--1")
        : r.OneOf(
            "0", "1", "2", "3", "-1", "0.5", "1.5", "-2.25", "3.3", "inf", "-inf", "1e5", "123456.789", "0x10", ".5");

    private static string Bound(RandomArguments r) => r.OnceIn(3) ? "(" + Score(r) : Score(r);

    private static string LexBound(RandomArguments r) => r.Next(12) switch
    {
        0 or 1 or 2 => "-",
        3 or 4 or 5 => "+",
        6 => r.OneOf("", "a", "-a", "(", "["),
        _ => r.OneOf("[", "(") + Member(r),
    };

    private static string Index(RandomArguments r) => r.OnceIn(25) ? r.Index() : $"{r.Next(17) - 8}";

    private static string[] Maybe(RandomArguments r, string option) => r.OnceIn(3) ? [option] : [];

    private static string[] Limit(RandomArguments r) => r.OnceIn(3) ? ["LIMIT", Index(r), Index(r)] : [];

    private static string[] Pairs(RandomArguments r) =>
        r.Many(4, () => "").SelectMany(_ => new[] { Score(r), Member(r) }).ToArray();

    private static string[] Rules(RandomArguments r) =>
        new[] { "NX", "XX", "GT", "LT", "CH", "INCR" }.Where(_ => r.OnceIn(7)).ToArray();

    private static string[] Sources(RandomArguments r, out int count)
    {
        var keys = r.Many(3, () => Key(r));
        count = keys.Length;
        return [r.OnceIn(25) ? r.OneOf("0", "-1", "4", "abc") : $"{count}", .. keys];
    }

    private static List<string> Aggregation(RandomArguments r, int sources)
    {
        var options = new List<string>();
        if (r.OnceIn(3))
            options.AddRange(
                ["WEIGHTS", .. Enumerable.Range(0, sources).Select(_ => r.OneOf("1", "2", "0.5", "10", "inf", "3.7"))]);
        if (r.OnceIn(3))
            options.AddRange(["AGGREGATE", r.OneOf("SUM", "MIN", "max", "AVG")]);
        return options;
    }

    private static string[] Place(RandomArguments r) => r.OnceIn(4)
        ? [$"{r.Next(363) - 181}.{r.Next(10)}", $"{r.Next(173) - 86}.{r.Next(10)}"]
        : [$"10.{r.Next(10000):0000}", $"50.{r.Next(10000):0000}"];

    private static string Unit(RandomArguments r) => r.OnceIn(25) ? "yd" : r.OneOf("m", "km", "ft", "mi", "KM");

    private static string[] Center(RandomArguments r) =>
        r.OnceIn(2) ? ["FROMMEMBER", Member(r)] : ["FROMLONLAT", .. Place(r)];

    private static string[] Area(RandomArguments r)
    {
        string Size() => r.OneOf("0", "1", "10", "100", "500", "5000", "-1");
        return r.OnceIn(2) ? ["BYRADIUS", Size(), Unit(r)] : ["BYBOX", Size(), Size(), Unit(r)];
    }

    private static string[] GeoCount(RandomArguments r) => r.Next(4) switch
    {
        0 => ["COUNT", $"{r.Next(6)}"],
        1 => ["COUNT", $"{1 + r.Next(5)}", "ANY"],
        _ => [],
    };

    private static string[] Details(RandomArguments r) =>
        new[] { "WITHDIST", "WITHCOORD", "WITHHASH" }.Where(_ => r.OnceIn(2)).ToArray();
}
