using Microsoft.Win32.SafeHandles;

namespace RedisLite.Server;

/// <summary>Standard output and standard error, which whoever starts the server may have closed.</summary>
/// <remarks>
/// The numbers 0, 1 and 2 are then free for whatever is opened next, by the runtime first: what is written to "standard
/// output" would go into a pipe of its own, or into the append only file.
/// </remarks>
internal static class StandardStreams
{
    private const int Output = 1;
    private const int Error = 2;

    // Held for the life of the process.
    private static readonly List<SafeFileHandle> Reserved = [];

    /// <summary>Opens what is left of the three numbers, so that no file of ours gets one. First of all.</summary>
    public static void Reserve()
    {
        if (OperatingSystem.IsWindows())
            return;
        while (true)
        {
            var handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (handle.DangerousGetHandle() > Error)
            {
                handle.Dispose();
                return;
            }

            Reserved.Add(handle);
        }
    }

    /// <summary>Standard output; nothing where there is none.</summary>
    public static Stream OpenOutput() => IsOpen(Output) ? Console.OpenStandardOutput() : Stream.Null;

    /// <summary>Writes a line to standard error, if there is one that takes it.</summary>
    public static void WriteError(string line)
    {
        if (!IsOpen(Error))
            return;
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // The exit code has to say it.
        }
    }

    private static bool IsOpen(int descriptor) => OperatingSystem.IsWindows() || NativeProcess.IsInherited(descriptor);
}
