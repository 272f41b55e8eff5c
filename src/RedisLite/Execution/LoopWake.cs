using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RedisLite.Execution;

/// <summary>Has a .NET socket event loop come back to <see cref="ThreadQueue.OnWoken"/> in its next turn.</summary>
/// <remarks>
/// A pair of connected sockets of which one is read by the loop: a byte sent to the other during a turn is an event of
/// the next poll, and ends a poll that is under way. .NET shares sockets out among its loops, so a new pair belongs to
/// whichever loop first reports it.
/// </remarks>
internal sealed class LoopWake
{
    private readonly Socket _sender;
    private readonly Socket _receiver;
    private readonly SocketAsyncEventArgs _receive = new(true);
    private bool _isArmed;
    private ThreadQueue? _owner;

    private LoopWake(Socket sender, Socket receiver)
    {
        _sender = sender;
        _receiver = receiver;
        _receive.SetBuffer(new byte[16]);
        _receive.Completed += OnReceived;
    }

    /// <summary>
    /// Makes a pair for a loop that has none. Where the system has or gives no such pairs nothing happens.
    /// </summary>
    public static void Create()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return;
        var type = OperatingSystem.IsLinux() ? Native.Stream | Native.CloseOnExec : Native.Stream;
        var descriptors = new int[2];
        if (Native.SocketPair(Native.Unix, type, 0, descriptors) != 0)
            return;
        var sender = new SafeSocketHandle(descriptors[0], ownsHandle: true);
        var receiver = new SafeSocketHandle(descriptors[1], ownsHandle: true);
        try
        {
            var wake = new LoopWake(new Socket(sender), new Socket(receiver));
            wake._receiver.ReceiveAsync(wake._receive);
            wake.Arm();
        }
        catch (Exception e) when (e is SocketException or OutOfMemoryException)
        {
            // No memory or no room in the poll's list: the loop does without turns until it asks again.
            sender.Dispose();
            receiver.Dispose();
        }
    }

    /// <summary>Asks for a turn; once is enough. By the loop's own thread.</summary>
    public void Arm()
    {
        if (_isArmed)
            return;
        _isArmed = true;
        _sender.Send([1]);
    }

    /// <summary>
    /// Asks for a turn, and ends a poll that is under way. Any thread. False when the system refused, or the pair is
    /// closed.
    /// </summary>
    private bool Wake()
    {
        try
        {
            return _sender.Send([1]) == 1;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private void OnReceived(object? sender, SocketAsyncEventArgs received)
    {
        if (_owner is null && ThreadQueue.Current.TryAdopt(Arm, Wake))
        {
            _owner = ThreadQueue.Current;
            EventLoops.Add(_owner);
        }

        while (_owner is not null && received is { SocketError: SocketError.Success, BytesTransferred: > 0 })
        {
            // The next read is begun first, so that what is sent while the turn runs is an event again. It finds
            // nothing, unless another thread was quicker.
            _isArmed = false;
            if (_receiver.ReceiveAsync(_receive))
            {
                _owner.OnWoken();
                return;
            }
        }

        if (_owner is not null)
        {
            EventLoops.Remove(_owner);
            _owner.Abandon();
        }

        Close();
    }

    private void Close()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _receive.Dispose();
    }

    private static class Native
    {
        public const int Unix = 1;
        public const int Stream = 1;
        public const int CloseOnExec = 0x80000;

        [DllImport("libc", EntryPoint = "socketpair")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SocketPair(int domain, int type, int protocol, [Out] int[] descriptors);
    }
}
