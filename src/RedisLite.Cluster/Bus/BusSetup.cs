using Akka.Actor.Setup;
using RedisLite.Commands.Server;

namespace RedisLite.Cluster.Bus;

/// <summary>What Akka makes by itself has to know, and no configuration may show.</summary>
internal sealed class BusSetup(string secret, Action<LogVerbosity, string> log) : Setup
{
    public string Secret => secret;

    public void Log(LogVerbosity level, string line) => log(level, line);
}
