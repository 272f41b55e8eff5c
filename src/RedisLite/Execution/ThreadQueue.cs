using Akka.Dispatch;

namespace RedisLite.Execution;

/// <summary>The mailboxes that one thread runs, and, on an event loop, what waits for the loop's next turn.</summary>
/// <remarks>
/// An event loop's turn is one poll and what the poll brought. Two things are put off to the next turn:
/// <code>
///   poll -> completion -> mailboxes ... -> completion -> mailboxes ... -> poll -> woken: later, deferred -> ... ->
///   poll
///                             |                              |                      ^       ^
///                             | over the time of one run     | Defer(read)          |       |
///                             +------------------------------|----------------------+       |
///                                                            +------------------------------+
/// </code>
/// <list type="bullet">
/// <item>Mailboxes, when a quarter of a millisecond of them has run in a row: a client that sends megabytes gets its
/// next share after the others had theirs. By time and not by number: 256 mailboxes of such a client were 50 ms.</item>
/// <item>Reads of the next request, when the loop is busy (<see cref="TryDefer"/>). A read right after a reply finds
/// nothing, is a system call for that, and another poll brings it back. A turn later the request is usually there: one
/// call instead of two, and no poll. A client whose last read was large waits more turns than one.</item>
/// </list>
/// What is worth doing once for many mailboxes, such as one write for the effects of all that were executed, is done
/// when they have run (<see cref="TryAtEnd"/>), and what that leads to in the same turn.
/// The poll is .NET's, which has no hook for its turns; <see cref="LoopWake"/> makes one. Without it (a pool thread, or
/// before the loop has one) the rest of a run goes to the pool, and nothing is deferred.
/// Belongs to its thread, but for <see cref="TryGive"/>: what other threads have for the loop runs in its next turn as
/// well.
/// </remarks>
internal sealed class ThreadQueue
{
    // The clock is not read for each mailbox: most take a microsecond.
    private const int MailboxesPerClockReading = 4;

    // A wake costs as much as three reads that find nothing.
    private const int FewestWorthAWake = 8;

    // A loop is busy when so many completions follow one another at an average distance of 30 us.
    private const int CompletionsPerSample = 64;

    // Deferred reads are taken in groups: all are read, then all executed, then all answered, so that each of these
    // steps finds its code in the processor's caches. One by one cost a fifth more CPU.
    private const int DeferredPerGroup = 32;

    // What one completion may lead to, and what one group of deferred work may.
    private static readonly TimeSpan RunTime = TimeSpan.FromMicroseconds(250);
    private static readonly TimeSpan GroupTime = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan BusySampleTime = TimeSpan.FromMicroseconds(30) * CompletionsPerSample;

    [ThreadStatic]
    private static ThreadQueue? _current;

    private readonly TimeProvider _stopwatch;
    private readonly Queue<Deferred> _deferred = new();
    private readonly Lock _givenGate = new();
    private readonly Queue<IRunnable> _given = new();
    private readonly Queue<IRunEnd> _ends = new();
    private Queue<IRunnable> _waiting = new();
    private Queue<IRunnable> _later = new();
    private Action? _arm;
    private Func<bool>? _wake;
    private bool _defers;
    private int _completions;
    private long _sampleStart;

    private ThreadQueue(bool isEventLoop, TimeProvider stopwatch)
    {
        IsEventLoop = isEventLoop;
        _stopwatch = stopwatch;
    }

    /// <summary>The calling thread's.</summary>
    public static ThreadQueue Current =>
        _current ??= new ThreadQueue(Thread.CurrentThread.Name == ".NET Sockets", TimeProvider.System);

    /// <summary>Whether this thread may take mailboxes of its own accord.</summary>
    public bool IsEventLoop { get; }

    /// <summary>Whether a mailbox runs on this thread right now.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Makes the calling thread an event loop whose time the caller lets pass; for tests.</summary>
    public static ThreadQueue StartEventLoop(TimeProvider stopwatch) =>
        _current = new ThreadQueue(isEventLoop: true, stopwatch);

