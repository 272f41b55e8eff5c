using System.Globalization;
using System.Text;
using RedisLite.Commands.Server.Info;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>MEMORY DOCTOR and MALLOC-STATS: the figures of a report, judged, for people to read.</summary>
internal static class MemoryDoctor
{
    private const long TooLittleToJudge = 5 * 1024 * 1024;
    private const long WorthTelling = 64 * 1024 * 1024;

    public static string Report(MemoryReport report, RuntimeOptions options)
    {
        if (report.Used < TooLittleToJudge)
            return "There is too little data (under 5 MB) to judge.\n";
        string[] findings = [.. Findings(report, options)];
        return findings.Length == 0
            ? "No problem found.\n"
            : "Found:\n\n" + string.Concat(findings.Select(finding => $"- {finding}\n"));
    }

    /// <summary>The managed heap, generation by generation.</summary>
    public static string Heaps(GCMemoryInfo info)
    {
        string[] names = ["gen0", "gen1", "gen2", "large objects", "pinned objects"];
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"committed {info.TotalCommittedBytes}, fragmented {info.FragmentedBytes}, pinned objects "
                + $"{info.PinnedObjectsCount}\n");
        for (var i = 0; i < info.GenerationInfo.Length && i < names.Length; i++)
            text.Append(
                CultureInfo.InvariantCulture,
                $"{names[i]}: {info.GenerationInfo[i].SizeAfterBytes} bytes, "
                    + $"{info.GenerationInfo[i].FragmentationAfterBytes} free\n");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
            text.Append(
                CultureInfo.InvariantCulture, $"collections of gen{generation}: {GC.CollectionCount(generation)}\n");
        return text.ToString();
    }

    private static IEnumerable<string> Findings(MemoryReport report, RuntimeOptions options)
    {
        var beyondData = report.ResidentSet - report.Used - report.ManagedCommitted;
        if (report.Allocator is { } allocator)
        {
            var holes = allocator.Active - allocator.Allocated;
            if (holes > allocator.Allocated / 2 && holes > WorthTelling)
                yield return $"Holes of {InfoWriter.Human(holes)} lie between the data: blocks of sizes that were "
                    + "deleted. MEMORY MALLOC-STATS shows which; memory goes back to the system as chunks of 2 MB "
                    + "become empty.";
        }
        else if (report.Peak > report.Used * 3 / 2)
        {
            yield return $"The peak was {InfoWriter.Human(report.Peak)}, now it is {InfoWriter.Human(report.Used)}: "
                + "pages that the allocator keeps for reuse may go back to the system with MEMORY PURGE.";
        }

        if (beyondData > report.Used / 2 && beyondData > WorthTelling)
            yield return $"The process has {InfoWriter.Human(beyondData)} beyond its data and its managed heap: "
                + "fragmentation, which MEMORY PURGE may lower.";
        if (report.ManagedCommitted > report.Used)
            yield return $"The managed heap ({InfoWriter.Human(report.ManagedCommitted)}) is larger than the data: "
                + "many clients, large requests, or large replies not yet read.";
        if (report.Clients > report.Used / 4)
            yield return $"Clients' buffers take {InfoWriter.Human(report.Clients)}: CLIENT LIST shows whose (qbuf, "
                + "omem).";
        if (options.MaxMemory > 0 && report.Used > options.MaxMemory / 10 * 9)
            yield return "Used memory is close to maxmemory.";
    }
}
