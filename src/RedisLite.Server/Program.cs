using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RedisLite;
using RedisLite.Cluster;
using RedisLite.Configuration;
using RedisLite.Server;
using RedisLite.Storage.Memory;

// The whole program: read the command line and the configuration, serve until told to stop. Exit code 0 after SIGINT,
// SIGTERM and SHUTDOWN; 1, with one line on standard error, when it cannot start, and when it ended without having
// saved.
StandardStreams.Reserve();
WindowsService.EnterOwnFolder();
try
{
    var commandLine = CommandLine.Parse(args);
    switch (commandLine.Mode)
    {
        case CommandLineMode.Help:
            await Console.Out.WriteAsync(HelpText.Help());
            return 0;
        case CommandLineMode.Version:
            Console.WriteLine(HelpText.Version);
            return 0;
        case CommandLineMode.ManPage:
            await Console.Out.WriteAsync(ManPage.Text());
            return 0;
        case CommandLineMode.BashCompletion:
            await Console.Out.WriteAsync(BashCompletion.Text());
            return 0;
        case CommandLineMode.CheckAof:
            return new AofRepair(Console.In, Console.Out).Check(commandLine.CheckedPath);
        case CommandLineMode.FixAof:
            return new AofRepair(Console.In, Console.Out).Fix(commandLine.CheckedPath, commandLine.AssumesYes);
    }

    var settings = RedisLiteSettings.Load(ServerDefaults.Sources with
    {
        Files = commandLine.Files,
        StandardInput = commandLine.ReadsStandardInput ? await Console.In.ReadToEndAsync() : null,
        Environment = SettingsSources.ProcessEnvironment(),
        CommandLine = commandLine.Directives,
    });
    switch (commandLine.Mode)
    {
        case CommandLineMode.CheckConfig:
            Console.WriteLine("The configuration is valid");
            return 0;
        case CommandLineMode.DumpConfig:
            foreach (var value in settings.Describe())
                Console.WriteLine($"{value.Path} = {value.Value}  # {value.Origin}");
            return 0;
        default:
            return await ServeAsync(settings.Cluster.Enabled ? AsNode(settings) : settings);
    }
}
catch (Exception e) when (e is SettingsException or ServerStartException or IOException or UnauthorizedAccessException)
{
    StandardStreams.WriteError($"redislite-server: {e.Message}");
    return 1;
}

// The assembly of the cluster is loaded when this method is compiled, and not before.
[MethodImpl(MethodImplOptions.NoInlining)]
static RedisLiteSettings AsNode(RedisLiteSettings settings) => settings.WithCluster();

static async Task<int> ServeAsync(RedisLiteSettings settings)
{
    ProcessSignals.TakeIgnored();
    SocketThreads.Configure(settings.Execution.EventLoops);
    settings = DescriptorLimit.Apply(settings, out var fewerClients);
    using var supervisor = new Supervisor(settings, Environment.GetEnvironmentVariable);
    if (settings.Storage.Allocator == AllocatorKind.Malloc)
        NativeHeap.FreeSteadily();
    var handle = new ServerHandle();
    using var log = new LogWriter(
        LogWriter.Open(settings.Logging.LogFile, settings.Persistence.Directory),
        () => handle.Server?.LogLevel ?? settings.Logging.LogLevel,
        TimeProvider.System)
    {
        Format = settings.Logging.Format,
        IsReplica = () => handle.Server?.View.IsReplica ?? settings.Replication.ReplicaOf.Length > 0,
    };

    // The empty builder: the defaults would read appsettings.json, which is not ours, and take time.
    var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
    builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log);
    builder.Logging.AddFilter("Microsoft", LogLevel.None); // the host's own troubles end up in the catch above
    builder.Services.AddSingleton(settings).AddSingleton(handle).AddSingleton(supervisor).AddSingleton<ServerService>();
    if (OperatingSystem.IsWindows() && WindowsService.IsOne)
        WindowsService.Register(builder);
    else
        builder.Services.AddSingleton<IHostLifetime, ProcessSignals>();
    builder.Services.AddHostedService(services => services.GetRequiredService<ServerService>());
    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan);
    using var host = builder.Build();

    var logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("redislite");
    logger.LogInformation("{Version}", HelpText.Version);
    var withoutEffect = string.Join(", ", settings.DirectivesWithoutEffect);
    if (withoutEffect.Length > 0)
        logger.LogWarning("These directives have no effect in RedisLite: {Directives}", withoutEffect);
    supervisor.Starting();
    foreach (var line in (string?[])[fewerClients, supervisor.Complaint])
        if (line is not null)
            logger.LogWarning("{Line}", line);
    try
    {
        await host.StartAsync();
    }
    catch (OperationCanceledException)
    {
        // Told to stop before it was ready: nothing was served, nothing is lost.
        return 0;
    }

    await host.WaitForShutdownAsync();
    var service = host.Services.GetRequiredService<ServerService>();
    return service.Failed || handle.Server is { IsUnsaved: true } ? 1 : 0;
}
