using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedisLite.Configuration;
using RedisLite.Hosting;

namespace RedisLite.Server;

/// <summary>Runs the server for as long as the host runs, and ends the host when the server ends.</summary>
internal sealed class ServerService(
    RedisLiteSettings settings, ServerHandle handle, ILoggerFactory loggers, IHostApplicationLifetime lifetime,
    Supervisor supervisor)
    : IHostedService
{
    private Task _watch = Task.CompletedTask;

    /// <summary>The server ended without having been told to.</summary>
    public bool Failed { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Http.Port != 0 || settings.Otlp.Endpoint.Length > 0)
            AspNetCoreFramework.Use();
        var companion = settings.Http.Port != 0 || settings.Otlp.Endpoint.Length > 0 ? CreateWeb() : null;
        var server =
            await RedisLiteServer.StartAsync(settings, loggers, companion, cancellationToken).ConfigureAwait(false);
        handle.Server = server;
        supervisor.Ready();
        _watch = WatchAsync(server);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (handle.Server is not { } server)
            return;
        supervisor.Stopping();
        await server.StopAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
    }

    // Apart, so that the assemblies behind it are loaded by those only who want them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    [SuppressMessage("Performance", "CA1859",
        Justification = "The caller must be compiled without the type's assembly.")]
    private IServerCompanion CreateWeb() => new Web.RedisLiteWeb(settings, loggers);

    // SHUTDOWN ends the process; so does a server that cannot go on, with another exit code.
    private async Task WatchAsync(RedisLiteServer server)
    {
        await Task.WhenAny(server.ShutdownRequested, server.WhenStopped).ConfigureAwait(false);
        Failed = !server.ShutdownRequested.IsCompleted && !lifetime.ApplicationStopping.IsCancellationRequested;
        lifetime.StopApplication();
    }
}

/// <summary>The running server, for those who were made before it.</summary>
internal sealed class ServerHandle
{
    public RedisLiteServer? Server { get; set; }
}
