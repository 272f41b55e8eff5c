using Akka.Actor;
using RedisLite.Execution;

namespace RedisLite.Actor.Tests.Execution;

public sealed class CompactMailboxTests
{
    private readonly CompactMessageQueue _queue = new();

    [Fact]
    public void Messages_come_out_in_the_order_in_which_they_went_in()
    {
        var next = 0;
        var expected = 0;
        foreach (var (puts, takes) in ((int, int)[])[(3, 2), (5, 4), (200, 150), (0, 52), (1, 1), (70, 70)])
        {
            for (var i = 0; i < puts; i++)
                _queue.Enqueue(ActorRefs.Nobody, new Envelope(next++, ActorRefs.NoSender));
            for (var i = 0; i < takes; i++)
            {
                Assert.True(_queue.TryDequeue(out var envelope));
                Assert.Equal(expected++, envelope.Message);
            }

            Assert.Equal(next - expected, _queue.Count);
            Assert.Equal(next > expected, _queue.HasMessages);
        }

        Assert.False(_queue.TryDequeue(out _));
    }

    [Fact]
    public async Task Senders_at_once_lose_nothing_and_keep_their_own_order()
    {
        const int senders = 4;
        const int each = 5000;
        var sending = Task.WhenAll(Enumerable.Range(0, senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
                _queue.Enqueue(ActorRefs.Nobody, new Envelope((sender, i), ActorRefs.NoSender));
        })));
        var seen = new int[senders];
        var spinner = default(SpinWait);
        for (var taken = 0; taken < senders * each;)
        {
            if (!_queue.TryDequeue(out var envelope))
            {
                spinner.SpinOnce();
                continue;
            }

            var (sender, number) = ((int, int))envelope.Message;
            Assert.Equal(seen[sender]++, number);
            taken++;
        }

        await sending;
        Assert.False(_queue.HasMessages);
    }

    [Fact]
    public void What_is_left_goes_to_the_dead_letters()
    {
        var deadLetters = new CompactMessageQueue();
        _queue.Enqueue(ActorRefs.Nobody, new Envelope("a", ActorRefs.NoSender));
        _queue.Enqueue(ActorRefs.Nobody, new Envelope("b", ActorRefs.NoSender));
        _queue.CleanUp(ActorRefs.Nobody, deadLetters);
        Assert.False(_queue.HasMessages);
        Assert.Equal(2, deadLetters.Count);
    }

    /// <summary>
    /// A mailbox that goes idle just when a message comes must run again: each round waits for its answer.
    /// </summary>
    [Fact]
    public async Task No_message_is_left_behind_in_a_mailbox_that_goes_idle()
    {
        using var system = ActorSystem.Create(
            "idle", "akka.actor.default-mailbox.mailbox-type = \"RedisLite.Execution.CompactMailbox, RedisLite\"");
        var actor = system.ActorOf(Props.Create(() => new CountingActor()));
        using var done = new SemaphoreSlim(0);
        for (var i = 0; i < 50_000; i++)
        {
            actor.Tell(done);
            actor.Tell(done);
            for (var answer = 0; answer < 2; answer++)
                Assert.True(await done.WaitAsync(TimeSpan.FromSeconds(30)), $"round {i} was not answered");
        }
    }

    private sealed class CountingActor : UntypedActor
    {
        protected override void OnReceive(object message) => ((SemaphoreSlim)message).Release();
    }
}
