using System.Text;
using RedisLite.Storage.Memory;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>MEMORY: what takes how much.</summary>
[CommandContainer("MEMORY", Group = CommandGroup.Server, Since = "4.0.0", HelpSince = "4.0.0",
    Summary = "A container for memory diagnostics commands.")]
internal static class MemoryCommands
{
    [Command("MEMORY USAGE", Arity = -3, Keys = "R:none 2", Group = CommandGroup.Server, Since = "4.0.0",
        Complexity = "O(N) where N is the number of samples.", Syntax = "key [SAMPLES count]",
        Summary = "Estimates the memory usage of a key.",
        Notes = "Exact: the key's block as the allocator serves it, its share of the table, its expiry time. SAMPLES "
            + "changes nothing.")]
    public static void Usage(ref CommandContext ctx)
    {
        for (var i = 3; i < ctx.Args.Count; i += 2)
        {
            if (!ctx.Args.Is(i, "SAMPLES"u8) || i + 1 == ctx.Args.Count)
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }

            if (!ctx.Args.TryGetInt64(i + 1, out var samples))
            {
                ctx.Reply.Error(Errors.NotAnInteger);
                return;
            }

            if (samples < 0)
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
        }

        if (ctx.TryPeek(ctx.Key(2), out var entry))
            ctx.Reply.Integer(ctx.Databases.MemoryOf(entry));
        else
            ctx.Reply.Null();
    }

    [Command("MEMORY STATS", Arity = 2, Flags = CommandFlags.Pooled, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Returns details about memory usage.")]
    public static void Stats(ref CommandContext ctx)
    {
        var report = MemoryReport.Take(ctx.Services);
        var reply = ctx.Reply;
        var mark = reply.BeginAggregate();
        var fields = 0;
        var replication = ctx.Services.Replication.Report();
        void Number(ReadOnlySpan<byte> name, long value)
        {
            fields++;
            reply.Bulk(name);
            reply.Integer(value);
        }

        void Ratio(ReadOnlySpan<byte> name, double value)
        {
            fields++;
            reply.Bulk(name);
            reply.Double(value);
        }

        Number("peak.allocated"u8, report.Peak);
        Number("total.allocated"u8, report.Used);
        Number("startup.allocated"u8, 0);
        Number("replication.backlog"u8, replication.BacklogMemory);
        Number("clients.slaves"u8, replication.ReplicaMemory);
        Number("clients.normal"u8, report.Clients);
        for (var i = 0; i < ctx.Databases.Count; i++)
        {
            if (ctx.Databases[i].Count == 0)
                continue;
            fields++;
            reply.Bulk(Encoding.ASCII.GetBytes($"db.{i}"));
            reply.Map(1);
            reply.Bulk("overhead.hashtable.main"u8);
            reply.Integer(ctx.Databases[i].TableMemory);
        }

        Number("overhead.total"u8, report.Overhead);
        Number("keys.count"u8, report.Keys);
        Number("keys.bytes-per-key"u8, report.Keys == 0 ? 0 : report.Used / report.Keys);
        Number("dataset.bytes"u8, report.Dataset);
        Ratio("dataset.percentage"u8, report.DatasetPercent);
        Ratio("peak.percentage"u8, report.PeakPercent);
        Number("managed.heap"u8, report.ManagedHeap);
        Number("managed.committed"u8, report.ManagedCommitted);
        Number("process.resident"u8, report.ResidentSet);
        Ratio("fragmentation"u8, report.FragmentationRatio);
        Number("fragmentation.bytes"u8, report.ResidentSet - report.Used);
        if (report.Allocator is { } allocator)
        {
            Number("allocator.allocated"u8, allocator.Allocated);
            Number("allocator.active"u8, allocator.Active);
            Number("allocator.resident"u8, allocator.Resident);
            Ratio("allocator-fragmentation.ratio"u8, MemoryReport.Ratio(allocator.Active, allocator.Allocated));
            Number("allocator-fragmentation.bytes"u8, allocator.Active - allocator.Allocated);
            Ratio("allocator-rss.ratio"u8, MemoryReport.Ratio(allocator.Resident, allocator.Active));
            Number("allocator-rss.bytes"u8, allocator.Resident - allocator.Active);
            Ratio("rss-overhead.ratio"u8, MemoryReport.Ratio(report.ResidentSet, allocator.Resident));
            Number("rss-overhead.bytes"u8, report.ResidentSet - allocator.Resident);
        }

        reply.EndMap(mark, fields);
    }

    [Command("MEMORY DOCTOR", Arity = 2, Flags = CommandFlags.Pooled, Group = CommandGroup.Server, Since = "4.0.0",
        Summary = "Outputs a memory problems report.")]
    public static void Doctor(ref CommandContext ctx) =>
        ctx.Reply.Verbatim(
            "txt"u8, Encoding.ASCII.GetBytes(MemoryDoctor.Report(MemoryReport.Take(ctx.Services), ctx.Options)));

    [Command("MEMORY MALLOC-STATS", Arity = 2, Flags = CommandFlags.Pooled, Group = CommandGroup.Server,
        Since = "4.0.0", Complexity = "Depends on how much memory is allocated, could be slow",
        Summary = "Returns the allocator statistics.",
        Notes = "The slabs by size class, then the managed heap's generations. Without slabs (storage.allocator = "
            + "malloc) only the latter.")]
    public static void MallocStats(ref CommandContext ctx) =>
        ctx.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(
            AllocatorTable.Of(ctx.Databases.AllocatorStatistics) + MemoryDoctor.Heaps(GC.GetGCMemoryInfo())));

    [Command("MEMORY PURGE", Arity = 2, Flags = CommandFlags.Pooled, Group = CommandGroup.Server, Since = "4.0.0",
        Complexity = "Depends on how much memory is allocated, could be slow",
        Summary = "Asks the allocator to release memory.",
        Notes = "Collects the managed heap and returns empty chunks and free pages of all heaps to the system.")]
    public static void Purge(ref CommandContext ctx)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        NativeHeap.Trim();
        ctx.Reply.Ok();
    }
}
