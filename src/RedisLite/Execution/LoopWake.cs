using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RedisLite.Execution;

/// <summary>Has a .NET socket event loop come back to <see cref="ThreadQueue.OnWoken"/> in its next turn.</summary>
/// <remarks>
/// A pair of connected sockets of which one is read by the loop: a byte sent to the other during a turn is an event of
/// the next poll. .NET shares sockets out among its loops, so a new pair belongs to whichever loop first reports it.
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
        _receive.SetBuffer(new byte[1]);
        _receive.Completed += OnReceived;
    }

    /// <summary>Makes a pair for a loop that has none. Where the system has no such pairs nothing happens.</summary>
    public static void Create()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return;
        var descriptors = new int[2];
        if (Native.SocketPair(Native.Unix, Native.Stream, 0, descriptors) != 0)
            return;
        var wake = new LoopWake(Open(descriptors[0]), Open(descriptors[1]));
        if (wake._receiver.ReceiveAsync(wake._receive))
            wake.Arm();
        else
            wake.Close();
    }

    /// <summary>Asks for a turn; once is enough. By the loop's own thread.</summary>
    public void Arm()
    {
        if (_isArmed)
            return;
        _isArmed = true;
        _sender.Send([1]);
    }

    private static Socket Open(int descriptor) => new(new SafeSocketHandle(descriptor, ownsHandle: true));

    private void OnReceived(object? sender, SocketAsyncEventArgs received)
    {
        _isArmed = false;
        if (_owner is null && ThreadQueue.Current.TryAdopt(Arm))
            _owner = ThreadQueue.Current;

        // The next read is begun first: it finds nothing, and what is sent while the turn runs is an event again.
        if (_owner is null || received.SocketError != SocketError.Success || !_receiver.ReceiveAsync(_receive))
            Close();
        else
            _owner.OnWoken();
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

        [DllImport("libc", EntryPoint = "socketpair")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int SocketPair(int domain, int type, int protocol, [Out] int[] descriptors);
    }
}
