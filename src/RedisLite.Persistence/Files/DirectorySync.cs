using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RedisLite.Persistence.Files;

/// <summary>fsync of a directory, which makes names in it durable; .NET opens no directories.</summary>
/// <remarks>
/// On Unix: <c>open(2)</c> of the directory from the C library, then .NET's own flush of that descriptor. On Windows
/// nothing is done, since a program cannot flush a directory there: NTFS journals names itself, in order, so that after
/// a power failure a rename may be missing but never half done.
/// </remarks>
internal static class DirectorySync
{
    /// <summary>O_RDONLY, the same number on all Unix systems.</summary>
    private const int ReadOnly = 0;

    /// <exception cref="IOException">The directory cannot be opened, or the disk failed.</exception>
    public static void Sync(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            var reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            throw new IOException($"Cannot open directory {path} to sync it: {reason}");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
