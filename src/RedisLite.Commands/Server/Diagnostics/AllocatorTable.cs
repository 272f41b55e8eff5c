using System.Text;
using RedisLite.Storage.Memory;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>
/// The allocator's part of MEMORY MALLOC-STATS: its totals and a line for each size class, for people to read.
/// </summary>
internal static class AllocatorTable
{
    /// <returns>Nothing for an allocator without figures.</returns>
    public static string Of(AllocatorStatistics? statistics)
    {
        if (statistics is null)
            return "";
        var text = new StringBuilder();
        Line(text, $"{statistics.Name}: asked {statistics.Asked}, allocated {statistics.Allocated}, "
            + $"active {statistics.Active}, resident {statistics.Resident}, mapped {statistics.Mapped}");
        Line(text, $"huge pages {statistics.Huge}, empty chunks {statistics.EmptyChunks}");
        Line(text, $"{"size",8} {"blocks",12} {"asked",14} {"allocated",14} "
            + $"{"slabs",8} {"bytes",14} {"touched",14} {"use",6}");
        foreach (var figures in statistics.Classes)
        {
            var bytes = figures.Slabs * figures.SlabSize;
            Line(text, $"{figures.Size,8} {figures.Blocks,12} {figures.Asked,14} {figures.Blocks * figures.Size,14} "
                + $"{figures.Slabs,8} {bytes,14} {figures.Touched,14} {figures.Use,6:P0}");
        }

        var large = statistics.Large;
        Line(text, $"{"mapped",8} {large.Blocks,12} {large.Asked,14} {large.Allocated,14}");
        return text.ToString();
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
