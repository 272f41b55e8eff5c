using System.Diagnostics;
using Akka.Configuration;
using Akka.Dispatch;

namespace RedisLite.Execution;

/// <summary>
/// Lets HOCON plug <see cref="InlineExecutorService"/> into a dispatcher:
/// <c>executor = "RedisLite.Execution.InlineExecutorConfigurator, RedisLite"</c>.
/// </summary>
public sealed class InlineExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    /// <inheritdoc/>
    public override ExecutorService Produce(string id) => new InlineExecutorService(id);
}

/// <summary>Runs a mailbox on the thread that schedules it, where that thread is ours to use; else on the thread pool.</summary>
/// <remarks>
/// Handing a request from the socket's thread to a pool thread and its reply back costs more than running most
/// commands (docs/THREADPOOL.md). So an actor told by a thread that runs actors runs next on that same thread:
/// queued behind the running one, never nested inside it.
/// <code>
///   event loop: [ completion ] -> mailbox A --Tell(B)--> queue: B          (a thread's own queue, no lock)
///                                 A returns, B runs, ... queue empty: back to the poll
/// </code>
/// Only two kinds of threads take mailboxes: .NET's socket event loops (which run completions themselves when
/// <c>DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1</c>), and pool threads that were started here to run one. A timer
/// or a disk thread that tells an actor hands the work to the pool, or it would end up sending to sockets.
/// A thread that has run mailboxes for half a millisecond gives the rest of its queue to the pool, so that one busy
/// client cannot keep an event loop from its other sockets. By time and not by number: 256 mailboxes of a client that
/// sends megabytes were 50 ms.
/// </remarks>
internal sealed class InlineExecutorService(string id) : ExecutorService(id)
{
    private static readonly long TicksBeforeYield = Stopwatch.Frequency / 2000;

    [ThreadStatic]
    private static ThreadQueue? _current;

    public override void Execute(IRunnable run)
    {
        var queue = _current ??= new ThreadQueue(ThreadQueue.IsEventLoop(Thread.CurrentThread));
        if (queue.IsRunning)
            queue.Enqueue(run);
        else if (queue.OwnsThread)
            queue.RunAll(run);
        else
            ThreadPool.UnsafeQueueUserWorkItem(new PoolRun(run, null), preferLocal: false);
    }

    /// <summary>Nothing to stop: the threads are the runtime's.</summary>
    public override void Shutdown()
    {
    }

    private sealed class PoolRun(IRunnable first, Queue<IRunnable>? rest) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            var queue = _current ??= new ThreadQueue(ThreadQueue.IsEventLoop(Thread.CurrentThread));
            if (rest is not null)
                queue.Take(rest);
            queue.RunAll(first);
        }
    }

    private sealed class ThreadQueue(bool ownsThread)
    {
        private Queue<IRunnable> _waiting = new();

        /// <summary>Whether this thread may take mailboxes of its own accord.</summary>
        public bool OwnsThread { get; } = ownsThread;

        public bool IsRunning { get; private set; }

        public static bool IsEventLoop(Thread thread) => thread.Name == ".NET Sockets";

        public void Enqueue(IRunnable run) => _waiting.Enqueue(run);

        public void Take(Queue<IRunnable> rest) => _waiting = rest;

        public void RunAll(IRunnable first)
        {
            IsRunning = true;
            try
            {
                first.Run();
                if (_waiting.Count == 0)
                    return;
                var started = Stopwatch.GetTimestamp();
                while (_waiting.TryDequeue(out var next))
                {
                    if (Stopwatch.GetTimestamp() - started > TicksBeforeYield)
                    {
                        ThreadPool.UnsafeQueueUserWorkItem(new PoolRun(next, _waiting), preferLocal: false);
                        _waiting = new Queue<IRunnable>();
                        return;
                    }

                    next.Run();
                }
            }
            finally
            {
                IsRunning = false;

                // A mailbox does not throw; should one, the actors queued behind it must not be lost with it.
                if (_waiting.TryDequeue(out var orphan))
                {
                    ThreadPool.UnsafeQueueUserWorkItem(new PoolRun(orphan, _waiting), preferLocal: false);
                    _waiting = new Queue<IRunnable>();
                }
            }
        }
    }
}
