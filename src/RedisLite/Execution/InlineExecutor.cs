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

/// <summary>
/// Runs a mailbox on the thread that schedules it, where that thread is ours to use; else on the thread pool.
/// </summary>
/// <remarks>
/// Handing a request from the socket's thread to a pool thread and its reply back costs more than running most
/// commands (docs/THREADPOOL.md). So an actor told by a thread that runs actors runs next on that same thread:
/// queued behind the running one, never nested inside it.
/// <code>
///   event loop: [ completion ] -> mailbox A --Tell(B)--> queue: B          (a thread's own queue, no lock)
///                                 A returns, B runs, ... queue empty or time over: back to the poll
/// </code>
/// Only two kinds of threads take mailboxes: .NET's socket event loops (which run completions themselves when
/// <c>DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1</c>), and pool threads that were started here to run one. A timer
/// or a disk thread that tells an actor would end up sending to sockets: it hands the work to a loop's next turn, or to
/// the pool where no loop has turns.
/// </remarks>
internal sealed class InlineExecutorService(string id) : ExecutorService(id)
{
    public override void Execute(IRunnable run)
    {
        var queue = ThreadQueue.Current;
        if (queue.IsRunning)
            queue.Enqueue(run);
        else if (queue.IsEventLoop)
            queue.Run(run);
        else
            EventLoops.Run(run);
    }

    /// <summary>Nothing to stop: the threads are the runtime's.</summary>
    public override void Shutdown()
    {
    }
}
