using Akka.Actor;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Connections;
using RedisLite.Execution;
using RedisLite.Hosting;
using RedisLite.Persistence.Files;
using RedisLite.Protocol;

namespace RedisLite.Actor.Tests.Support;

/// <summary>Real services with real data, for actors whose neighbours are probes.</summary>
internal sealed class ServerFixture : IDisposable
{
    private readonly ServerComponents _components;
    private readonly CommandExecutor _executor;

    public ServerFixture(ActorSystem system)
    {
        _components = new ServerComponents(
            RedisLiteSettings.ForTests(), Clock, Akka.Event.Logging.GetLogger(system, "test"), _ =>
                ShutdownRequests++, DiskDevice.Instance);
        _executor = new CommandExecutor(Services);
    }

    public ServerClock Clock { get; } = new();

    public ServerComponents Components => _components;

    public CommandServices Services => _components.Services;

    public int ShutdownRequests { get; private set; }

    /// <summary>Limits small enough to be reached in a test.</summary>
    public ConnectionContext Context(IActorRef fast, IActorRef pool) => new()
    {
        Services = Services,
        Fast = fast,
        Pool = pool,
        ProtocolLimits = ProtocolLimits.Default,
        MaxRequestsPerBatch = 8,
        PoolArgumentThreshold = 16,
        InputHighWater = 4096,
        OutputHighWater = 128 * 1024,
    };

    /// <summary>Does what an executor would, on the test's thread.</summary>
    public ExecutorActor.Executed Run(ExecutorActor.Execute execute) =>
        ExecutorActor.Executed.For(_executor.Run(execute.Batch, mayWait: true));

    public void Dispose()
    {
        _executor.Dispose();
        _components.Dispose();
    }
}
