using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace RedisLite.Hosting;

/// <summary>Hands what actors log to the <see cref="ILoggerFactory"/> that the server was started with.</summary>
/// <remarks>
/// What the server's own actors say has the category <c>RedisLite</c>, what Akka says about itself <c>Akka</c>, where
/// it is worth one level less: its news are that it started. Messages come as they were written; Akka.Hosting's own
/// logger would put time, thread and path before each, which every sink adds by itself.
/// </remarks>
internal sealed class LogBridgeActor : UntypedActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private readonly ILogger _server;
    private readonly ILogger _akka;

    public LogBridgeActor()
    {
        var setup = Context.System.Settings.Setup.Get<LoggerFactorySetup>();
        var factory = setup.Value.LoggerFactory;
        _server = factory.CreateLogger("RedisLite");
        _akka = factory.CreateLogger("Akka");
    }

    /// <summary>How <c>akka.loggers</c> names this class.</summary>
    public static string Name => $"{typeof(LogBridgeActor).FullName}, {typeof(LogBridgeActor).Assembly.GetName().Name}";

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent line:
                Log(line);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Log(LogEvent line)
    {
        var level = line.LogLevel() switch
        {
            Akka.Event.LogLevel.DebugLevel => LogLevel.Debug,
            Akka.Event.LogLevel.InfoLevel => LogLevel.Information,
            Akka.Event.LogLevel.WarningLevel => LogLevel.Warning,
            _ => LogLevel.Error,
        };
        var own = line.LogSource.Contains("/user/", StringComparison.Ordinal)
                  || line.LogSource.StartsWith("redislite", StringComparison.Ordinal);
        // A failed bind is told by the listener in one line; Akka tells it with a stack trace as well.
        if (!own && (
            level <= LogLevel.Information || line.LogSource.Contains("/IO-TCP/tcp-listener", StringComparison.Ordinal)))
            level = level == LogLevel.Debug ? LogLevel.Trace : LogLevel.Debug;
        var logger = own ? _server : _akka;
        if (logger.IsEnabled(level))
            logger.Log(level, default, line, line.Cause, static (state, _) => state.Message.ToString() ?? "");
    }
}
