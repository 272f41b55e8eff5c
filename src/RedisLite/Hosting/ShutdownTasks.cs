using Akka;
using Akka.Actor;
using RedisLite.Connections;

namespace RedisLite.Hosting;

/// <summary>The end of a server, told top to bottom: every CoordinatedShutdown task, in the order in which they run.</summary>
internal static class ShutdownTasks
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    /// <param name="system">The server's own system, or the host's.</param>
    /// <param name="server">The server actor.</param>
    /// <param name="components">Released at the end.</param>
    /// <param name="drainTimeout">How long clients may take to receive their last replies.</param>
    /// <param name="stopped">Completed when nothing of the server is left.</param>
    public static void Register(
        ActorSystem system, IActorRef server, ServerComponents components, TimeSpan drainTimeout, TaskCompletionSource stopped)
    {
        var shutdown = CoordinatedShutdown.Get(system);

        // 1. New clients get an error. The listening socket stays: unbinding it would reset everybody.
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "redislite-refuse-new-clients",
            () => Ask(server, ListenerActor.Refuse.Instance, StopTimeout));

        // 2. Everybody gets the replies to what the server has read, up to a timeout, and is closed.
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "redislite-drain-connections",
            () => Ask(server, ListenerActor.Drain.Instance, drainTimeout + StopTimeout));

        // 3. The actors stop: the listener with its sockets, the executors, the server.
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "redislite-stop", async () =>
        {
            await server.GracefulStop(StopTimeout).ConfigureAwait(false);
            return Done.Instance;
        });

        // 4. No thread can touch the data any more: every native block goes back.
        shutdown.AddTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "redislite-release-memory", () =>
        {
            components.Dispose();
            stopped.TrySetResult();
            return Task.FromResult(Done.Instance);
        });
    }

    private static async Task<Done> Ask(IActorRef actor, object message, TimeSpan timeout) =>
        await actor.Ask<Done>(message, timeout).ConfigureAwait(false);
}
