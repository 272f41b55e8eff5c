using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>
/// Hands what Akka says about the bus to the server's log, as details: what it means for the cluster, the bus says
/// itself.
/// </summary>
internal sealed class BusLogActor : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly BusSetup? _setup;

    public BusLogActor()
    {
        var setup = Context.System.Settings.Setup.Get<BusSetup>();
        _setup = setup.HasValue ? setup.Value : null;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent line:
                var isOurs = line.LogSource.Contains("/user/", StringComparison.Ordinal)
                    && line.LogLevel() >= Akka.Event.LogLevel.ErrorLevel;
                _setup?.Log(isOurs ? LogVerbosity.Warning : LogVerbosity.Verbose, isOurs
                    ? $"Bus: {line.Message} {line.Cause}" : $"Bus: {line.Message} {line.Cause?.Message}");
                break;
        }
    }
}
