using System.Collections.Frozen;

namespace RedisLite.Configuration;

/// <summary>Every directive of redis-server 7.0.15, by name and alias; names in any letter case.</summary>
internal static class DirectiveTable
{
    public static IReadOnlyList<Directive> All { get; } =
    [
        .. ServerDirectives.All, .. MemoryDirectives.All, .. PersistenceDirectives.All, .. ReplicationDirectives.All,
        .. AuditDirectives.All,
    ];

    private static readonly Lazy<FrozenDictionary<string, Directive>> ByName = new(() => All
        .Concat(All.Where(directive => directive.Alias is not null))
        .Select((directive, i) => (Name: i < All.Count ? directive.Name : directive.Alias!, directive))
        .ToFrozenDictionary(entry => entry.Name, entry => entry.directive, StringComparer.OrdinalIgnoreCase));

    private static readonly Lazy<FrozenDictionary<string, Directive>> BySetting = new(() => All
        .Where(directive => directive.Setting is not null)
        .ToFrozenDictionary(directive => directive.Setting!, StringComparer.Ordinal));

    /// <summary>Every name and alias.</summary>
    public static IEnumerable<string> Names => ByName.Value.Keys;

    public static Directive? Find(string name) => ByName.Value.GetValueOrDefault(name);

    /// <summary>The directive that a setting has; null when Redis has no such setting.</summary>
    public static Directive? ForSetting(string path) => BySetting.Value.GetValueOrDefault(path);
}
