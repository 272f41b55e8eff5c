using Akka.Configuration;
using RedisLite.Commands.Server;
using RedisLite.Configuration.Hocon;
using RedisLite.Connections.Buffers;

namespace RedisLite.Configuration;

/// <summary>The part of the configuration that Akka.NET reads itself.</summary>
internal static class AkkaConfiguration
{
    private static readonly string[] Phases = ["akka", "coordinated-shutdown", "phases"];

    private static readonly TimeSpan DrainMargin = TimeSpan.FromSeconds(15);

    private static readonly string[] MaximumFrameSize = ["akka", "io", "tcp", "maximum-frame-size"];

    /// <summary>
    /// Akka's section, the dispatchers, and Akka's keys that follow from settings of ours; everything resolved and in
    /// the notation that Akka's own reader understands. Akka's defaults are not in it: ActorSystem.Create adds them.
    /// </summary>
    public static Config Create(RedisLiteSettings settings) => ConfigurationFactory.ParseString(Text(settings));

    /// <summary>
    /// The frame size in force: that of the settings, unless so many clients' buffers would take too much memory.
    /// </summary>
    public static int FrameSize(RedisLiteSettings settings, long availableMemory) =>
        ReceiveBufferPool.LimitSize(settings.Network.MaxFrameSize, settings.Network.MaxClients, availableMemory);

    /// <inheritdoc cref="FrameSize(RedisLiteSettings, long)"/>
    public static int FrameSize(RedisLiteSettings settings) =>
        FrameSize(settings, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    /// <summary>The level at which Akka's event stream passes everything of that importance.</summary>
    public static Akka.Event.LogLevel LogLevel(LogVerbosity verbosity) => verbosity switch
    {
        LogVerbosity.Warning => Akka.Event.LogLevel.WarningLevel,
        LogVerbosity.Notice => Akka.Event.LogLevel.InfoLevel,
        _ => Akka.Event.LogLevel.DebugLevel,
    };

    internal static string Text(RedisLiteSettings settings)
    {
        var source = settings.Tree;
        var result = new HoconObject(source.Origin);
        result.Set(["akka"], source["akka"]!);
        string[] dispatchers = [SettingsSchema.Root, "dispatchers"];
        result.Set(dispatchers, source.Find(dispatchers)!);
        if (source.Find(MaximumFrameSize) is null)
        {
            // Akka warns that its buffers should be no smaller than two frames.
            var frame = FrameSize(settings);
            Derive(result, MaximumFrameSize, $"{frame}");
            Derive(result, ["akka", "io", "tcp", "send-buffer-size"], $"{2L * frame}");
            Derive(result, ["akka", "io", "tcp", "receive-buffer-size"], $"{2L * frame}");
        }

        var level = LogLevel(settings.Logging.LogLevel).ToString().Replace("Level", "", StringComparison.Ordinal);
        Derive(result, ["akka", "loglevel"], level.ToUpperInvariant());

        // The phase must not cut short the wait that the shutdown setting grants.
        var drain = (long)(settings.Shutdown.Timeout + DrainMargin).TotalMilliseconds;
        Derive(result, [.. Phases, "service-requests-done", "timeout"], $"{drain}ms");
        return HoconWriter.Write(result);
    }

    private static void Derive(HoconObject target, string[] path, string value)
    {
        if (target.Find(path) is null)
            target.Set(path, new HoconText(new Origin("derived"), value, quoted: false));
    }
}
