using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RedisLite.Storage.Locking;

/// <summary>A reader-writer lock of one word, for critical sections of well under a microsecond.</summary>
/// <remarks>
///
///     state   [ .. | claimed | sleepers | writer | readers (20 bits) ]
///
/// Free or shared: one compare-and-swap takes it and one atomic subtraction leaves it. Taken: a bounded spin, then a
/// first-in-first-out queue (<see cref="WaitQueue"/>) whose members sleep on a monitor.
///
/// Newcomers may overtake the queue while its head is still being woken (a lock that lies idle during a thread
/// switch is what makes convoys), but not for ever: a head that was woken and lost again sets "claimed", as does at
/// once a writer that waits for readers, and from then on newcomers line up behind. So each waiter's turn comes after
/// those before it and at most one more phase of overtakers, and neither side can starve the other.
///
/// No thread affinity: whoever knows that the lock is held may release it. Not reentrant.
///
/// Memory order: every transition of the state is an interlocked read-modify-write, which .NET makes a full fence, so
/// no access of the critical section moves out of it in either direction. The plain read before a compare-and-swap
/// only guesses the expected value; a stale guess fails the swap.
///
/// The struct takes a cache line of its own, so that neighbours in the array do not slow each other down. Use it in
/// place only: a copy is another lock.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct StripeLock
{
    private const int AskEveryMs = 20;
    private const int Readers = 0x000F_FFFF;
    private const int Writer = 0x0010_0000;
    private const int Sleepers = 0x0020_0000;
    private const int Claimed = 0x0040_0000;

    [FieldOffset(0)] private int _state;

    // Made at the first sleep and kept: most stripes never need one.
    [FieldOffset(8)] private WaitQueue? _queue;

    // Behind the state in the same line: naming the holder costs no further access to memory.
    [FieldOffset(16)] private object? _holder;

    // In the same line as the state, which whoever counts has just lost; those who get the lock at once count nothing.
    [FieldOffset(24)] private long _waits;

    /// <summary>How often somebody slept for the lock, or gave it up for busy.</summary>
    public readonly long Waits => Volatile.Read(in _waits);

    /// <summary>
    /// On whose behalf a writer holds the lock, null if it did not say. LOCK: set, cleared and read by that writer
    /// alone.
    /// </summary>
    public object? Holder
    {
        readonly get => _holder;
        set => _holder = value;
    }

    /// <summary>Held by anyone in any way. For assertions.</summary>
    public readonly bool IsHeld => (_state & (Writer | Readers)) != 0;

    /// <summary>Held by a writer. For assertions.</summary>
    public readonly bool IsHeldExclusive => (_state & Writer) != 0;

    /// <summary>Some thread sleeps for the lock.</summary>
    public readonly bool HasSleepers => (Volatile.Read(in _state) & Sleepers) != 0;

    /// <summary>Takes the lock, waiting as long as it needs, or until the limit says that it is enough.</summary>
    /// <param name="exclusive">As a writer.</param>
    /// <param name="limit">Asked now and then while the thread waits; null to wait for ever.</param>
    /// <param name="stripe">What the limit knows the lock by.</param>
    /// <returns>False when the wait was given up.</returns>
    public bool Enter(bool exclusive, IWaitLimit? limit = null, int stripe = 0) =>
        TryEnterAtOnce(exclusive) || Spin(exclusive) || Sleep(exclusive, limit, stripe);

    /// <summary>Takes the lock if that is possible within a few microseconds of spinning.</summary>
    public bool TryEnter(bool exclusive)
    {
        if (TryEnterAtOnce(exclusive) || Spin(exclusive))
            return true;
        Interlocked.Increment(ref _waits);
        return false;
    }

    public void Exit(bool exclusive)
    {
        var left = Interlocked.Add(ref _state, exclusive ? -Writer : -1);
        if ((left & Sleepers) != 0 && (left & (Writer | Readers)) == 0)
            WakeHead();
    }

    /// <summary>Takes the lock if it is free now: fails when it is taken, or the queue's head has claimed it.</summary>
    public bool TryEnterAtOnce(bool exclusive)
    {
        var state = _state;
        var barriers = exclusive ? Writer | Readers | Claimed : Writer | Claimed;
        while ((state & barriers) == 0)
        {
            var seen = Interlocked.CompareExchange(ref _state, state + (exclusive ? Writer : 1), state);
            if (seen == state)
                return true;
            state = seen;
        }
        return false;
    }

    // Inlined, the native call of SpinWait would cost each caller the set-up of its frame, also where nobody spins.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Spin(bool exclusive)
    {
        // The first ten rounds of a SpinWait are pure spinning; with one processor there are none.
        var spinner = default(SpinWait);
        while (!spinner.NextSpinWillYield)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
            if (TryEnterAtOnce(exclusive))
                return true;
        }
        return false;
    }

    private bool Sleep(bool exclusive, IWaitLimit? limit, int stripe)
    {
        var queue = Volatile.Read(ref _queue) ?? CreateQueue();
        var waiter = WaitQueue.Waiter.OfThisThread(exclusive);
        var woken = false;
        Interlocked.Increment(ref _waits);
        lock (queue)
        {
            queue.Append(waiter);
            // Before the attempt below, in the same word as the holders: whoever releases after that attempt has
            // read the state sees the bit and wakes us, so no wake-up can be lost.
            Interlocked.Or(ref _state, Sleepers);
        }
        while (true)
        {
            lock (queue)
            {
                if (TryAsHead(queue, waiter, woken))
                    return true;
                // Signals are given under the queue's monitor, so none falls between the attempt and here.
                waiter.Rearm();
            }
            try
            {
                while (!waiter.AwaitSignal(limit is null ? Timeout.Infinite : AskEveryMs))
                {
                    if (!limit!.IsReached(stripe))
                        continue;
                    Abandon(queue, waiter);
                    return false;
                }
            }
            catch
            {
                Abandon(queue, waiter); // Thread.Interrupt
                throw;
            }
            woken = true;
        }
    }

    /// <summary>The attempt of a queued waiter: only the head may, and it may pass its own claim.</summary>
    private bool TryAsHead(WaitQueue queue, WaitQueue.Waiter waiter, bool woken)
    {
        if (queue.Head != waiter)
            return false;
        var barriers = waiter.Exclusive ? Writer | Readers : Writer;
        var state = Volatile.Read(ref _state);
        while ((state & barriers) == 0)
        {
            var taken = (state & ~Claimed) + (waiter.Exclusive ? Writer : 1);
            var seen = Interlocked.CompareExchange(ref _state, taken, state);
            if (seen == state)
            {
                Leave(queue, waiter);
                return true;
            }
            state = seen;
        }
        // Readers come and go without the count ever reaching zero, so a writer claims before its first sleep.
        if (woken || (state & Writer) == 0)
            Interlocked.Or(ref _state, Claimed);
        return false;
    }

    /// <summary>Takes a waiter out of the queue and sees to it that the next head will be woken.</summary>
    private void Leave(WaitQueue queue, WaitQueue.Waiter waiter)
    {
        queue.Remove(waiter);
        if (queue.Head is not { } next)
            Interlocked.And(ref _state, ~Sleepers);
        else if (!waiter.Exclusive)
            next.Signal(); // A reader need not wait for our exit, and a writer must claim against more readers.
    }

    private void Abandon(WaitQueue queue, WaitQueue.Waiter waiter)
    {
        lock (queue)
        {
            if (queue.Head == waiter)
                Interlocked.And(ref _state, ~Claimed);
            queue.Remove(waiter);
            if (queue.Head is { } next)
                next.Signal();
            else
                Interlocked.And(ref _state, ~Sleepers);
        }
    }

    private readonly void WakeHead()
    {
        // The bit is only ever set after the queue was made and published.
        var queue = _queue!;
        lock (queue)
            queue.Head?.Signal();
    }

    [UnscopedRef]
    private WaitQueue CreateQueue()
    {
        var created = new WaitQueue();
        return Interlocked.CompareExchange(ref _queue, created, null) ?? created;
    }
}
