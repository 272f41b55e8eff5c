using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server.Info;

/// <summary>
/// The sections of INFO. Parts of the server that commands do not know (files, replicas) register their own.
/// </summary>
/// <remarks>Any thread. A section with the name of an older one takes its place.</remarks>
public sealed class InfoRegistry
{
    // Redis's order; sections of our own come after.
    private static readonly string[] Order =
    [
        "Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules", "Commandstats",
        "Errorstats", "Latencystats", "Cluster", "Keyspace",
    ];

    private readonly Lock _gate = new();
    private InfoSection[] _sections = [];

    /// <summary>In the order in which INFO shows them.</summary>
    public IReadOnlyList<InfoSection> Sections => Volatile.Read(ref _sections);

    /// <summary>Adds a section, or replaces the one of the same name.</summary>
    public void Register(InfoSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        lock (_gate)
        {
            var others = _sections.Where(other => !other.Name.Equals(section.Name, StringComparison.OrdinalIgnoreCase));
            Volatile.Write(ref _sections, [.. others.Append(section).OrderBy(Rank)]);
        }
    }

    /// <summary>The sections that every server has.</summary>
    internal static InfoRegistry Create(CommandServices services)
    {
        var registry = new InfoRegistry();
        foreach (var section in ServerSections.All(services).Concat(MemorySections.All(services)).Concat(
            StatisticsSections.All(services)))
            registry.Register(section);
        return registry;
    }

    private static int Rank(InfoSection section)
    {
        var rank = Array.FindIndex(Order, name => name.Equals(section.Name, StringComparison.OrdinalIgnoreCase));
        return rank < 0 ? Order.Length : rank;
    }
}
