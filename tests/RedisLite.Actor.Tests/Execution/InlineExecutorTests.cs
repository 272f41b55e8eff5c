using RedisLite.Actor.Tests.Support;
using RedisLite.Execution;

namespace RedisLite.Actor.Tests.Execution;

public sealed class InlineExecutorTests
{
    private readonly InlineExecutorService _executor = new("test");

    [Fact]
    public async Task A_thread_that_is_not_ours_hands_the_work_to_the_pool()
    {
        var ranOn = new TaskCompletionSource<(int Id, bool IsPool)>(TaskCreationOptions.RunContinuationsAsynchronously);

        var caller = NewThread.Run(() => _executor.Execute(new ActionRun(() =>
            ranOn.SetResult((Environment.CurrentManagedThreadId, Thread.CurrentThread.IsThreadPoolThread)))),
                "somebody");

        var (id, isPool) = await ranOn.Task;
        Assert.True(isPool);
        Assert.NotEqual(caller, id);
    }

    [Fact]
    public void An_event_loop_thread_runs_it_itself_before_the_call_returns()
    {
        var ran = 0;

        var loop = NewThread.Run(
            () => _executor.Execute(new ActionRun(() => ran = Environment.CurrentManagedThreadId)), ".NET Sockets");

        Assert.Equal(loop, ran);
    }

    [Fact]
    public void What_is_scheduled_from_within_runs_afterwards_and_never_nested()
    {
        var order = new List<string>();

        NewThread.Run(() => _executor.Execute(new ActionRun(() =>
        {
            order.Add("a begins");
            _executor.Execute(new ActionRun(() => order.Add("b")));
            _executor.Execute(new ActionRun(() => order.Add("c")));
            order.Add("a ends");
        })), ".NET Sockets");

        Assert.Equal(["a begins", "a ends", "b", "c"], order);
    }

    [Fact]
    public async Task A_chain_without_end_gives_the_event_loop_back()
    {
        var runs = 0;
        var movedOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Again()
        {
            runs++;
            if (Thread.CurrentThread.IsThreadPoolThread)
                movedOn.SetResult();
            else
                _executor.Execute(new ActionRun(Again));
        }

        NewThread.Run(() => _executor.Execute(new ActionRun(Again)), ".NET Sockets");

        await movedOn.Task;
        Assert.True(runs > 2, "the event loop had no turn of its own");
    }

    [Fact]
    public async Task A_mailbox_that_throws_does_not_lose_those_behind_it()
    {
        var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        NewThread.Run(() => Assert.Throws<InvalidOperationException>(() => _executor.Execute(new ActionRun(() =>
        {
            _executor.Execute(new ActionRun(ran.SetResult));
            throw new InvalidOperationException("broken mailbox");
        }))), ".NET Sockets");

        await ran.Task;
    }
}
