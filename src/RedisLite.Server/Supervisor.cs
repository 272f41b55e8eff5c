using System.Globalization;
using System.Net.Sockets;
using System.Text;
using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>Tells whoever started the process how it is: the service manager, and readers of the pid file.</summary>
/// <remarks>A service manager that cannot be reached is no reason not to serve.</remarks>
internal sealed class Supervisor : IDisposable
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    private readonly string? _socket;
    private readonly string _pidFile;

    /// <param name="settings">Who is told, and where the pid file is.</param>
    /// <param name="environment">The process's.</param>
    public Supervisor(RedisLiteSettings settings, Func<string, string?> environment)
    {
        var path = environment(SocketVariable);
        var tells = settings.Process.Supervised is Supervision.Systemd or Supervision.Auto;
        _socket = tells && !string.IsNullOrEmpty(path) ? path : null;
        Complaint = settings.Process.Supervised == Supervision.Systemd && _socket is null
            ? "supervised is systemd, but there is no NOTIFY_SOCKET: nobody is told that the server is ready"
            : null;
        _pidFile = settings.Process.PidFile.Length == 0
            ? ""
            : Path.GetFullPath(settings.Process.PidFile, Path.GetFullPath(settings.Persistence.Directory));
    }

    /// <summary>A line for the log; null when there is nothing to say.</summary>
    public string? Complaint { get; private set; }

    /// <summary>The server is about to load its files.</summary>
    public void Starting()
    {
        Notify("STATUS=Loading the data\n");
        if (_pidFile.Length == 0)
            return;
        try
        {
            File.WriteAllText(_pidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Complaint = $"pidfile: '{_pidFile}' cannot be written: {e.Message}";
        }
    }

    public void Ready() => Notify("STATUS=Ready to accept connections\nREADY=1\n");

    public void Stopping() => Notify("STATUS=Saving and closing connections\nSTOPPING=1\n");

    public void Dispose()
    {
        try
        {
            // Only its own: a second server may have been given the same name.
            if (_pidFile.Length > 0 && File.Exists(_pidFile)
                && File.ReadAllText(_pidFile).Trim() == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            {
                File.Delete(_pidFile);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process is over; the file says nothing true any more, as after a crash.
        }
    }

    private void Notify(string message)
    {
        if (_socket is null)
            return;
        try
        {
            // A name that begins with @ is in Linux's abstract namespace: its first byte is zero.
            var path = _socket[0] == '@' ? "\0" + _socket[1..] : _socket;
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            Complaint = $"supervised: the service manager cannot be told: {e.Message}";
        }
    }
}
