using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>What an entry holds as a text that two servers with the same data agree on.</summary>
internal static class EntryText
{
    public static string Of(Keyspace keyspace, in Entry entry) => entry.Type switch
    {
        EntryType.String => CommandHarness.Show(entry.Value),
        EntryType.Hash => OfHash(keyspace, entry),
        EntryType.List => OfList(keyspace, entry),
        EntryType.Set => OfSet(keyspace, entry),
        EntryType.SortedSet => OfSortedSet(keyspace, entry),
        EntryType.Stream => StreamText.Of(keyspace.StreamOf(entry)),
        _ => throw new NotSupportedException($"{entry.Type}"),
    };

    private static string OfHash(Keyspace keyspace, in Entry entry)
    {
        var fields = new List<string>();
        for (var field = keyspace.HashOf(entry).At(0); field.IsValid; field.MoveNext())
            fields.Add($"{CommandHarness.Show(field.Field)}={CommandHarness.Show(field.Value)}@{field.ExpireAtMs}");
        return Sorted(fields);
    }

    private static string OfList(Keyspace keyspace, in Entry entry)
    {
        var elements = new List<string>();
        for (var element = keyspace.ListOf(entry).At(0); element.IsValid; element.MoveNext())
            elements.Add(CommandHarness.Show(element.Element));
        return string.Join(' ', elements);
    }

    private static string OfSet(Keyspace keyspace, in Entry entry)
    {
        var members = new List<string>();
        for (var member = keyspace.SetOf(entry).At(0); member.IsValid; member.MoveNext())
            members.Add(CommandHarness.Show(member.Member));
        return Sorted(members);
    }

    private static string OfSortedSet(Keyspace keyspace, in Entry entry)
    {
        var members = new List<string>();
        for (var member = keyspace.SortedSetOf(entry).At(0); member.IsValid; member.MoveNext())
            members.Add($"{CommandHarness.Show(member.Member)}={member.Score:R}");
        return string.Join(' ', members);
    }

    private static string Sorted(List<string> elements)
    {
        elements.Sort(StringComparer.Ordinal);
        return string.Join(' ', elements);
    }
}
