using System.Net.Sockets;

namespace RedisLite.Connections.Unix;

/// <summary>The file of a Unix socket.</summary>
/// <remarks>
/// A server that did not end in order leaves its file behind, and nobody could listen there again. So a socket that
/// nobody answers at is removed. Redis removes whatever is there; here a file that is no socket, and the socket of a
/// server that runs, stop the start.
/// </remarks>
internal static class UnixSocketFile
{
    /// <summary>Makes a socket with its file; it does not listen yet.</summary>
    /// <exception cref="IOException">Something else has the name.</exception>
    /// <exception cref="SocketException">It cannot be made.</exception>
    public static Socket Bind(UnixDomainSocketEndPoint endPoint, UnixSocketSettings settings)
    {
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

        if (IsOrdinary(path))
            throw new IOException("there is a file of that name, which is no socket");
        File.Delete(path);
    }

    /// <summary>Whether it is something that can be opened; a socket cannot.</summary>
    private static bool IsOrdinary(string path)
    {
        if (Directory.Exists(path))
            return true;
        try
        {
            using var file = File.OpenHandle(path);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
