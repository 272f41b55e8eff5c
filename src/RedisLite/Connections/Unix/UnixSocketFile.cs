using System.Net.Sockets;
using System.Text;

namespace RedisLite.Connections.Unix;

/// <summary>The file of a Unix socket.</summary>
/// <remarks>
/// A server that did not end in order leaves its file behind, and nobody could listen there again. So a socket that
/// nobody answers at is removed. Redis removes whatever is there; here a file that is no socket, and the socket of a
/// server that runs, stop the start.
/// </remarks>
internal static class UnixSocketFile
{
    // What opening a socket's file fails with: ENXIO of Linux, EOPNOTSUPP of macOS, ERROR_CANT_ACCESS_FILE of Windows.
    private static readonly int[] OpeningSocket = [6, 102, unchecked((int)0x80070780)];

    /// <summary>The address of a path.</summary>
    /// <exception cref="IOException">No socket can have it.</exception>
    public static UnixDomainSocketEndPoint EndPoint(string path)
    {
        try
        {
            return new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException)
        {
            // Alone: the one below says it for programmers, and would be what is shown.
            throw new IOException($"a socket cannot have a path of {Encoding.UTF8.GetByteCount(path)} bytes; "
                + "give it a shorter one (unixsocket)");
        }
    }

    /// <summary>Makes a socket with its file; it does not listen yet.</summary>
    /// <exception cref="IOException">Something else has the name.</exception>
    /// <exception cref="SocketException">It cannot be made.</exception>
    public static Socket Bind(UnixDomainSocketEndPoint endPoint, UnixSocketSettings settings)
    {
        if (Path.GetDirectoryName(settings.Path) is { Length: > 0 } folder && !Directory.Exists(folder))
            throw new IOException($"there is no folder {folder}");
        RemoveStale(endPoint, settings.Path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endPoint);
            if (settings.Mode is { } mode && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(settings.Path, mode);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file, if it is still there.</summary>
    public static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start finds that nobody answers.
        }
    }

    private static void RemoveStale(UnixDomainSocketEndPoint endPoint, string path)
    {
        if (!Path.Exists(path))
            return;
        using (var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                probe.Connect(endPoint);
                throw new IOException("a server that runs has it");
            }
            catch (SocketException)
            {
                // Nobody answers, or it is no socket.
            }
        }

        if (!IsSocket(path))
            throw new IOException("there is a file of that name, which is no socket");
        File.Delete(path);
    }

    /// <summary>
    /// Whether it is what cannot be opened because it is a socket. A file that cannot be opened for another reason, as
    /// for a lock, is somebody's; and a pipe would keep whoever only reads waiting for a writer.
    /// </summary>
    private static bool IsSocket(string path)
    {
        if (Directory.Exists(path))
            return false;
        try
        {
            using var file = File.OpenHandle(path, access: FileAccess.ReadWrite, share: FileShare.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException e)
        {
            return OpeningSocket.Contains(e.HResult);
        }
    }
}
