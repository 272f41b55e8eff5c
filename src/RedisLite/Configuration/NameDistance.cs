namespace RedisLite.Configuration;

/// <summary>Finds what an unknown name may have been meant to be.</summary>
internal static class NameDistance
{
    /// <summary>The candidate with the fewest edits from <paramref name="name"/>, or null when none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> candidates)
    {
        string? nearest = null;
        var best = int.MaxValue;
        foreach (var candidate in candidates)
        {
            var edits = Edits(name, candidate);
            if (edits < best)
                (nearest, best) = (candidate, edits);
        }

        return best <= Math.Max(2, name.Length / 3) ? nearest : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that lead from one to the other.</summary>
    public static int Edits(string from, string to)
    {
        var previous = new int[to.Length + 1];
        var row = new int[to.Length + 1];
        var before = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++)
            row[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            (before, previous, row) = (previous, row, before);
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(previous[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
        }

        return row[to.Length];
    }
}
