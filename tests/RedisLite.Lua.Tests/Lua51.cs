using System.Diagnostics;
using System.Text;

namespace RedisLite.Lua.Tests;

/// <summary>The interpreter lua5.1 of the system, as the judge of what a program prints.</summary>
internal static class Lua51
{
    private const int TimeoutMs = 20_000;

    public static bool IsInstalled { get; } = Find() is not null;

    public const string WhyNot = "lua5.1 is not installed";

    /// <summary>What it prints when it runs a file in the folder of the file.</summary>
    public static string Run(string path)
    {
        var start = new ProcessStartInfo(Find()!, Path.GetFileName(path))
        {
            WorkingDirectory = Path.GetDirectoryName(path)!,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill();
            throw new TimeoutException($"lua5.1 {path}");
        }
        return output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult();
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "lua5.1"))
        .FirstOrDefault(File.Exists);
}
