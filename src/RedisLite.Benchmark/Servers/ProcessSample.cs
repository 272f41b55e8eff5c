using System.Globalization;

namespace RedisLite.Benchmark.Servers;

/// <summary>What Linux says of a process at one moment.</summary>
/// <param name="CpuTime">User and system time of all its threads since it began; the kernel's resolution is 10
/// ms.</param>
/// <param name="ResidentBytes">Resident memory (VmRSS).</param>
/// <param name="PeakResidentBytes">The most resident memory so far (VmHWM).</param>
internal readonly record struct ProcessSample(TimeSpan CpuTime, long ResidentBytes, long PeakResidentBytes)
{
    // USER_HZ, the unit of /proc/PID/stat, is 100 on every architecture that .NET runs on; proc(5).
    private const int TicksPerSecond = 100;

    private const int UserTimeField = 11; // field 14 of proc(5), counted from the one after the command's name
    private const int SystemTimeField = 12;

    /// <summary>Reads /proc.</summary>
    /// <returns>null when there is no such process or no /proc.</returns>
    public static ProcessSample? Read(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var status = File.ReadLines($"/proc/{pid}/status");
            return Parse(stat, status);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="stat">The content of /proc/PID/stat.</param>
    /// <param name="status">The lines of /proc/PID/status.</param>
    internal static ProcessSample Parse(string stat, IEnumerable<string> status)
    {
        // The name of the command stands in parentheses and may hold spaces and parentheses itself.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[UserTimeField], CultureInfo.InvariantCulture)
            + long.Parse(fields[SystemTimeField], CultureInfo.InvariantCulture);
        long resident = 0;
        long peak = 0;
        foreach (var line in status)
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                resident = ParseKilobytes(line);
            else if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                peak = ParseKilobytes(line);
        }

        return new ProcessSample(TimeSpan.FromMilliseconds(ticks * (1000 / TicksPerSecond)), resident, peak);
    }

    private static long ParseKilobytes(string line) =>
        1024 * long.Parse(
            line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
