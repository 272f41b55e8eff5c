using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedisLite.Configuration;
using RedisLite.Hosting;
using RedisLite.Web.Console;
using RedisLite.Web.Otlp;
using RedisLite.Web.Prometheus;

namespace RedisLite.Web;

/// <summary>
/// The HTTP port of a server and its reports to a collector: as the settings say, one of them, both or none.
/// </summary>
/// <remarks>
/// Kestrel runs on the thread pool, apart from the event loops that serve clients. The settings are all
/// there is, but for the variables that OpenTelemetry has for reports (<see cref="OtlpEnvironment"/>). Any thread.
/// </remarks>
public sealed class RedisLiteWeb : IServerCompanion, IAsyncDisposable
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);

    private readonly HttpSettings _http;
    private readonly OtlpSettings _otlp;
    private readonly bool _hasPlainDoor;
    private readonly ILoggerFactory? _loggers;
    private WebApplication? _application;
    private MetricsPage? _metrics;
    private OtlpReports? _reports;
    private ConsoleApi? _console;

    /// <param name="settings">The server's: <c>http</c>, <c>otlp</c> and its port.</param>
    /// <param name="loggers">Where the log goes; null for nowhere. Not disposed.</param>
    public RedisLiteWeb(RedisLiteSettings settings, ILoggerFactory? loggers = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _http = settings.Http;
        _otlp = settings.Otlp;
        _hasPlainDoor = settings.Network.Port != 0 || settings.Network.UnixSocket.Length > 0;
        _loggers = loggers;
    }

    /// <summary>Where it listens, with the port that it really got; empty without one.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>
    /// Serves the view of an embedded server that runs already; dispose of it before or after the server.
    /// </summary>
    /// <param name="server">What is shown.</param>
    /// <param name="settings">The server's: <c>http</c>, <c>otlp</c> and its port.</param>
    /// <param name="loggers">Where the log goes; null for nowhere. Not disposed.</param>
    /// <exception cref="ServerStartException">The address is taken, ...</exception>
    public static async Task<RedisLiteWeb> StartAsync(
        ServerView server, RedisLiteSettings settings, ILoggerFactory? loggers = null)
    {
        var web = new RedisLiteWeb(settings, loggers);
        try
        {
            await web.StartAsync(server, CancellationToken.None).ConfigureAwait(false);
        }
        catch
        {
            await web.StopAsync().ConfigureAwait(false);
            throw;
        }

        return web;
    }

    /// <inheritdoc/>
    public async Task StartAsync(ServerView server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (_otlp.Endpoint.Length > 0)
        {
            var environment = OtlpEnvironment.Read(Environment.GetEnvironmentVariable);
            _reports = new OtlpReports(
                server.Meter, _otlp, environment, TimeProvider.System, _loggers?.CreateLogger("redislite"));
        }

        if (_http.Port == 0)
            return;
        _metrics = new MetricsPage(server.Meter);
        _application = Build();
        var rules = new ConsoleRules(_http, server.Commands);
        _console = _http.Console == ConsoleAccess.Off ? null : new ConsoleApi(server, rules);
        var pages = new Pages(server, _metrics, rules, _console);
        _application.Run(pages.ServeAsync);
        try
        {
            await _application.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // One that is taken is told as the first, any other trouble as the second: no such address, no permission.
            throw new ServerStartException(
                $"redislite.http: port {_http.Port} of {string.Join(", ", _http.Bind)} cannot be listened on: "
                + e.GetBaseException().Message, e);
        }

        var addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        Addresses = [.. addresses!.Addresses.Select(address => new Uri(address))];
        var log = _loggers?.CreateLogger("redislite");
        foreach (var address in Addresses)
            log?.LogInformation("Metrics, health and console on {Address}", address);
        if (_console is not null && !_hasPlainDoor)
            log?.LogWarning("The console does not work: it needs the server's port without TLS, which is off (port 0), "
                + "or a unixsocket");
    }

    /// <inheritdoc/>
    public async Task StopAsync()
    {
        if (_application is not null)
            await _application.DisposeAsync().ConfigureAwait(false);
        if (_console is not null)
            await _console.DisposeAsync().ConfigureAwait(false);
        _metrics?.Dispose();
        if (_reports is not null)
            await _reports.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="StopAsync"/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private WebApplication Build()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = 256;
            options.Limits.MaxRequestBodySize = 1024 * 1024;

            // The first request is waited for as the next one is: silent connections must not hold all places.
            options.Limits.KeepAliveTimeout = Silence;
            options.Limits.RequestHeadersTimeout = Silence;
            foreach (var address in _http.Bind)
                options.Listen(AddressOf(address), Math.Max(0, _http.Port), listen => listen.Protocols =
                    HttpProtocols.Http1);
        });

        // Kestrel tells of requests that break off and the like, which is no operator's business.
        builder.Logging.SetMinimumLevel(LogLevel.None);
        return builder.Build();
    }

    private static IPAddress AddressOf(string text) => text switch
    {
        "*" => IPAddress.Any,
        "::*" => IPAddress.IPv6Any,
        _ => IPAddress.Parse(text),
    };
}
