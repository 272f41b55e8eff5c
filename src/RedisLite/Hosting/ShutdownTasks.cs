using Akka;
using Akka.Actor;

namespace RedisLite.Hosting;

/// <summary>
/// The end of a server, told top to bottom: every CoordinatedShutdown task, in the order in which they run.
/// </summary>
internal static class ShutdownTasks
{
    /// <summary>The steps of the end, in order: for a guest that leaves a system which goes on without it.</summary>
    /// <param name="instance">What is to end.</param>
    public static IReadOnlyList<Step> Of(ServerInstance instance) =>
    [
        // New clients get an error. The listening socket stays: unbinding it would reset everybody.
        new(CoordinatedShutdown.PhaseServiceUnbind, "redislite-refuse-new-clients", instance.RefuseNewClientsAsync),

        // Everybody gets the replies to what the server has read, up to a timeout, and is closed.
        new(CoordinatedShutdown.PhaseServiceRequestsDone, "redislite-drain-connections", instance.DrainAsync),

        // Everything acknowledged goes to the disk.
        new(CoordinatedShutdown.PhaseServiceStop, "redislite-save", instance.SaveAsync),

        // The actors stop: the listener with its sockets, the executors, the server.
        new(CoordinatedShutdown.PhaseBeforeClusterShutdown, "redislite-stop-actors", instance.StopActorsAsync),

        // No thread can touch the data any more: every native block goes back.
        new(CoordinatedShutdown.PhaseBeforeActorSystemTerminate, "redislite-release-memory", instance.ReleaseAsync),
    ];

    /// <summary>Has the steps run when the system ends.</summary>
    /// <param name="system">The server's own system, or its host's.</param>
    /// <param name="instance">What is to end.</param>
    public static void Register(ActorSystem system, ServerInstance instance)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        foreach (var step in Of(instance))
            shutdown.AddTask(step.Phase, step.Name, async () =>
            {
                await step.Run().ConfigureAwait(false);
                return Done.Instance;
            });
    }

    /// <summary>One step.</summary>
    /// <param name="Phase">CoordinatedShutdown's; phases run in the order of the list.</param>
    /// <param name="Name">The task's, for the log.</param>
    /// <param name="Run">May be called more than once; the step happens once.</param>
    public sealed record Step(string Phase, string Name, Func<Task> Run);
}
