using System.Runtime.InteropServices;

namespace RedisLite.Server;

/// <summary>What only the C library can do for a process. Linux and macOS.</summary>
internal static partial class NativeProcess
{
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigTerm = 15;

    private const nint DefaultAction = 0;
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;

    /// <summary>The number of RLIMIT_NOFILE.</summary>
    private static int DescriptorResource => OperatingSystem.IsMacOS() ? 8 : 7;

    /// <summary>Gives a signal its default action back.</summary>
    public static void ResetSignal(int signal) => _ = Signal(signal, DefaultAction);

    /// <summary>
    /// Whether a descriptor was given to the process, and not opened by it: by the runtime, before the first line of
    /// ours.
    /// </summary>
    /// <remarks>All that .NET opens is closed by an exec, and so cannot have come through one.</remarks>
    public static bool IsInherited(int descriptor) =>
        GetDescriptorFlags(descriptor, GetFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    /// <summary>How many descriptors the process may have; null where nobody can say.</summary>
    public static (ulong Soft, ulong Hard)? DescriptorLimit =>
        GetLimit(DescriptorResource, out var limit) == 0 ? (limit.Soft, limit.Hard) : null;

    /// <summary>Asks for another soft limit; with rights enough, for a higher hard one as well.</summary>
    public static bool TrySetDescriptorLimit(ulong soft, ulong hard) =>
        SetLimit(DescriptorResource, new Limit { Soft = soft, Hard = hard }) == 0;

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int signal, nint action);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int GetDescriptorFlags(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limit limit);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
