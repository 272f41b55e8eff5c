namespace RedisLite.Storage.Locking;

/// <summary>The threads that sleep for one <see cref="StripeLock"/>, first come first.</summary>
/// <remarks>
/// LOCK: the queue's own monitor for all members. It is taken before a waiter's, never the other way round.
/// </remarks>
internal sealed class WaitQueue
{
    private Waiter? _tail;

    public Waiter? Head { get; private set; }

    public void Append(Waiter waiter)
    {
        waiter.Next = null;
        if (_tail is null)
            Head = waiter;
        else
            _tail.Next = waiter;
        _tail = waiter;
    }

    public void Remove(Waiter waiter)
    {
        Waiter? before = null;
        for (var at = Head; at != waiter; at = at.Next)
            before = at ?? throw new InvalidOperationException("The waiter is not in the queue.");
        if (before is null)
            Head = waiter.Next;
        else
            before.Next = waiter.Next;
        if (_tail == waiter)
            _tail = before;
        waiter.Next = null;
    }

    /// <summary>A sleeping thread. One for each thread for life: a thread waits for one lock at a time.</summary>
    internal sealed class Waiter
    {
        [ThreadStatic]
        private static Waiter? _ofThisThread;

        private bool _signaled;

        public bool Exclusive { get; private set; }

        public Waiter? Next { get; set; }

        public static Waiter OfThisThread(bool exclusive)
        {
            var waiter = _ofThisThread ??= new Waiter();
            waiter.Exclusive = exclusive;
            return waiter;
        }

        public void Rearm()
        {
            lock (this)
                _signaled = false;
        }

        public void Signal()
        {
            lock (this)
            {
                _signaled = true;
                Monitor.Pulse(this);
            }
        }

        /// <returns>False when there was none in that time.</returns>
        public bool AwaitSignal(int milliseconds)
        {
            lock (this)
            {
                while (!_signaled)
                {
                    if (!Monitor.Wait(this, milliseconds))
                        return _signaled;
                }
            }

            return true;
        }
    }
}
