using System.Runtime.CompilerServices;

namespace RedisLite.Storage.Memory;

/// <summary>A lock of four bytes for sections of some tens of nanoseconds. Not reentrant, not fair.</summary>
/// <remarks>LOCK: while it is held nothing waits or maps memory. A mutable struct: keep it in a field.</remarks>
internal struct SpinGate
{
    private int _held;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
            EnterSlowly();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Exit() => Volatile.Write(ref _held, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterSlowly()
    {
        // Never SpinWait's sleep of a millisecond: the holder may have lost its core, but it needs only tens of
        // nanoseconds of it.
        var wait = default(SpinWait);
        do
            wait.SpinOnce(sleep1Threshold: -1);
        while (Volatile.Read(ref _held) != 0 || Interlocked.CompareExchange(ref _held, 1, 0) != 0);
    }
}
