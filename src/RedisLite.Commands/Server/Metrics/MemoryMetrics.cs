using System.Globalization;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>Where the memory is.</summary>
internal static class MemoryMetrics
{
    public static IEnumerable<MetricDeclaration> All() =>
    [
        Bytes("memory.used", "Data, clients and the log: what maxmemory bounds.", sample => sample.Memory.Used),
        Bytes("memory.peak", "The most of it since the start or CONFIG RESETSTAT.", sample => sample.Memory.Peak),
        Bytes("memory.limit", "The directive maxmemory; 0 is none.", sample => sample.Services.Options.MaxMemory),
        Bytes("memory.dataset", "Of it, keys and values.", sample => sample.Memory.Dataset),
        Bytes("memory.tables", "Of it, tables of keys.", sample => sample.Memory.Tables),
        Bytes("memory.log", "Of it, changes that wait for the file and for replicas.", sample => sample.Memory.Log),
        Bytes("memory.scripts", "Texts of scripts and functions, and the Lua states.", sample =>
            sample.Services.Scripts.ScriptBytes + sample.Services.Scripts.Functions.TextBytes
            + sample.Services.Scripts.StateBytesOf(functions: false)
            + sample.Services.Scripts.StateBytesOf(functions: true)),
        Bytes("memory.resident", "What the system has given to the process.", sample => sample.Memory.ResidentSet),
        OfAllocator("memory.allocator.asked", "What those who have blocks asked for.", figures => figures.Asked),
        OfAllocator("memory.allocator.allocated", "What their blocks take.", figures => figures.Allocated),
        OfAllocator("memory.allocator.active", "Slabs with a block in use, and large blocks.",
            figures => figures.Active),
        OfAllocator("memory.allocator.resident", "What the system has given memory for.", figures => figures.Resident),
        Bytes("gc.heap", "Objects on the managed heap.", sample => sample.Memory.ManagedHeap),
        Bytes("gc.committed", "What the managed heap holds of the system's memory, as of the last collection.",
            sample => sample.Memory.ManagedCommitted),
        MetricTable.Counter("gc.pause", "s", "Time in which collections held all threads.",
            _ => GC.GetTotalPauseDuration().TotalSeconds),
        new("redislite.gc.collections", MetricKind.Counter, "{collection}",
            "Collections of a generation and those below.", _ =>
            Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation =>
                new MetricValue(GC.CollectionCount(generation), generation.ToString(CultureInfo.InvariantCulture))))
        {
            Tags = ["generation"],
        },
        MetricTable.Counter("defragmentation.moved", "{record}", "Records moved together so that memory becomes free.",
            sample => sample.Services.Statistics.Defragmented),
    ];

    private static MetricDeclaration Bytes(string name, string description, Func<MetricsSample, double> read) =>
        MetricTable.Gauge(name, "By", description, read);

    private static MetricDeclaration OfAllocator(
        string name, string description, Func<Storage.Memory.AllocatorStatistics, double> read) =>
        new("redislite." + name, MetricKind.Gauge, "By", description, sample =>
            sample.Memory.Allocator is { } figures ? [new MetricValue(read(figures))] : []);
}
