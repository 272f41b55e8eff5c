using System.Runtime.InteropServices;

namespace RedisLite.Execution;

/// <summary>Lowers the priority of threads that do long work, so that those who do short work get a core first.</summary>
/// <remarks>
/// Where every core is busy, a scheduler that sees equals lets a long command run its slice to the end while short ones
/// wait. A nice value tells it which to prefer; it costs long work nothing while a core is free. Linux only: there, the
/// value belongs to the thread.
/// </remarks>
internal static class BackgroundThread
{
    [ThreadStatic]
    private static int _niceness;

    /// <summary>Has the calling thread run at the process's niceness plus this; cheap to repeat.</summary>
    /// <param name="niceness">0 to 19; the thread is never raised again.</param>
    public static void Enter(int niceness)
    {
        if (niceness <= _niceness || !OperatingSystem.IsLinux())
            return;
        var process = Native.GetPriority(Native.Process, Environment.ProcessId);
        _ = Native.SetPriority(Native.Process, 0, Math.Min(process + niceness, 19));
        _niceness = niceness;
    }

    private static class Native
    {
        public const int Process = 0;

        [DllImport("libc", EntryPoint = "getpriority")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int GetPriority(int which, int who);

        [DllImport("libc", EntryPoint = "setpriority")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SetPriority(int which, int who, int priority);
    }
}
