using System.Runtime.InteropServices;

namespace RedisLite.Storage.Memory;

/// <summary>The native memory of the process as a whole: our slabs and the C library's heap.</summary>
public static partial class NativeHeap
{
    /// <summary>
    /// Gives empty chunks and, where the C library can (glibc), its free pages back to the system. Any thread; may take
    /// a while.
    /// </summary>
    /// <returns>Whether anything was given back.</returns>
    public static bool Trim() => (ProcessAllocator.SlabsInUse?.Trim() == true) | TrimMalloc();

    /// <summary>
    /// Has glibc do its work at each free instead of saving it up. Any thread; for the whole process.
    /// </summary>
    /// <remarks>
    /// By default small blocks that are freed are kept apart and merged all at once when some larger block is asked for
    /// or freed: after a million deletions one call takes 50 to 130 ms, and whoever wants the same heap, or the stripe
    /// of the caller, waits for it (docs/decisions/2026-11-23-active-expiry.md). Merged at once they cost the same in
    /// sum.
    /// </remarks>
    /// <returns>Whether there is such a setting here.</returns>
    public static bool FreeSteadily()
    {
        const int MaxFast = 1; // M_MXFAST of malloc.h
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return MallOpt(MaxFast, 0) != 0;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }

    private static bool TrimMalloc()
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

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint pad);
}
