using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>The C library's heap as a whole.</summary>
public static partial class NativeHeap
{
    /// <summary>Gives free pages back to the system, where the C library can (glibc). Any thread; may take a while.</summary>
    /// <returns>Whether anything was given back.</returns>
    public static bool Trim()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return MallocTrim(0) != 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
