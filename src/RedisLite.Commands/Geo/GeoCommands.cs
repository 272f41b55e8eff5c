using RedisLite.Commands.SortedSets;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Geo;

/// <summary>GEOADD, GEODIST, GEOHASH, GEOPOS: places in a sorted set, whose scores are their cells.</summary>
internal static class GeoCommands
{
    // Scores of one request that are kept on the stack.
    private const int FewScores = 32;

    [Command("GEOADD", Arity = -5, Keys = "RW:update 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.Geo,
        Since = "3.2.0",
        Complexity = "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        Syntax = "key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]",
        Summary = "Add one or more geospatial items in the geospatial index represented using a sorted set")]
    public static void Add(ref CommandContext ctx)
    {
        var rules = ScoreRules.None;
        var countsUpdates = false;
        var options = new ArgReader(ctx.Args, first: 2);
        while (options.HasMore)
        {
            if (options.TryTake("NX"u8))
                rules |= ScoreRules.OnlyNew;
            else if (options.TryTake("XX"u8))
                rules |= ScoreRules.OnlyPresent;
            else if (options.TryTake("CH"u8))
                countsUpdates = true;
            else
                break;
        }

        if (options.Remaining == 0 || options.Remaining % 3 != 0
            || rules == (ScoreRules.OnlyNew | ScoreRules.OnlyPresent))
            ctx.Reply.Error(Errors.Syntax);
        else
            Add(ref ctx, options.Position, rules, countsUpdates);
    }

    [Command("GEODIST", Arity = -4, Keys = "R 1", Group = CommandGroup.Geo, Since = "3.2.0", Complexity = "O(log(N))",
        Syntax = "key member1 member2 [M | KM | FT | MI]",
        Summary = "Returns the distance between two members of a geospatial index")]
    public static void Distance(ref CommandContext ctx)
    {
        var metres = GeoUnit.Metre;
        if (ctx.Args.Count == 5 && !GeoArguments.TryReadUnit(ref ctx, 4, out metres))
            return;
        if (ctx.Args.Count > 5)
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        if (exists
            && ctx.Keyspace.SortedSetOf(entry).TryGetScore(ctx.Args[2], out var from)
            && ctx.Keyspace.SortedSetOf(entry).TryGetScore(ctx.Args[3], out var to))
            GeoReply.WriteDistance(ctx.Reply, GeoDistance.Between(GeoCell.PointOf(from), GeoCell.PointOf(to)) / metres);
        else
            ctx.Reply.Null();
    }

    [Command("GEOHASH", Arity = -2, Keys = "R 1", Group = CommandGroup.Geo, Since = "3.2.0",
        Complexity = "O(log(N)) for each member requested, where N is the number of elements in the sorted set.",
        Syntax = "key member [member ...]",
        Summary = "Returns members of a geospatial index as standard geohash strings")]
    public static void Hash(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        ctx.Reply.Array(ctx.Args.Count - 2);
        Span<byte> text = stackalloc byte[GeoText.GeohashLength];
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (exists && ctx.Keyspace.SortedSetOf(entry).TryGetScore(ctx.Args[i], out var score))
            {
                GeoText.FormatGeohash(text, GeoCell.PointOf(score));
                ctx.Reply.Bulk(text);
            }
            else
            {
                ctx.Reply.Null();
            }
        }
    }

    [Command("GEOPOS", Arity = -2, Keys = "R 1", Group = CommandGroup.Geo, Since = "3.2.0",
        Complexity = "O(N) where N is the number of members requested.", Syntax = "key member [member ...]",
        Summary = "Returns longitude and latitude of members of a geospatial index")]
    public static void Position(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        ctx.Reply.Array(ctx.Args.Count - 2);
        for (var i = 2; i < ctx.Args.Count; i++)
        {
            if (exists && ctx.Keyspace.SortedSetOf(entry).TryGetScore(ctx.Args[i], out var score))
                GeoReply.WritePlace(ctx.Reply, GeoCell.PointOf(score));
            else
                ctx.Reply.NullArray();
        }
    }

    private static void Add(ref CommandContext ctx, int first, ScoreRules rules, bool countsUpdates)
    {
        var places = (ctx.Args.Count - first) / 3;
        Span<double> scores = places <= FewScores ? stackalloc double[FewScores] : new double[places];
        for (var i = 0; i < places; i++)
        {
            if (!GeoArguments.TryReadPlace(ref ctx, first + (3 * i), out var place))
                return;
            scores[i] = GeoCell.ScoreOf(place);
        }

        AddCommands.Update(ref ctx, first + 2, memberStep: 3, scores[..places], rules, countsUpdates);
        if (ctx.Changes != 0 && ctx.IsLogged)
            LogAsAdd(ref ctx, first, scores[..places]);
    }

    /// <summary>Any reader of the log knows ZADD and its scores, and needs no trigonometry.</summary>
    private static void LogAsAdd(scoped ref CommandContext ctx, int first, scoped ReadOnlySpan<double> scores)
    {
        var effect = ctx.PropagateAs(first + (2 * scores.Length));
        effect.Bulk("ZADD"u8);
        for (var i = 1; i < first; i++)
            effect.Bulk(ctx.Args[i]);
        for (var i = 0; i < scores.Length; i++)
        {
            effect.BulkInteger((long)scores[i]);
            effect.Bulk(ctx.Args[first + (3 * i) + 2]);
        }
    }
}
