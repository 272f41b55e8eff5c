using System.Globalization;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Scripting;
using RedisLite.Commands.Server.Diagnostics;

namespace RedisLite.Commands.Server.Info;

/// <summary>INFO memory.</summary>
internal static class MemorySections
{
    public static IEnumerable<InfoSection> All(CommandServices services) =>
        [new("Memory", info => Memory(info, MemoryReport.Take(services), services))];

    private static void Memory(InfoWriter info, MemoryReport report, CommandServices services)
    {
        var options = services.Options;
        info.Bytes("used_memory", report.Used);
        info.Bytes("used_memory_rss", report.ResidentSet);
        info.Bytes("used_memory_peak", report.Peak);
        info.Field("used_memory_peak_perc", Percent(report.PeakPercent));
        info.Field("used_memory_overhead", report.Overhead);
        info.Field("used_memory_startup", 0);
        info.Field("used_memory_dataset", report.Dataset);
        info.Field("used_memory_dataset_perc", Percent(report.DatasetPercent));
        info.Bytes("total_system_memory", report.SystemMemory);
        info.Bytes("managed_heap", report.ManagedHeap);

        // Known from the first collection on.
        if (report.ManagedCommitted > 0)
            info.Bytes("managed_committed", report.ManagedCommitted);
        info.Field("managed_gc_pause_perc", report.GcPausePercent, 2);
        Scripts(info, services.Scripts);
        info.Bytes("maxmemory", options.MaxMemory);
        info.Field("maxmemory_policy", options.MaxMemoryPolicy.Name());
        info.Field("mem_fragmentation_ratio", report.FragmentationRatio, 2);
        info.Field("mem_fragmentation_bytes", report.ResidentSet - report.Used);
        var replication = services.Replication.Report();
        info.Field("mem_not_counted_for_evict", services.UncountedMemory);
        info.Field("mem_replication_backlog", replication.BacklogMemory);
        info.Field("mem_total_replication_buffers", replication.BufferMemory);
        info.Field("mem_clients_slaves", replication.ReplicaMemory);
        info.Field("mem_clients_normal", report.Clients);
        info.Field("mem_aof_buffer", services.Persistence.Report().AofBufferLength);
        Allocator(info, report);
        info.Field("active_defrag_running", services.Statistics.IsDefragmenting ? 1 : 0);
        info.Field("lazyfree_pending_objects", 0);
    }

    /// <summary>
    /// The Lua states of all executors, measured when they were made, and what clients have sent to them.
    /// </summary>
    private static void Scripts(InfoWriter info, ScriptRegistry scripts)
    {
        info.Bytes("used_memory_lua", scripts.StateBytesOf(functions: false));
        info.Field("used_memory_vm_eval", scripts.StateBytesOf(functions: false));
        info.Field("used_memory_scripts_eval", scripts.ScriptBytes);
        info.Field("number_of_cached_scripts", scripts.ScriptCount);
        info.Field("number_of_functions", scripts.Functions.FunctionCount);
        info.Field("number_of_libraries", scripts.Functions.Libraries.Count);
        info.Field("used_memory_vm_functions", scripts.StateBytesOf(functions: true));
        info.Bytes(
            "used_memory_vm_total", scripts.StateBytesOf(functions: false) + scripts.StateBytesOf(functions: true));
        info.Field("used_memory_functions", scripts.Functions.TextBytes);
        info.Bytes("used_memory_scripts", scripts.ScriptBytes + scripts.Functions.TextBytes);
    }

    /// <summary>The allocator's own view, in Redis's fields, where it has one.</summary>
    private static void Allocator(InfoWriter info, MemoryReport report)
    {
        if (report.Allocator is not { } allocator)
        {
            info.Field("mem_allocator", OperatingSystem.IsLinux() ? "libc" : "os");
            return;
        }

        info.Field("allocator_allocated", allocator.Allocated);
        info.Field("allocator_active", allocator.Active);
        info.Field("allocator_resident", allocator.Resident);
        info.Field("allocator_asked", allocator.Asked);
        info.Field("allocator_mapped", allocator.Mapped);
        info.Field("allocator_huge_pages", allocator.Huge);
        info.Field("allocator_frag_ratio", MemoryReport.Ratio(allocator.Active, allocator.Allocated), 2);
        info.Field("allocator_frag_bytes", allocator.Active - allocator.Allocated);
        info.Field("allocator_rss_ratio", MemoryReport.Ratio(allocator.Resident, allocator.Active), 2);
        info.Field("allocator_rss_bytes", allocator.Resident - allocator.Active);
        info.Field("rss_overhead_ratio", MemoryReport.Ratio(report.ResidentSet, allocator.Resident), 2);
        info.Field("rss_overhead_bytes", report.ResidentSet - allocator.Resident);
        info.Field("mem_allocator", allocator.Name);
    }

    private static string Percent(double value) => value.ToString("F2", CultureInfo.InvariantCulture) + "%";
}
