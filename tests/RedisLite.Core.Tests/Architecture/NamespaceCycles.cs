namespace RedisLite.Core.Tests.Architecture;

/// <summary>Finds the namespaces of one project that need each other, directly or by way of others.</summary>
internal static class NamespaceCycles
{
    /// <summary>Each group of two or more that need each other, its names in order, joined by ", ".</summary>
    public static IReadOnlyList<string> In(IReadOnlyCollection<(TypeName User, TypeName Used)> uses)
    {
        var needs = uses.Where(use => use.User.Namespace != use.Used.Namespace)
            .ToLookup(use => use.User.Namespace, use => use.Used.Namespace);
        var reached = needs.ToDictionary(group => group.Key, group => Reached(needs, group.Key));
        return
        [
            .. reached.Keys.Where(name => reached[name].Contains(name))
                .Select(name => string.Join(", ", reached[name]
                    .Where(other => reached.TryGetValue(other, out var from) && from.Contains(name))
                    .Order(StringComparer.Ordinal)))
                .Distinct().Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>What makes a group one: for each pair of its namespaces some of the types.</summary>
    public static IEnumerable<string> Explain(string group, IReadOnlyCollection<(TypeName User, TypeName Used)> uses)
    {
        var names = group.Split(", ");
        return uses.Where(use => use.User.Namespace != use.Used.Namespace
                && names.Contains(use.User.Namespace) && names.Contains(use.Used.Namespace))
            .GroupBy(
                use => $"{use.User.Namespace} -> {use.Used.Namespace}", use => $"{use.User.Name} -> {use.Used.Name}")
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}: {string.Join("; ", pair.Order(StringComparer.Ordinal).Take(10))}");
    }

    private static HashSet<string> Reached(ILookup<string, string> needs, string from)
    {
        var reached = new HashSet<string>();
        var pending = new Stack<string>(needs[from]);
        while (pending.TryPop(out var name))
        {
            if (!reached.Add(name))
                continue;
            foreach (var next in needs[name])
                pending.Push(next);
        }

        return reached;
    }
}
