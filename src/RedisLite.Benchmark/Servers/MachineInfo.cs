using System.Runtime.InteropServices;

namespace RedisLite.Benchmark.Servers;

/// <summary>What the figures were measured on.</summary>
internal sealed record MachineInfo(
    string Processor, int Cores, long MemoryBytes, string Kernel, string OperatingSystem, string Runtime)
{
    private const string KernelFile = "/proc/sys/kernel/osrelease";

    public static MachineInfo Read() => new(
        ReadField("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        File.Exists(KernelFile) ? File.ReadAllText(KernelFile).Trim() : Environment.OSVersion.VersionString,
        ReadField("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    private static string? ReadField(string path, string name, char separator)
    {
        if (!File.Exists(path))
            return null;
        var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line?[(line.IndexOf(separator) + 1)..].Trim();
    }
}
