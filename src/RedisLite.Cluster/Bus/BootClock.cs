using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RedisLite.Cluster.Bus;

/// <summary>
/// Milliseconds since some moment, by a clock that nobody sets, and that goes on while the machine sleeps: leases must
/// run out then as well.
/// </summary>
internal static class BootClock
{
    // CLOCK_BOOTTIME; Linux has it since 2.6.39.
    private const int BootTime = 7;

    private static readonly bool HasBootTime = OperatingSystem.IsLinux() && Native.GetTime(BootTime, out _) == 0;

    /// <summary>Elsewhere than on Linux the monotonic clock, which may stand still while the machine sleeps.</summary>
    public static long NowMs => HasBootTime && Native.GetTime(BootTime, out var time) == 0
        ? (time.Seconds * 1000) + (time.Nanoseconds / 1_000_000)
        : (long)Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "clock_gettime")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int GetTime(int clock, out TimeSpec time);
    }
}
