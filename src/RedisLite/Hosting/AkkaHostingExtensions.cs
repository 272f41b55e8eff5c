using System.Net;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using RedisLite.Commands.Execution;
using RedisLite.Configuration;
using RedisLite.Persistence.Files;

namespace RedisLite.Hosting;

/// <summary>Hosts a server in an application's own ActorSystem.</summary>
public static class AkkaHostingExtensions
{
    private const string ActorName = "redislite";

    /// <summary>
    /// Adds a RedisLite server to the ActorSystem that is being configured; it starts and stops with it.
    /// </summary>
    /// <remarks>
    /// The server's actors live under <c>/user/redislite</c>. Its dispatchers and routers are added to the system's
    /// configuration as defaults, so the host's HOCON may change them. What belongs to the host stays the host's: its
    /// default dispatcher, its loggers, its <c>akka.io.tcp</c> section. SHUTDOWN ends the server and not the host,
    /// whose health check <c>redislite</c> is unhealthy from then on.
    /// Ask <see cref="RedisLiteExtension"/> where it listens.
    /// </remarks>
    /// <param name="builder">The system's configuration.</param>
    /// <param name="settings">Port 0 takes any free port; null for the defaults.</param>
    /// <exception cref="SettingsException">A value of the settings is not valid.</exception>
    public static AkkaConfigurationBuilder AddRedisLite(
        this AkkaConfigurationBuilder builder, RedisLiteSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        settings ??= RedisLiteSettings.Default;
        settings.Validate();
        return builder
            .WithHealthCheck(
                "redislite",
                static (system, _, _) => Task.FromResult(RedisLiteHealthCheck.Of(
                    RedisLiteExtension.Get(system).View?.Readiness ?? ServerReadiness.Loading, HealthStatus.Unhealthy)))
            .AddHocon(GuestConfig(AkkaConfiguration.Create(settings)), HoconAddMode.Append)
            .AddStartup(async (system, _) =>
            {
                var extension = RedisLiteExtension.Get(system);
                await extension.StartAsync(settings, ActorName).ConfigureAwait(false);
            });
    }

    /// <summary>Our dispatchers and deployments, under the guest's actor name, and nothing else.</summary>
    private static Config GuestConfig(Config own)
    {
        var text = new StringBuilder();
        text.Append("redislite.dispatchers {").Append(own.GetConfig("redislite.dispatchers").Root).AppendLine("}");
        foreach (var (path, deployment) in own.GetConfig("akka.actor.deployment").Root.GetObject().Items)
        {
            if (path.Trim('"') is ['/', 's', 'e', 'r', 'v', 'e', 'r', '/', .. var child])
                text.Append("akka.actor.deployment.\"/").Append(ActorName).Append('/').Append(child).Append(
                    "\" {").Append(deployment).AppendLine("}");
        }

        return ConfigurationFactory.ParseString(text.ToString());
    }
}

/// <summary>The RedisLite server of an ActorSystem that hosts one.</summary>
public sealed class RedisLiteExtension : IExtension
{
    private readonly ExtendedActorSystem _system;
    private ServerInstance? _instance;

    private RedisLiteExtension(ExtendedActorSystem system) => _system = system;

    /// <summary>Where the server listens; empty before it has started.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _instance?.EndPoints ?? [];

    /// <summary>What the server shows to whoever watches it; null before its start.</summary>
    public ServerView? View => _instance?.View;

    /// <summary>Where the server listens with TLS.</summary>
    public IReadOnlyList<IPEndPoint> TlsEndPoints => _instance?.TlsEndPoints ?? [];

    /// <summary>The Unix socket that the server listens on; null for none.</summary>
    public string? UnixSocket => _instance?.UnixSocket;

    /// <summary>Whether the server serves clients: started, and ended by neither SHUTDOWN nor a failure.</summary>
    public bool IsServing => _instance is { IsServing: true };

    /// <summary>
    /// Completes when the server has ended, by SHUTDOWN, by a failure or with its system; before a start it never does.
    /// </summary>
    public Task WhenStopped => _instance?.WhenStopped ?? Task.Delay(Timeout.Infinite);

    /// <summary>The server's clock: moving it on makes times to live pass at once.</summary>
    public ServerClock Clock { get; } = new();

    /// <summary>The extension of a system; the same for every call.</summary>
    public static RedisLiteExtension Get(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<RedisLiteExtension, Provider>();
    }

    /// <inheritdoc cref="RedisLiteServer.ReopenFiles"/>
    public void ReopenFiles() => _instance?.ReopenFiles();

    internal Task StartAsync(RedisLiteSettings settings, string actorName)
    {
        if (_instance is not null)
            throw new InvalidOperationException("This ActorSystem hosts a RedisLite server already; one per system");
        _instance = new ServerInstance(_system, settings, Clock, OnShutdown, DiskDevice.Instance);
        return _instance.StartAsync(actorName, CancellationToken.None);
    }

    private void OnShutdown(ShutdownRequest request)
    {
        _instance!.HeedShutdown(request);
        _ = Task.Run(_instance.StopAsync);
    }

    private sealed class Provider : ExtensionIdProvider<RedisLiteExtension>
    {
        public override RedisLiteExtension CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
