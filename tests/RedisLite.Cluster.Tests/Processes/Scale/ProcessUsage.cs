using System.Globalization;

namespace RedisLite.Cluster.Tests.Processes.Scale;

/// <summary>What a process has used so far, as Linux tells it.</summary>
/// <param name="CpuSeconds">By all its threads, in user and kernel mode.</param>
/// <param name="ResidentMegabytes">Memory that is its own or mapped, and present.</param>
/// <param name="SentBytes">What its network namespace has sent, but for the loopback.</param>
/// <param name="Switches">How often its threads went to sleep by themselves.</param>
internal sealed record ProcessUsage(double CpuSeconds, double ResidentMegabytes, long SentBytes, long Switches)
{
    private const double TicksPerSecond = 100;

    public static ProcessUsage Of(int processId)
    {
        // The name, in parentheses, may contain blanks.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = Number(fields[11]) + Number(fields[12]);
        var resident = Number(Value($"/proc/{processId}/status", "VmRSS:")) / 1024.0;
        var switches = Directory.GetDirectories($"/proc/{processId}/task")
            .Sum(task => SwitchesOf($"{task}/status"));
        var sent = File.ReadLines($"/proc/{processId}/net/dev").Skip(2)
            .Select(line => line.Split([' ', ':'], StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words[0] != "lo").Sum(words => Number(words[9]));
        return new ProcessUsage(ticks / TicksPerSecond, resident, sent, switches);
    }

    /// <summary>Of a thread that may have ended since it was listed.</summary>
    private static long SwitchesOf(string file)
    {
        try
        {
            return Number(Value(file, "voluntary_ctxt_switches:"));
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string Value(string file, string name) =>
        File.ReadLines(file).Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Select(line => line[name.Length..].Trim().Split(' ')[0]).FirstOrDefault() ?? "0";

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
