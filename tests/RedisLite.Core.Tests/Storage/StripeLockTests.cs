using RedisLite.Storage.Locking;

namespace RedisLite.Core.Tests.Storage;

public sealed class StripeLockTests
{
    /// <summary>Long enough for any machine; a test that reaches it has failed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly StripeLock[] _locks = new StripeLock[1];

    private ref StripeLock TheLock => ref _locks[0];

    [Fact]
    public void A_writer_excludes_everyone()
    {
        TheLock.Enter(exclusive: true);
        Assert.True(TheLock.IsHeldExclusive);
        Assert.False(TheLock.TryEnter(exclusive: true));
        Assert.False(TheLock.TryEnter(exclusive: false));
        TheLock.Exit(exclusive: true);
        Assert.False(TheLock.IsHeld);
        Assert.True(TheLock.TryEnter(exclusive: true));
    }

    [Fact]
    public void Readers_share_and_exclude_a_writer()
    {
        TheLock.Enter(exclusive: false);
        Assert.True(TheLock.TryEnter(exclusive: false));
        Assert.False(TheLock.TryEnter(exclusive: true));
        TheLock.Exit(exclusive: false);
        Assert.False(TheLock.TryEnter(exclusive: true));
        TheLock.Exit(exclusive: false);
        Assert.True(TheLock.TryEnter(exclusive: true));
    }

    [Fact]
    public async Task Readers_are_inside_at_the_same_time()
    {
        using var inside = new Barrier(4);
        var readers = Enumerable.Range(0, 4).Select(_ => OnThread(() =>
        {
            TheLock.Enter(exclusive: false);
            // None passes before all are inside.
            var met = inside.SignalAndWait(Patience);
            TheLock.Exit(exclusive: false);
            Assert.True(met);
        }));
        await Task.WhenAll(readers);
        Assert.False(TheLock.IsHeld);
    }

    [Fact]
    public async Task Nothing_is_lost_or_torn_between_writers_and_readers()
    {
        const int Rounds = 20_000;
        long a = 0, b = 0;
        using var start = new Barrier(6);
        var threads = Enumerable.Range(0, 6).Select(number => OnThread(() =>
        {
            start.SignalAndWait(Patience);
            for (var i = 0; i < Rounds; i++)
            {
                var exclusive = number < 3;
                if (i % 3 != 0 || !TheLock.TryEnter(exclusive))
                    TheLock.Enter(exclusive);
                if (exclusive)
                {
                    a++;
                    b--;
                }
                var sum = a + b;
                TheLock.Exit(exclusive);
                Assert.Equal(0, sum);
            }
        }));
        await Task.WhenAll(threads);
        Assert.Equal(3 * Rounds, a);
        Assert.False(TheLock.IsHeld);
        Assert.False(TheLock.HasSleepers);
    }

    [Fact]
    public async Task A_waiting_writer_keeps_new_readers_out()
    {
        TheLock.Enter(exclusive: false);
        var writer = OnThread(() => TheLock.Enter(exclusive: true));
        AwaitClaim();
        Assert.False(writer.IsCompleted);
        TheLock.Exit(exclusive: false);
        await writer;
        Assert.True(TheLock.IsHeldExclusive);
        TheLock.Exit(exclusive: true);
        Assert.True(TheLock.TryEnter(exclusive: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_sleeper_gets_in_while_others_never_leave_it_free_for_long(bool sleeperWrites)
    {
        TheLock.Enter(exclusive: true);
        var sleeper = OnThread(() => TheLock.Enter(sleeperWrites));
        AwaitSleepers();
        using var stop = new CancellationTokenSource();
        using var running = new CountdownEvent(3);
        var others = Enumerable.Range(0, 3).Select(_ => OnThread(() =>
        {
            running.Signal();
            while (!stop.IsCancellationRequested)
            {
                TheLock.Enter(!sleeperWrites);
                TheLock.Exit(!sleeperWrites);
            }
        })).ToArray();
        Assert.True(running.Wait(Patience));
        TheLock.Exit(exclusive: true);
        await sleeper;
        await stop.CancelAsync();
        TheLock.Exit(sleeperWrites);
        await Task.WhenAll(others);
        Assert.False(TheLock.IsHeld);
    }

    [Fact]
    public async Task All_sleeping_readers_come_in_when_the_writer_leaves()
    {
        TheLock.Enter(exclusive: true);
        using var inside = new Barrier(3);
        var readers = Enumerable.Range(0, 3).Select(_ => OnThread(() =>
        {
            TheLock.Enter(exclusive: false);
            Assert.True(inside.SignalAndWait(Patience));
            TheLock.Exit(exclusive: false);
        })).ToArray();
        AwaitSleepers();
        TheLock.Exit(exclusive: true);
        await Task.WhenAll(readers);
        Assert.False(TheLock.HasSleepers);
    }

    [Fact]
    public async Task Another_thread_may_release()
    {
        TheLock.Enter(exclusive: true);
        await OnThread(() => TheLock.Exit(exclusive: true));
        Assert.True(TheLock.TryEnter(exclusive: true));
    }

    [Fact]
    public async Task An_interrupted_sleeper_leaves_the_queue_to_the_others()
    {
        TheLock.Enter(exclusive: false);
        var interrupted = new TaskCompletionSource();
        var victim = new Thread(() =>
        {
            try
            {
                TheLock.Enter(exclusive: true);
            }
            catch (ThreadInterruptedException)
            {
                interrupted.SetResult();
            }
        })
        { IsBackground = true };
        victim.Start();
        AwaitClaim();
        var follower = OnThread(() => TheLock.Enter(exclusive: false));
        victim.Interrupt();
        await interrupted.Task.WaitAsync(Patience);
        await follower;
        TheLock.Exit(exclusive: false);
        TheLock.Exit(exclusive: false);
        Assert.False(TheLock.HasSleepers);
        Assert.True(TheLock.TryEnter(exclusive: true));
    }

    private static Task OnThread(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .WaitAsync(Patience);

    /// <summary>Until a writer has claimed the lock, other readers still get in.</summary>
    private void AwaitClaim() => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            if (!TheLock.TryEnter(exclusive: false))
                return true;
            TheLock.Exit(exclusive: false);
            return false;
        },
        Patience));

    private void AwaitSleepers() => Assert.True(SpinWait.SpinUntil(() => TheLock.HasSleepers, Patience));
}
