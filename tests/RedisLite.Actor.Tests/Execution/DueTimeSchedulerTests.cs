using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using RedisLite.Execution;

namespace RedisLite.Actor.Tests.Execution;

/// <summary>Akka's scheduler without ticks.</summary>
public sealed class DueTimeSchedulerTests : IDisposable
{
    private static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(30);

    private readonly DueTimeScheduler _scheduler = new(Config.Empty, NoLogger.Instance);

    private IActionScheduler Actions => ((IScheduler)_scheduler).Advanced;

    [Fact]
    public async Task What_is_due_earlier_runs_earlier_whenever_it_was_added()
    {
        var order = new List<int>();
        var done = new TaskCompletionSource();
        Actions.ScheduleOnce(TimeSpan.FromMilliseconds(300), () =>
        {
            order.Add(3);
            done.SetResult();
        });
        Actions.ScheduleOnce(TimeSpan.FromMilliseconds(1), () => order.Add(1));
        Actions.ScheduleOnce(TimeSpan.FromMilliseconds(100), () => order.Add(2));
        await done.Task.WaitAsync(SafetyNet);
        Assert.Equal([1, 2, 3], order);
    }

    [Fact]
    public void What_was_canceled_is_let_go_of_when_asked()
    {
        using var canceled = new Cancelable((IScheduler)_scheduler);
        Actions.ScheduleOnce(TimeSpan.FromHours(1), () => { }, canceled);
        Actions.ScheduleOnce(TimeSpan.FromHours(1), () => { });
        canceled.Cancel();
        Assert.Equal(2, _scheduler.Count);
        _scheduler.ForgetCanceled();
        Assert.Equal(1, _scheduler.Count);
    }

    [Fact]
    public async Task What_repeats_goes_on_until_it_is_canceled_although_it_throws()
    {
        var count = 0;
        var enough = new TaskCompletionSource();
        using var cancelable = new Cancelable((IScheduler)_scheduler);
        Actions.ScheduleRepeatedly(
            TimeSpan.Zero,
            TimeSpan.FromMilliseconds(1),
            () =>
            {
                if (++count == 5)
                {
                    cancelable.Cancel();
                    enough.SetResult();
                }

                throw new InvalidOperationException("a test");
            },
            cancelable);
        await enough.Task.WaitAsync(SafetyNet);

        var later = new TaskCompletionSource();
        Actions.ScheduleOnce(TimeSpan.FromMilliseconds(20), later.SetResult);
        await later.Task.WaitAsync(SafetyNet);
        Assert.Equal(5, count);
        Assert.Equal(0, _scheduler.Count);
    }

    [Fact]
    public void What_was_canceled_does_not_pile_up()
    {
        for (var i = 0; i < 100_000; i++)
        {
            using var cancelable = new Cancelable((IScheduler)_scheduler);
            Actions.ScheduleOnce(TimeSpan.FromHours(1), () => Assert.Fail("It was canceled"), cancelable);
            cancelable.Cancel();
        }

        Assert.True(_scheduler.Count <= 1024, $"{_scheduler.Count} are kept");
    }

    [Fact]
    public void After_the_end_nothing_is_taken()
    {
        _scheduler.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Actions.ScheduleOnce(TimeSpan.Zero, static () => { }));
    }

    public void Dispose() => _scheduler.Dispose();
}
