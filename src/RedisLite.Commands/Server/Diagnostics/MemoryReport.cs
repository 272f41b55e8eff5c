using RedisLite.Commands.Execution;
using RedisLite.Storage.Memory;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>Where the memory is, at one moment: what INFO memory, MEMORY STATS and MEMORY DOCTOR tell.</summary>
/// <remarks>
/// All in bytes. "Used" is the data, counted exactly, with what clients and the log take; the runtime's own heap is
/// told apart.
/// </remarks>
internal sealed record MemoryReport
{
    /// <summary>
    /// Native blocks of keys, values and tables, buffers of clients, and what of the log waits for its readers.
    /// </summary>
    public required long Used { get; init; }

    public required long Peak { get; init; }

    /// <summary>Of the tables: what is used, but for no key in particular.</summary>
    public required long Tables { get; init; }

    public required long Keys { get; init; }

    /// <summary>Buffers of clients: unparsed input, unsent output, queued transactions.</summary>
    public required long Clients { get; init; }

    /// <summary>Live objects on the managed heap, as of the last collection.</summary>
    public required long ManagedHeap { get; init; }

    /// <summary>What the managed heap holds of the system's memory.</summary>
    public required long ManagedCommitted { get; init; }

    /// <summary>Of all time, the part in which collections held the threads.</summary>
    public required double GcPausePercent { get; init; }

    /// <summary>The whole process, as the system sees it.</summary>
    public required long ResidentSet { get; init; }

    /// <summary>The allocator's own figures, for all servers of the process; null if it has none.</summary>
    public required AllocatorStatistics? Allocator { get; init; }

    /// <summary>Of the machine, or of the container.</summary>
    public required long SystemMemory { get; init; }

    /// <summary>What of the change log waits for its readers.</summary>
    public required long Log { get; init; }

    public long Overhead => Tables + Clients + Log;

    public long Dataset => Used - Overhead;

    public double PeakPercent => Peak == 0 ? 100 : Used * 100.0 / Peak;

    public double DatasetPercent => Used == 0 ? 0 : Dataset * 100.0 / Used;

    /// <summary>How much more the process has than the data needs; 0 without data.</summary>
    public double FragmentationRatio => Ratio(ResidentSet, Used);

    /// <summary>One figure over another; 0 over nothing.</summary>
    public static double Ratio(long value, long over) => over == 0 ? 0 : (double)value / over;

    /// <summary>Bytes of a client's unparsed input, unsent output and queued transaction. Any thread.</summary>
    public static long MemoryOf(ClientSession session) =>
        session.Connection.QueryBufferLength - session.Connection.LargeInputLength + session.Connection.LargeInputMemory
        + session.Connection.OutputBufferLength + (session.Transaction?.Size ?? 0);

    /// <summary>
    /// Bytes of all clients' unparsed input, unsent output and queued transactions, without what is native memory.
    /// </summary>
    public static long ClientMemory(CommandServices services)
    {
        long sum = 0;
        foreach (var session in services.Clients.All)
            sum += MemoryOf(session) - session.Connection.LargeInputMemory
                - ((session.Transaction?.Size ?? 0) - (session.Transaction?.OwnSize ?? 0));
        return sum;
    }

    /// <summary>Bytes of arguments that are being received into native memory.</summary>
    private static long LargeInput(CommandServices services)
    {
        long sum = 0;
        foreach (var session in services.Clients.All)
            sum += session.Connection.LargeInputMemory;
        return sum;
    }

    public static MemoryReport Take(CommandServices services)
    {
        var databases = services.Databases;
        long tables = 0, keys = 0;
        for (var i = 0; i < databases.Count; i++)
        {
            tables += databases[i].TableMemory;
            keys += databases[i].Count;
        }

        services.MeasureOtherMemory();
        var clients = ClientMemory(services);
        var used = services.UsedMemory;
        services.Statistics.NotePeak(used);
        var gc = GC.GetGCMemoryInfo();
        return new MemoryReport
        {
            Used = used,
            Peak = services.Statistics.PeakMemory,
            Tables = tables,
            Keys = keys,
            Clients = clients + LargeInput(services),
            Log = services.ChangeLog.UsedMemory,
            ManagedHeap = GC.GetTotalMemory(forceFullCollection: false),
            ManagedCommitted = gc.TotalCommittedBytes,
            GcPausePercent = gc.PauseTimePercentage,
            ResidentSet = Environment.WorkingSet,
            Allocator = databases.AllocatorStatistics,
            SystemMemory = gc.TotalAvailableMemoryBytes,
        };
    }
}
