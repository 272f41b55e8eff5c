using System.Globalization;

namespace RedisLite.Benchmark.Servers;

/// <summary>Memory of a process together with those it has forked, as Linux tells it.</summary>
internal static class ProcessMemory
{
    /// <summary>The proportional shares of anonymous memory of a process and its descendants, added up.</summary>
    /// <remarks>
    /// Proportional, because after a fork parent and child share most pages, and the sum of what is resident in each
    /// would count them twice. Anonymous, because the share of a library's pages changes when another program that uses
    /// it starts or ends. The kernel walks the page tables for it: milliseconds for a large process.
    /// </remarks>
    /// <returns>Bytes; null when there is no such process, it is another user's, or the system has no /proc.</returns>
    public static long? OfTree(int pid)
    {
        if (Read(pid) is not { } sum)
            return null;
        foreach (var child in ChildrenOf(pid))
            sum += OfTree(child) ?? 0; // it may have ended meanwhile
        return sum;
    }

    /// <param name="rollup">The lines of /proc/PID/smaps_rollup.</param>
    /// <returns>Bytes; null when the size is not among them.</returns>
    internal static long? Parse(IEnumerable<string> rollup)
    {
        const string Name = "Pss_Anon:";
        var line = rollup.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal));
        if (line is null)
            return null;
        var kilobytes = line[Name.Length..].Replace("kB", "", StringComparison.Ordinal);
        return 1024 * long.Parse(
            kilobytes, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }

    private static long? Read(int pid)
    {
        try
        {
            return Parse(File.ReadLines($"/proc/{pid}/smaps_rollup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Listed by the thread that forked them; redis-server forks in its first.
    private static IEnumerable<int> ChildrenOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/task/{pid}/children")
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => int.Parse(child, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