    /// <summary>Runs a mailbox, and those that it schedules, on a pool thread.</summary>
    public static void RunOnPool(IRunnable first, Queue<IRunnable>? rest) =>
        ThreadPool.UnsafeQueueUserWorkItem(new PoolRun(first, rest), preferLocal: false);

    /// <summary>
    /// From now on, what is put off waits for <see cref="OnWoken"/>. False where there are no turns, or they are known.
    /// </summary>
    /// <param name="arm">Asks for a call of <see cref="OnWoken"/> in this loop's next turn; may be called again before
    /// that.</param>
    /// <param name="wake">
    /// As <paramref name="arm"/>, for any thread, and also while the loop waits in its poll; false when that failed.
    /// Throws nothing.
    /// </param>
    public bool TryAdopt(Action arm, Func<bool> wake)
    {
        if (!IsEventLoop || _arm is not null)
            return false;
        _arm = arm;
        lock (_givenGate)
            _wake = wake;
        return true;
    }

    /// <summary>There will be no more turns: what was put off is done at once, or by the pool.</summary>
    public void Abandon()
    {
        lock (_givenGate)
            _wake = null;
        PassGivenToPool();
        _arm = null;
        _defers = false;
        while (_deferred.TryDequeue(out var next))
            next.Work.Begin();
        if (_later.TryDequeue(out var first))
            RunOnPool(first, _later);
        _later = new Queue<IRunnable>();
    }

    /// <summary>Runs a mailbox behind the one that runs now.</summary>
    public void Enqueue(IRunnable run) => _waiting.Enqueue(run);

    /// <summary>Runs a mailbox and those that it schedules.</summary>
    public void Run(IRunnable first)
    {
        IsRunning = true;
        try
        {
            first.Run();
            RunWaiting(RunTime);
            if (IsEventLoop)
                CountCompletion();
        }
        finally
        {
            EndRun();
        }
    }

    /// <summary>
    /// Has work done in the loop's next turn. False, and nothing done, where there are no turns or the loop is not
    /// busy.
    /// </summary>
    /// <param name="work">What is to be done.</param>
    /// <param name="turns">In which turn from this one on; 1 is the next. By more, a heavy client lets others go
    /// first.</param>
    public bool TryDefer(IDeferredWork work, int turns)
    {
        if (!_defers || !IsRunning)
            return false;
        _deferred.Enqueue(new Deferred(work, turns));
        _arm!();
        return true;
    }

    /// <summary>
    /// Has work done when the mailboxes have run that wait on this thread: once for all that they have led to. What it
    /// tells actors runs right after it. False, and nothing done, on a thread that runs none.
    /// </summary>
    public bool TryAtEnd(IRunEnd work)
    {
        if (!IsRunning)
            return false;
        _ends.Enqueue(work);
        return true;
    }

    /// <summary>
    /// Takes a mailbox from another thread, to run it in the next turn. False when there are no turns. Any thread.
    /// </summary>
    public bool TryGive(IRunnable run)
    {
        Func<bool> wake;
        lock (_givenGate)
        {
            if (_wake is null)
                return false;
            _given.Enqueue(run);
            if (_given.Count > 1)
                return true;
            wake = _wake;
        }

        if (!wake())
            PassGivenToPool();
        return true;
    }

    /// <summary>The turn has come for what was put off.</summary>
    public void OnWoken()
    {
        IsRunning = true;
        try
        {
            // Both as they are now: what is put off or deferred meanwhile has its turn after the next poll.
            var count = _deferred.Count;
            TakeGiven();
            (_waiting, _later) = (_later, _waiting);
            var isIdle = _waiting.Count == 0;
            RunWaiting(RunTime);
            if (!BeginDeferred(count) && isIdle)
                BeginHeavy(count);
        }
        finally
        {
            EndRun();
            if (_deferred.Count > 0 || _later.Count > 0)
                _arm!();
        }
    }

    private void TakeGiven()
    {
        lock (_givenGate)
        {
            while (_given.TryDequeue(out var run))
                _later.Enqueue(run);
        }
    }

