using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace RedisLite.Execution;

/// <summary>Akka's scheduler without ticks: its thread sleeps until something is due, and no longer.</summary>
/// <remarks>
/// <para><c>akka.scheduler.implementation = "RedisLite.Execution.DueTimeScheduler, RedisLite"</c>. Akka's own wakes up
/// for each tick, which was most of what an idle server used, and lets everybody wait for up to a tick longer.</para>
/// <code>
///   heap by due time     [ 12.000 tick of aof ][ 12.080 sample ][ 15.000 WAIT's timeout ] ...
///   thread               sleeps until 12.000, or until something earlier is added
/// </code>
/// Any thread adds; what is due runs on the scheduler's thread, as with Akka's own, and must be short: a message to an
/// actor. What was canceled is forgotten when it is due, or when it makes up half of the heap. LOCK: <c>_gate</c>
/// guards the heap and nothing runs under it.
/// </remarks>
public sealed class DueTimeScheduler : SchedulerBase, IDateTimeOffsetNowTimeProvider, IDisposable
{
    private const int FewEntries = 1024;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private readonly object _gate = new();
    private readonly PriorityQueue<Entry, (long Due, long Number)> _entries = new();
    private readonly Thread _thread;
    private long _number;
    private int _pruneAt = FewEntries;
    private bool _isStopped;

    /// <summary>Called by Akka.</summary>
    public DueTimeScheduler(Config config, ILoggingAdapter log)
        : base(config, log)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "redislite-scheduler" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public override TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(0);

    /// <inheritdoc/>
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <inheritdoc/>
    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    /// <summary>How many wait, those included that were canceled and are not forgotten yet.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Lets go of what was canceled, and of whatever its messages and receivers hold. Any thread.</summary>
    internal void ForgetCanceled()
    {
        lock (_gate)
            Prune();
    }

    /// <summary>Ends the thread; what is not due yet never runs.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopped = true;
            _entries.Clear();
            Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Add(delay, TimeSpan.Zero, new Tell(receiver, message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender,
        ICancelable cancelable) =>
        Add(initialDelay, interval, new Tell(receiver, message, sender), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Add(delay, TimeSpan.Zero, new ActionRunnable(action), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Add(delay, TimeSpan.Zero, action, cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Add(initialDelay, interval, new ActionRunnable(action), cancelable);

    /// <inheritdoc/>
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Add(initialDelay, interval, action, cancelable);

    private void Add(TimeSpan delay, TimeSpan interval, IRunnable work, ICancelable? cancelable)
    {
        if (cancelable is { IsCancellationRequested: true })
            return;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            Enqueue(new Entry(work, interval, cancelable, Stopwatch.GetTimestamp() + Ticks(delay)));
        }
    }

    /// <summary>LOCK: <c>_gate</c>.</summary>
    private void Enqueue(Entry entry)
    {
        if (_entries.Count >= _pruneAt)
            Prune();
        _entries.Enqueue(entry, (entry.Due, _number++));
        if (ReferenceEquals(_entries.Peek(), entry))
            Monitor.Pulse(_gate);
    }

    /// <summary>LOCK: <c>_gate</c>.</summary>
    private void Prune()
    {
        (Entry Entry, (long, long) Order)[] live = [.. _entries.UnorderedItems.Where(item => !item.Element.IsCanceled)];
        _entries.Clear();
        _entries.EnqueueRange(live);
        _pruneAt = Math.Max(FewEntries, 2 * live.Length);
    }

    private void Run()
    {
        while (TakeDue() is { } entry)
        {
            if (entry.IsCanceled)
                continue;
            try
            {
                entry.Work.Run();
            }
            catch (Exception e)
            {
                Log.Error(e, "Scheduled work has failed");
            }

            if (entry.Interval > TimeSpan.Zero)
                Repeat(entry);
        }
    }

    /// <summary>Waits for the first entry's time; null at the end.</summary>
    private Entry? TakeDue()
    {
        lock (_gate)
        {
            while (!_isStopped)
            {
                if (!_entries.TryPeek(out var entry, out _))
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), entry.Due);
                if (left <= TimeSpan.Zero)
                    return _entries.Dequeue();

                // Up to the next millisecond, so that one sleep is enough.
                Monitor.Wait(_gate, left < LongestSleep ? left + TimeSpan.FromMilliseconds(1) : LongestSleep);
            }

            return null;
        }
    }

    /// <summary>At its own pace, also when it was late; but what was missed meanwhile is not made up for.</summary>
    private void Repeat(Entry entry)
    {
        var interval = Ticks(entry.Interval);
        entry.Due = Math.Max(entry.Due + interval, Stopwatch.GetTimestamp());
        lock (_gate)
        {
            if (!_isStopped)
                Enqueue(entry);
        }
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    private sealed class Entry(IRunnable work, TimeSpan interval, ICancelable? cancelable, long due)
    {
        public IRunnable Work { get; } = work;

        public TimeSpan Interval { get; } = interval;

        /// <summary>In ticks of <see cref="Stopwatch"/>.</summary>
        public long Due { get; set; } = due;

        public bool IsCanceled => cancelable is { IsCancellationRequested: true };
    }

    private sealed class Tell(ICanTell receiver, object message, IActorRef sender) : IRunnable
    {
        public void Run() => receiver.Tell(message, sender);

        public void Execute() => Run();
    }
}
