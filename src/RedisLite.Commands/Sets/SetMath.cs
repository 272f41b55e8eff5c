using RedisLite.Storage.Values;

namespace RedisLite.Commands.Sets;

/// <summary>Intersections, unions and differences of sets that are held. Any thread, no lock.</summary>
internal static class SetMath
{
    // Members are taken out of a copy, rather than the rest put together, while all to take out are less than one in so
    // many.
    private const long FewOf = 4;

    /// <param name="kind">What to do.</param>
    /// <param name="sources">At least one; those of missing keys are empty. Their order stays.</param>
    /// <param name="maxIntegers">Members up to which a set of integers is an intset.</param>
    /// <param name="limit">Where to stop counting.</param>
    /// <param name="count">For <see cref="SetOperationKind.IntersectionCount"/>, which has no result.</param>
    /// <param name="result">Nothing at first; the caller's whatever happens, perhaps empty.</param>
    public static void Compute(
        SetOperationKind kind, HeldCollection[] sources, int maxIntegers, long limit, out long count,
        ref HeldCollection result)
    {
        count = 0;
        switch (kind)
        {
            case SetOperationKind.Union:
                Unite(sources, maxIntegers, ref result);
                break;
            case SetOperationKind.Difference:
                Subtract(sources, maxIntegers, ref result);
                break;
            case SetOperationKind.IntersectionCount:
                count = CountCommon(sources, limit);
                break;
            default:
                Intersect(sources, maxIntegers, ref result);
                break;
        }
    }

    private static void Intersect(HeldCollection[] sources, int maxIntegers, ref HeldCollection result)
    {
        var ordered = BySize(sources);
        if (ordered[0].IsEmpty)
            return;
        result = ordered[0].NewLike();
        var set = result.Set;
        for (var cursor = ordered[0].Set.At(0); cursor.IsValid; cursor.MoveNext())
            if (IsInAll(ordered, cursor.Member))
                set.Add(cursor.Member, maxIntegers);
    }

    private static long CountCommon(HeldCollection[] sources, long limit)
    {
        var ordered = BySize(sources);
        long count = 0;
        if (ordered[0].IsEmpty)
            return count;
        for (var cursor = ordered[0].Set.At(0); cursor.IsValid && count < limit; cursor.MoveNext())
            if (IsInAll(ordered, cursor.Member))
                count++;
        return count;
    }

    /// <summary>
    /// Adds all others to a copy of the largest, of which only those pages are written that something comes to.
    /// </summary>
    private static void Unite(HeldCollection[] sources, int maxIntegers, ref HeldCollection result)
    {
        var ordered = BySize(sources);
        ref var largest = ref ordered[^1];
        if (largest.IsEmpty)
            return;
        var isShared = IsLargeForm(ref largest, maxIntegers);
        result = isShared ? largest.Share() : largest.NewLike();
        var set = result.Set;
        for (var i = isShared ? ordered.Length - 2 : ordered.Length - 1; i >= 0 && !ordered[i].IsEmpty; i--)
            for (var cursor = ordered[i].Set.At(0); cursor.IsValid; cursor.MoveNext())
                set.Add(cursor.Member, maxIntegers);
    }

    private static void Subtract(HeldCollection[] sources, int maxIntegers, ref HeldCollection result)
    {
        if (sources[0].IsEmpty)
            return;
        long others = 0;
        foreach (ref var source in sources.AsSpan(1))
            others += source.IsEmpty ? 0 : source.Set.Count;
        var size = sources[0].Set.Count;
        if (IsLargeForm(ref sources[0], maxIntegers) && others < (size - maxIntegers) / FewOf)
            TakeOut(sources, ref result);
        else
            KeepRest(sources, maxIntegers, ref result);
    }

    private static void TakeOut(HeldCollection[] sources, ref HeldCollection result)
    {
        result = sources[0].Share();
        var set = result.Set;
        foreach (ref var source in sources.AsSpan(1))
        {
            if (source.IsEmpty)
                continue;
            for (var cursor = source.Set.At(0); cursor.IsValid; cursor.MoveNext())
                set.Remove(cursor.Member);
        }
    }

    private static void KeepRest(HeldCollection[] sources, int maxIntegers, ref HeldCollection result)
    {
        result = sources[0].NewLike();
        var set = result.Set;
        for (var cursor = sources[0].Set.At(0); cursor.IsValid; cursor.MoveNext())
            if (!IsInAny(sources.AsSpan(1), cursor.Member))
                set.Add(cursor.Member, maxIntegers);
    }

    /// <summary>
    /// Whether what is made of it will have the form that it has, unless it loses most of its members.
    /// </summary>
    private static bool IsLargeForm(ref HeldCollection source, int maxIntegers) =>
        source.Set.Count > maxIntegers && !source.Set.IsIntegers;

    private static bool IsInAll(HeldCollection[] ordered, scoped ReadOnlySpan<byte> member)
    {
        foreach (ref var source in ordered.AsSpan(1))
            if (!source.Set.Contains(member))
                return false;
        return true;
    }

    private static bool IsInAny(Span<HeldCollection> sources, scoped ReadOnlySpan<byte> member)
    {
        foreach (ref var source in sources)
            if (!source.IsEmpty && source.Set.Contains(member))
                return true;
        return false;
    }

    /// <summary>The smallest first: the same references, which stay the caller's.</summary>
    private static HeldCollection[] BySize(HeldCollection[] sources)
    {
        if (sources.Length == 1)
            return sources;
        var sizes = new long[sources.Length];
        for (var i = 0; i < sources.Length; i++)
            sizes[i] = sources[i].IsEmpty ? 0 : sources[i].Set.Count;
        var ordered = (HeldCollection[])sources.Clone();
        Array.Sort(sizes, ordered);
        return ordered;
    }
}
