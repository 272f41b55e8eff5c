using Akka.Dispatch;

namespace RedisLite.Actor.Tests.Support;

/// <summary>Runs a test's action on a thread of its own, to its end, and passes on what it threw.</summary>
internal static class NewThread
{
    /// <param name="action">What the thread does.</param>
    /// <param name="name">The thread's name.</param>
    /// <returns>The thread's id.</returns>
    public static int Run(Action action, string? name = null)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        { Name = name };
        thread.Start();
        var id = thread.ManagedThreadId;
        thread.Join();
        Assert.Null(failure);
        return id;
    }
}

/// <summary>A mailbox, as an executor sees one: something to run.</summary>
internal sealed class ActionRun(Action action) : IRunnable
{
    void IRunnable.Run() => action();

    public void Execute() => action();
}
