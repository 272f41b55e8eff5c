namespace RedisLite.Commands.Access;

/// <summary>The names of the categories of commands, and sets of them as bits.</summary>
public static class AccessCategories
{
    /// <summary>All of them, without the leading @, in Redis's order, which the bits of a set follow.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
        "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction", "scripting",
    ];

    /// <summary>The bit of a category; 0 when there is no such category.</summary>
    /// <param name="name">In any letter case, without the leading @.</param>
    public static uint BitOf(string name)
    {
        for (var i = 0; i < All.Count; i++)
            if (All[i].Equals(name, StringComparison.OrdinalIgnoreCase))
                return 1u << i;
        return 0;
    }

    /// <summary>The set of the named categories.</summary>
    public static uint SetOf(IEnumerable<string> names) => names.Aggregate(0u, static (set, name) => set | BitOf(name));
}