    /// <summary>Without a wake nobody knows when the loop would look. What it took meanwhile is its own.</summary>
    private void PassGivenToPool()
    {
        lock (_givenGate)
        {
            while (_given.TryDequeue(out var run))
                RunOnPool(run, null);
        }
    }

    /// <summary>Begins what is due in this turn. False when nothing was.</summary>
    private bool BeginDeferred(int count)
    {
        var begun = 0;
        for (var i = 0; i < count; i++)
        {
            var next = _deferred.Dequeue();
            if (next.Turns > 1)
            {
                _deferred.Enqueue(next with { Turns = next.Turns - 1 });
                continue;
            }

            next.Work.Begin();
            if (++begun % DeferredPerGroup == 0)
                RunWaiting(GroupTime);
        }

        // While a heavy client waits its turns everybody's work has to be told apart by turns.
        _defers = count >= FewestWorthAWake || begun < count || _later.Count > 0;
        RunWaiting(GroupTime);
        return begun > 0;
    }

    /// <summary>Nobody else has anything to do: heavy clients need not wait.</summary>
    private void BeginHeavy(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _deferred.Dequeue().Work.Begin();
            RunWaiting(RunTime);
        }
    }

    /// <summary>Runs what waits, until it is empty or its time is over, and what is to be done at its end.</summary>
    private void RunWaiting(TimeSpan time)
    {
        if (_waiting.Count == 0 && _ends.Count == 0)
            return;
        var started = _stopwatch.GetTimestamp();
        RunWaiting(started, time);
        while (_ends.TryDequeue(out var end))
        {
            end.AtEnd();
            if (_ends.Count == 0)
                RunWaiting(started, time);
        }
    }

    private void RunWaiting(long started, TimeSpan time)
    {
        for (var untilReading = MailboxesPerClockReading; _waiting.TryDequeue(out var next); untilReading--)
        {
            if (untilReading == 0)
            {
                if (_stopwatch.GetElapsedTime(started) > time)
                {
                    PutOff(next);
                    return;
                }

                untilReading = MailboxesPerClockReading;
            }

            next.Run();
        }
    }

    /// <summary>Leaves a mailbox and all that wait for the next turn, or for the pool.</summary>
    private void PutOff(IRunnable next)
    {
        if (_arm is null)
        {
            RunOnPool(next, _waiting);
            _waiting = new Queue<IRunnable>();
            return;
        }

        _later.Enqueue(next);
        while (_waiting.TryDequeue(out var another))
            _later.Enqueue(another);
        _defers = true;
        _arm();
    }

    private void EndRun()
    {
        IsRunning = false;

        // A mailbox does not throw; should one, the actors queued behind it must not be lost with it.
        while (_ends.TryDequeue(out var end))
            end.AtEnd();
        if (_waiting.TryDequeue(out var orphan))
        {
            RunOnPool(orphan, _waiting);
            _waiting = new Queue<IRunnable>();
        }
    }

    private void CountCompletion()
    {
        // With the first completion, before a client that always has more to say could move to the pool for good.
        if (_completions == 0 && _arm is null)
            LoopWake.Create();
        if (++_completions < CompletionsPerSample)
            return;
        _completions = 0;
        if (_arm is not null && _stopwatch.GetElapsedTime(_sampleStart) < BusySampleTime)
            _defers = true;
        _sampleStart = _stopwatch.GetTimestamp();
    }

    private readonly record struct Deferred(IDeferredWork Work, int Turns);

    private sealed class PoolRun(IRunnable first, Queue<IRunnable>? rest) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            var queue = Current;
            if (rest is not null)
                queue._waiting = rest;
            queue.Run(first);
        }
    }
}

/// <summary>What <see cref="ThreadQueue.TryAtEnd"/> does once for many mailboxes.</summary>
internal interface IRunEnd
{
    /// <summary>The mailboxes that waited on this thread have run. Throws nothing.</summary>
    void AtEnd();
}

/// <summary>What <see cref="ThreadQueue.TryDefer"/> puts off.</summary>
internal interface IDeferredWork
{
    /// <summary>Begins it, by telling actors. On the event loop that it was deferred on.</summary>
    void Begin();
}
