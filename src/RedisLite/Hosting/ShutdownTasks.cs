using Akka;
using Akka.Actor;

namespace RedisLite.Hosting;

/// <summary>The end of a server, told top to bottom: every CoordinatedShutdown task, in the order in which they run.</summary>
internal static class ShutdownTasks
{
    /// <param name="system">The server's own system, or its host's.</param>
    /// <param name="instance">What is to end.</param>
    public static void Register(ActorSystem system, ServerInstance instance)
    {
        // 1. New clients get an error. The listening socket stays: unbinding it would reset everybody.
        Add(system, CoordinatedShutdown.PhaseServiceUnbind, "redislite-refuse-new-clients", instance.RefuseNewClientsAsync);

        // 2. Everybody gets the replies to what the server has read, up to a timeout, and is closed.
        Add(system, CoordinatedShutdown.PhaseServiceRequestsDone, "redislite-drain-connections", instance.DrainAsync);

        // 3. Everything acknowledged goes to the disk.
        Add(system, CoordinatedShutdown.PhaseServiceStop, "redislite-save", instance.SaveAsync);

        // 4. The actors stop: the listener with its sockets, the executors, the server.
        Add(system, CoordinatedShutdown.PhaseBeforeClusterShutdown, "redislite-stop-actors", instance.StopActorsAsync);

        // 5. No thread can touch the data any more: every native block goes back.
        Add(system, CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "redislite-release-memory", () =>
        {
            instance.Release();
            return Task.CompletedTask;
        });
    }

    private static void Add(ActorSystem system, string phase, string name, Func<Task> step) =>
        CoordinatedShutdown.Get(system).AddTask(phase, name, async () =>
        {
            await step().ConfigureAwait(false);
            return Done.Instance;
        });
}
