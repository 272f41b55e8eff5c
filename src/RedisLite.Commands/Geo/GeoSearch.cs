using RedisLite.Storage.Values;

namespace RedisLite.Commands.Geo;

/// <summary>A place that a search has found.</summary>
/// <param name="Rank">Of the member in the sorted set that was searched.</param>
/// <param name="Score">Its score.</param>
/// <param name="Distance">From the centre, in metres.</param>
internal readonly record struct GeoMatch(long Rank, double Score, double Distance);

/// <summary>Finds the places of a sorted set inside a shape.</summary>
internal static class GeoSearch
{
    /// <summary>Members that a search looks at: those in all cells around its shape.</summary>
    public static long CountCandidates(SortedSetValue set, in GeoShape shape)
    {
        Span<GeoCell> cells = stackalloc GeoCell[GeoSearchCells.Most];
        var count = 0L;
        foreach (var cell in cells[..GeoSearchCells.Find(shape, cells)])
            count += Math.Max(0, set.CountBelow(cell.Scores.End, inclusive: false) - set.CountBelow(
                cell.Scores.First, inclusive: false));
        return count;
    }

    /// <summary>Finds, orders and cuts off as the query says.</summary>
    public static List<GeoMatch> Run(SortedSetValue set, GeoQuery query)
    {
        var matches = new List<GeoMatch>();
        Span<GeoCell> cells = stackalloc GeoCell[GeoSearchCells.Most];
        var shape = query.Shape;
        var enough = query.IsAny ? query.Count : long.MaxValue;
        foreach (var cell in cells[..GeoSearchCells.Find(shape, cells)])
        {
            if (matches.Count < enough)
                FindIn(set, cell.Scores, shape, enough, matches);
        }

        Order(matches, query.EffectiveOrder);
        if (query.Count != 0 && matches.Count > query.Count)
            matches.RemoveRange((int)query.Count, matches.Count - (int)query.Count);
        return matches;
    }

    private static void FindIn(
        SortedSetValue set, GeoScoreRange scores, in GeoShape shape, long enough, List<GeoMatch> matches)
    {
        var rank = set.CountBelow(scores.First, inclusive: false);
        for (var cursor = set.At(rank); cursor.IsValid && scores.Contains(cursor.Score)
            && matches.Count < enough; cursor.MoveNext(), rank++)
        {
            if (shape.Contains(GeoCell.PointOf(cursor.Score), out var distance))
                matches.Add(new GeoMatch(rank, cursor.Score, distance));
        }
    }

    /// <summary>Orders by distance; equal ones stay as they were found.</summary>
    private static void Order(List<GeoMatch> matches, GeoOrder order)
    {
        if (order == GeoOrder.None)
            return;
        var sign = order == GeoOrder.Ascending ? 1 : -1;
        var sorted = new (double Distance, int Found)[matches.Count];
        for (var i = 0; i < sorted.Length; i++)
            sorted[i] = (matches[i].Distance, i);
        Array.Sort(sorted, (a, b) => a.Distance == b.Distance
            ? a.Found.CompareTo(b.Found) : sign * a.Distance.CompareTo(b.Distance));
        GeoMatch[] found = [.. matches];
        for (var i = 0; i < sorted.Length; i++)
            matches[i] = found[sorted[i].Found];
    }
}
