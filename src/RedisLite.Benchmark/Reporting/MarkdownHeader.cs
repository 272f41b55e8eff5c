using System.Globalization;
using System.Text;

namespace RedisLite.Benchmark.Reporting;

/// <summary>The machine, the servers and the command line of a run, in Markdown.</summary>
internal static class MarkdownHeader
{
    public static string Render(RunHeader header)
    {
        var machine = header.Machine;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"- Date: {header.Date:yyyy-MM-dd}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Processor: {machine.Processor}, {machine.Cores} cores\n");
        text.Append(CultureInfo.InvariantCulture, $"- Memory: {Numbers.Bytes(machine.MemoryBytes)}\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"- System: {machine.OperatingSystem}, kernel {machine.Kernel}, {machine.Runtime}\n");
        text.Append(CultureInfo.InvariantCulture, $"- Command: `{header.CommandLine}`\n\n");
        var servers = new MarkdownTable("server", "version", "reached by") { TextColumns = 3 };
        foreach (var server in header.Servers)
            servers.Add(server.Name, server.Version, $"`{server.Origin}`");
        return text.Append(servers).ToString();
    }
}
