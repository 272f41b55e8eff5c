using Microsoft.Extensions.Time.Testing;
using RedisLite.Actor.Tests.Support;
using RedisLite.Execution;

namespace RedisLite.Actor.Tests.Execution;

/// <summary>Turns of an event loop, played on a thread of its own; the test is the poll.</summary>
public sealed class ThreadQueueTests
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private readonly InlineExecutorService _executor = new("test");
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _order = [];
    private bool _isArmed;
    private int _wakes;
    private bool _wakeFails;

    [Fact]
    public void A_chain_without_end_goes_on_in_the_next_turn() => OnEventLoop(queue =>
    {
        var runs = 0;
        var goesOn = true;
        void Again()
        {
            runs++;
            _time.Advance(Millisecond);
            if (goesOn)
                _executor.Execute(Run(Again));
        }

        _executor.Execute(Run(Again));
        var inFirstTurn = runs;
        Wake(queue);
        var inSecondTurn = runs - inFirstTurn;
        goesOn = false;
        Wake(queue);

        Assert.True(inFirstTurn > 1);
        Assert.True(inSecondTurn > 1);
        Assert.Equal(inFirstTurn + inSecondTurn + 1, runs);
        Assert.False(_isArmed);
    });

    [Fact]
    public void What_comes_from_the_poll_runs_before_what_was_put_off() => OnEventLoop(queue =>
    {
        var goesOn = true;
        void Again()
        {
            _time.Advance(Millisecond);
            if (goesOn)
                _executor.Execute(Run(Again));
            else
                _order.Add("put off");
        }

        _executor.Execute(Run(Again));
        goesOn = false;
        _executor.Execute(Run(() => _order.Add("from the poll")));
        Wake(queue);

        Assert.Equal(["from the poll", "put off"], _order);
    });

    [Fact]
    public void A_loop_that_is_not_busy_defers_nothing() => OnEventLoop(queue =>
    {
        for (var i = 0; i < 1000; i++)
        {
            _time.Advance(Millisecond);
            _executor.Execute(Run(() => { }));
        }

        _executor.Execute(Run(() => Assert.False(queue.TryDefer(new Work(() => { }), 1))));

        Assert.False(_isArmed);
    });

    [Fact]
    public void A_busy_loop_defers_to_its_next_turn_and_in_order() => OnEventLoop(queue =>
    {
        MakeBusy();

        _executor.Execute(Run(() =>
        {
            foreach (var name in new[] { "a", "b", "c" })
                Assert.True(queue.TryDefer(new Work(() => _executor.Execute(Run(() => _order.Add(name)))), 1));
        }));
        Assert.Empty(_order);
        Wake(queue);

        Assert.Equal(["a", "b", "c"], _order);
    });

    [Fact]
    public void What_is_deferred_in_a_turn_waits_for_the_one_after_it() => OnEventLoop(queue =>
    {
        MakeBusy();
        void Defer(int count) => _executor.Execute(Run(() =>
        {
            for (var i = 0; i < count; i++)
                Assert.True(queue.TryDefer(new Work(() => _executor.Execute(Run(() => _order.Add("first turn")))), 1));
            Assert.True(queue.TryDefer(new Work(() => _executor.Execute(Run(() =>
                Assert.True(queue.TryDefer(new Work(() => _order.Add("second turn")), 1))))), 1));
        }));

        Defer(7);
        Wake(queue);
        Assert.Equal(Enumerable.Repeat("first turn", 7), _order);
        Wake(queue);

        Assert.Equal("second turn", _order[^1]);
    });

    [Fact]
    public void A_heavy_client_lets_others_have_turns() => OnEventLoop(queue =>
    {
        MakeBusy();
        void Defer(string name, int turns) =>
            _executor.Execute(Run(() => Assert.True(queue.TryDefer(new Work(() => _order.Add(name)), turns))));

        Defer("heavy", 3);
        for (var turn = 0; turn < 3; turn++)
        {
            Defer("light", 1);
            Wake(queue);
        }

        Assert.Equal(["light", "light", "heavy", "light"], _order);
        Assert.False(_isArmed);
    });

    [Fact]
    public void A_heavy_client_that_is_alone_does_not_wait() => OnEventLoop(queue =>
    {
        MakeBusy();
        _executor.Execute(Run(() => queue.TryDefer(new Work(() => _order.Add("heavy")), 9)));

        Wake(queue);

        Assert.Equal(["heavy"], _order);
    });

    [Fact]
    public void A_run_that_took_long_makes_the_loop_busy() => OnEventLoop(queue =>
    {
        var goesOn = true;
        void Again()
        {
            _time.Advance(Millisecond);
            if (goesOn)
                _executor.Execute(Run(Again));
        }

        _executor.Execute(Run(Again));
        goesOn = false;

        _executor.Execute(Run(() => Assert.True(queue.TryDefer(new Work(() => { }), 1))));
    });

    [Fact]
    public void A_turn_that_had_little_to_do_ends_deferring() => OnEventLoop(queue =>
    {
        MakeBusy();
        _executor.Execute(Run(() => Assert.True(queue.TryDefer(new Work(() => { }), 1))));

        Wake(queue);

        _executor.Execute(Run(() => Assert.False(queue.TryDefer(new Work(() => { }), 1))));
    });

    [Fact]
    public void A_mailbox_that_throws_loses_nothing_that_was_deferred() => OnEventLoop(queue =>
    {
        MakeBusy();
        _executor.Execute(Run(() =>
        {
            queue.TryDefer(new Work(() => throw new InvalidOperationException("broken")), 1);
            queue.TryDefer(new Work(() => _order.Add("behind it")), 1);
        }));
        Assert.Throws<InvalidOperationException>(() => Wake(queue));

        Wake(queue);

        Assert.Equal(["behind it"], _order);
    });

    [Fact]
    public async Task Without_turns_what_was_put_off_is_done_at_once_or_by_the_pool()
    {
        var ran = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        OnEventLoop(queue =>
        {
            void Again()
            {
                _time.Advance(Millisecond);
                if (Thread.CurrentThread.IsThreadPoolThread)
                    ran.SetResult();
                else
                    _executor.Execute(Run(Again));
            }

            _executor.Execute(Run(Again));
            _executor.Execute(Run(() => Assert.True(queue.TryDefer(new Work(() => _order.Add("deferred")), 5))));
            queue.Abandon();

            _executor.Execute(Run(() => Assert.False(queue.TryDefer(new Work(() => { }), 1))));
        });

        await ran.Task;
        Assert.Equal(["deferred"], _order);
    }

    [Fact]
    public void A_loop_has_one_source_of_turns_and_other_threads_none()
    {
        OnEventLoop(queue => Assert.False(queue.TryAdopt(() => { }, () => true)));
        NewThread.Run(() => Assert.False(ThreadQueue.Current.TryAdopt(() => { }, () => true)));
        NewThread.Run(() => Assert.False(ThreadQueue.Current.TryGive(Run(() => { }))));
    }

    [Fact]
    public void What_other_threads_give_runs_on_the_loop_in_its_next_turn_for_one_wake()
    {
        OnEventLoop(queue =>
        {
            NewThread.Run(() =>
            {
                for (var i = 1; i <= 3; i++)
                {
                    var number = i;
                    Assert.True(queue.TryGive(Run(() => _order.Add($"given {number} on {Name(queue)}"))));
                }
            });
            Assert.Equal(1, _wakes);
            Assert.Empty(_order);

            queue.OnWoken();
            Assert.Equal(["given 1 on loop", "given 2 on loop", "given 3 on loop"], _order);

            NewThread.Run(() => Assert.True(queue.TryGive(Run(() => { }))));
            Assert.Equal(2, _wakes);
        });

        static string Name(ThreadQueue queue) => ThreadQueue.Current == queue ? "loop" : "another thread";
    }

    [Fact]
    public async Task What_other_threads_give_runs_on_the_pool_when_the_loop_cannot_be_woken()
    {
        var ranOnPool = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _wakeFails = true;
        OnEventLoop(queue => NewThread.Run(() => Assert.True(queue.TryGive(TellWhetherOnPool(ranOnPool)))));

        Assert.True(await ranOnPool.Task);
    }

    [Fact]
    public async Task What_other_threads_gave_to_a_loop_that_is_abandoned_runs_on_the_pool()
    {
        var ranOnPool = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        OnEventLoop(queue =>
        {
            NewThread.Run(() => Assert.True(queue.TryGive(TellWhetherOnPool(ranOnPool))));
            queue.Abandon();
            NewThread.Run(() => Assert.False(queue.TryGive(Run(() => { }))));
        });

        Assert.True(await ranOnPool.Task);
    }

    /// <summary>Many completions in little time.</summary>
    private void MakeBusy()
    {
        for (var i = 0; i < 128; i++)
            _executor.Execute(Run(() => { }));
    }

    /// <summary>The poll brings the wake that was asked for.</summary>
    private void Wake(ThreadQueue queue)
    {
        Assert.True(_isArmed);
        _isArmed = false;
        queue.OnWoken();
    }

    private void OnEventLoop(Action<ThreadQueue> test) => NewThread.Run(() =>
    {
        var queue = ThreadQueue.StartEventLoop(_time);
        Assert.True(queue.TryAdopt(() => _isArmed = true, () => ++_wakes > 0 && !_wakeFails));
        test(queue);
    });

    private static ActionRun Run(Action action) => new(action);

    // An assertion that fails on a pool thread would end the process and not the test.
    private static ActionRun TellWhetherOnPool(TaskCompletionSource<bool> answer) =>
        Run(() => answer.SetResult(Thread.CurrentThread.IsThreadPoolThread));

    private sealed class Work(Action begin) : IDeferredWork
    {
        public void Begin() => begin();
    }
}
