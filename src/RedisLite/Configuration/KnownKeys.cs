using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>Refuses keys that nothing reads: a mistyped key must not pass in silence.</summary>
internal static class KnownKeys
{
    // Keys that Akka.NET reads in a dispatcher's section; a value's section may hold more of its own below these.
    private static readonly string[] DispatcherKeys =
    [
        "type", "executor", "throughput", "throughput-deadline-time", "shutdown-timeout", "attempt-teamwork",
        "mailbox-type", "mailbox-requirement", "dedicated-thread-pool.thread-count", "dedicated-thread-pool.threadtype",
        "dedicated-thread-pool.deadlock-timeout", "fork-join-executor.parallelism-min",
        "fork-join-executor.parallelism-factor", "fork-join-executor.parallelism-max", "channel-executor.priority",
    ];

    private static IEnumerable<string> Dispatchers =>
        ((HoconObject)SettingsLoader.Reference().Find([SettingsSchema.Root, "dispatchers"])!).Fields.Select(
            dispatcher => dispatcher.Key);

    private static readonly Lazy<string[]> Paths = new(() =>
    [
        .. SettingsSchema.All.Select(setting => setting.FullPath),
        .. from dispatcher in Dispatchers
           from key in DispatcherKeys
           select $"{SettingsSchema.Root}.dispatchers.{dispatcher}.{key}",
    ]);

    private static readonly Lazy<HashSet<string>> Leaves = new(() => [.. Paths.Value]);

    private static readonly Lazy<HashSet<string>> Sections = new(() =>
    [
        SettingsSchema.Root, DirectivesPath,
        .. from path in Paths.Value
           from end in Enumerable.Range(0, path.Length)
           where path[end] == '.'
           select path[..end],
    ]);

    /// <summary>The open section of Redis directives that have no setting here.</summary>
    public const string DirectivesPath = SettingsSchema.Root + ".directives";

    /// <summary>Checks the names in a layer; values are checked when all layers are in place.</summary>
    /// <exception cref="SettingsException">A key is not known.</exception>
    public static void Check(HoconObject layer)
    {
        foreach (var (name, value) in layer.Fields)
        {
            // Akka reads these, or a plugin that the host has loaded; nobody knows all of its keys.
            if (name == "akka")
                continue;
            if (name != SettingsSchema.Root)
                throw Unknown(name, value.Origin);
            Check(name, value);
        }
    }

    private static void Check(string path, HoconValue value)
    {
        if (Leaves.Value.Contains(path) || path == DirectivesPath)
            return;
        if (!Sections.Value.Contains(path))
            throw Unknown(path, value.Origin);
        switch (value)
        {
            case HoconObject fields:
                foreach (var (name, field) in fields.Fields)
                    Check($"{path}.{name}", field);
                break;
            case HoconReference reference:
                foreach (var part in reference.Parts.OfType<HoconObject>())
                    Check(path, part);
                break;
            default:
                throw new SettingsException($"{value.Origin}: {path} is a section; expected {path} {{ ... }}");
        }
    }

    private static SettingsException Unknown(string path, Origin origin)
    {
        // A right name in the wrong section is nearer to what was meant than any other spelling.
        var name = path[(path.LastIndexOf('.') + 1)..];
        var meant = Paths.Value.FirstOrDefault(known => known.EndsWith("." + name, StringComparison.Ordinal))
                    ?? NameDistance.Nearest(path, Paths.Value.Concat(Sections.Value));
        return new SettingsException(
            $"{origin}: unknown key '{path}'; " + (meant is null
                ? $"expected a key of reference.conf, under '{SettingsSchema.Root}' or 'akka'"
                : $"did you mean '{meant}'?"));
    }
}
