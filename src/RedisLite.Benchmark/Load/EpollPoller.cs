using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace RedisLite.Benchmark.Load;

/// <summary>Linux epoll, called directly: one system call tells all sockets that are ready.</summary>
/// <remarks>
/// .NET's own asynchronous sockets sit on epoll too, but each operation first tries to receive in vain, and completions
/// pass between threads; on two cores shared with the server that is throughput that the server does not get
/// (docs/BENCHMARK.md, "The tool itself").
/// <code>
///   struct epoll_event, packed on x86-64 only:   [ events:4 | data:8 ]          12 bytes
///                               elsewhere:       [ events:4 | pad:4 | data:8 ]  16 bytes
/// </code>
/// </remarks>
[SupportedOSPlatform("linux")]
internal sealed class EpollPoller : IReadinessPoller
{
    private const int MaxEvents = 256;
    private const uint EventIn = 0x001;
    private const uint EventOut = 0x004;
    private const uint EventError = 0x008;
    private const uint EventHangUp = 0x010;
    private const int ControlAdd = 1;
    private const int ControlModify = 3;
    private const int CloseOnExec = 0x80000;
    private const int SetTimerSlack = 29;
    private const int Interrupted = 4;
    private const int NotImplemented = 38;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int EventSize = IsPacked ? 12 : 16;
    private static readonly int DataOffset = IsPacked ? 4 : 8;

    private readonly int _epoll;
    private readonly byte[] _events = new byte[MaxEvents * EventSize];
    private bool _hasPreciseWait = true;

    public EpollPoller()
    {
        _epoll = NativeMethods.EpollCreate(CloseOnExec);
        if (_epoll < 0)
            throw new Win32Exception();
    }

    /// <inheritdoc/>
    public void EnterThread()
    {
        // The kernel may end a wait 50 us late, to wake less often; an open loop would see that as latency. If it
        // cannot be changed, the loop is only less exact.
        _ = NativeMethods.ProcessControl(SetTimerSlack, 1, 0, 0, 0);
    }

    /// <inheritdoc/>
    public void Add(Socket socket, int token) => Control(ControlAdd, socket, token, EventIn);

    /// <inheritdoc/>
    public void WatchWrites(Socket socket, int token, bool on) =>
        Control(ControlModify, socket, token, on ? EventIn | EventOut : EventIn);

    /// <inheritdoc/>
    public int Wait(long timeoutNanoseconds, Span<Readiness> ready)
    {
        var count = WaitForEvents(timeoutNanoseconds, Math.Min(ready.Length, MaxEvents));
        for (var i = 0; i < count; i++)
        {
            var entry = _events.AsSpan(i * EventSize, EventSize);
            var events = MemoryMarshal.Read<uint>(entry);
            var token = MemoryMarshal.Read<int>(entry[DataOffset..]);
            ready[i] = new Readiness(
                token,
                (events & (EventIn | EventError | EventHangUp)) != 0,
                (events & (EventOut | EventError | EventHangUp)) != 0);
        }

        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = NativeMethods.Close(_epoll);

    private int WaitForEvents(long timeoutNanoseconds, int maxEvents)
    {
        var milliseconds = Math.DivRem(timeoutNanoseconds, NanosecondsPerMillisecond, out var rest);
        int count;
        if (rest != 0 && _hasPreciseWait)
        {
            var timeout = new Timespec(timeoutNanoseconds / 1_000_000_000, timeoutNanoseconds % 1_000_000_000);
            count = NativeMethods.EpollWaitPrecise(_epoll, _events, maxEvents, in timeout, 0, 0);
            if (count < 0 && Marshal.GetLastPInvokeError() == NotImplemented)
            {
                _hasPreciseWait = false;
                return 0; // the caller's loop asks again
            }
        }
        else
            count = NativeMethods.EpollWait(_epoll, _events, maxEvents, (int)Math.Min(milliseconds, 60_000));

        if (count >= 0)
            return count;
        return Marshal.GetLastPInvokeError() == Interrupted ? 0 : throw new Win32Exception();
    }

    private void Control(int operation, Socket socket, int token, uint events)
    {
        Span<byte> entry = stackalloc byte[16];
        entry.Clear();
        MemoryMarshal.Write(entry, in events);
        MemoryMarshal.Write(entry[DataOffset..], in token);
        if (NativeMethods.EpollControl(
            _epoll, operation, (int)socket.Handle, ref MemoryMarshal.GetReference(entry)) < 0)
            throw new Win32Exception();
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }

    private static class NativeMethods
    {
        private const string C = "libc";

        [DllImport(C, EntryPoint = "epoll_create1", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int EpollCreate(int flags);

        [DllImport(C, EntryPoint = "epoll_ctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int EpollControl(int epoll, int operation, int descriptor, ref byte entry);

        [DllImport(C, EntryPoint = "epoll_wait", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int EpollWait(int epoll, byte[] events, int maxEvents, int timeoutMs);

        [DllImport(C, EntryPoint = "epoll_pwait2", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int EpollWaitPrecise(
            int epoll, byte[] events, int maxEvents, in Timespec timeout, nint signalMask, nint maskSize);

        [DllImport(C, EntryPoint = "prctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int ProcessControl(int option, nuint value, nuint unused1, nuint unused2, nuint unused3);

        [DllImport(C, EntryPoint = "close", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
