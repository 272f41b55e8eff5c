using System.Net;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Configuration;

/// <summary>All settings of a server, validated; what to start one with.</summary>
/// <remarks>
/// <para>Start from <see cref="Default"/>, <see cref="ForTests"/> or <see cref="Load(SettingsSources)"/> and change
/// what differs; records are immutable, so settings can be shared by several servers:</para>
/// <code>
/// var settings = RedisLiteSettings.Default;
/// settings = settings with { Network = settings.Network with { Port = 7000 } };
/// </code>
/// <para>There are no defaults in code: every value comes from <c>hocon/reference.conf</c>, which says what each one
/// does, or from a layer above it.</para>
/// </remarks>
public sealed record RedisLiteSettings
{
    private static readonly Lazy<RedisLiteSettings> DefaultLazy = new(() => Load(new SettingsSources()));

    private RedisLiteSettings()
    {
    }

    [Section("network")]
    public required NetworkSettings Network { get; init; }

    [Section("tls")]
    public required TlsSettings Tls { get; init; }

    [Section("protocol")]
    public required ProtocolSettings Protocol { get; init; }

    [Section("storage")]
    public required StorageSettings Storage { get; init; }

    [Section("execution")]
    public required ExecutionSettings Execution { get; init; }

    [Section("expiry")]
    public required ExpirySettings Expiry { get; init; }

    [Section("scripts")]
    public required ScriptSettings Scripts { get; init; }

    [Section("clients")]
    public required ClientSettings Clients { get; init; }

    [Section("persistence")]
    public required PersistenceSettings Persistence { get; init; }

    [Section("replication")]
    public required ReplicationSettings Replication { get; init; }

    [Section("cluster")]
    public required ClusterSettings Cluster { get; init; }

    [Section("slowlog")]
    public required SlowlogSettings Slowlog { get; init; }

    [Section("latency")]
    public required LatencySettings Latency { get; init; }

    [Section("pubsub")]
    public required PubSubSettings PubSub { get; init; }

    [Section("security")]
    public required SecuritySettings Security { get; init; }

    [Section("audit")]
    public required AuditSettings Audit { get; init; }

    [Section("http")]
    public required HttpSettings Http { get; init; }

    [Section("otlp")]
    public required OtlpSettings Otlp { get; init; }

    [Section("process")]
    public required ProcessSettings Process { get; init; }

    [Section("shutdown")]
    public required ShutdownSettings Shutdown { get; init; }

    [Section("logging")]
    public required LoggingSettings Logging { get; init; }

    /// <summary>
    /// Directives of Redis's that have no setting here, by name: accepted and remembered for CONFIG GET, without
    /// effect.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Directives { get; init; }

    /// <summary>
    /// Directives that ask for something, by another value than the default, that has no effect here. In their order in
    /// Redis's table.
    /// </summary>
    public IEnumerable<string> DirectivesWithoutEffect =>
        from directive in DirectiveTable.All
        where Directives.TryGetValue(directive.Name, out var value) && value != directive.Default
        select directive.Name;

    /// <summary>
    /// The configuration file that CONFIG REWRITE writes to, with its full path; null when there is none.
    /// </summary>
    public string? ConfigFile => Sources.Files is [.., var last] ? Path.GetFullPath(last) : null;

    /// <summary>The defaults of an embedded server: port 6379 on this machine, data in memory only.</summary>
    public static RedisLiteSettings Default => DefaultLazy.Value;

    /// <summary>As many clients as the process has descriptors for: CONFIG SET maxclients takes no more.</summary>
    public int MostClients { get; init; } = int.MaxValue;

    /// <summary>
    /// What makes the server a node of a cluster, if it is to be one: see RedisLite.Cluster's <c>WithCluster</c>.
    /// </summary>
    public IClusterFactory? ClusterFactory { get; init; }

    /// <summary>All layers, resolved: where the values came from, and Akka's part.</summary>
    internal HoconObject Tree { get; init; } = null!; // set by the loader, which alone can call the constructor

    /// <summary>What these settings were loaded from, before any change in code.</summary>
    internal SettingsSources Sources { get; init; } = null!; // set by the loader, as Tree is

    /// <summary>
    /// The defaults on a port that the system chooses, as tests want it; a replica gets its copy at once, and not
    /// together with others that may come.
    /// </summary>
    public static RedisLiteSettings ForTests() => Default with
    {
        Network = Default.Network with { Port = NetworkSettings.RandomPort },
        Replication = Default.Replication with { DisklessSyncDelay = TimeSpan.Zero },
    };

    /// <summary>The same for a replica of another server, from its start on.</summary>
    /// <param name="primary">Where the other server listens.</param>
    public RedisLiteSettings ReplicaOf(IPEndPoint primary)
    {
        ArgumentNullException.ThrowIfNull(primary);
        return this with { Replication = Replication with { ReplicaOf = $"{primary.Address} {primary.Port}" } };
    }

    /// <summary>The defaults, with files laid over them in their order; each HOCON or redis.conf.</summary>
    /// <exception cref="SettingsException">A file is missing, or holds an unknown name or a value that is not
    /// valid.</exception>
    public static RedisLiteSettings Load(params IReadOnlyList<string> files) =>
        Load(new SettingsSources { Files = files });

    /// <summary>The defaults, with layers laid over them.</summary>
    /// <exception cref="SettingsException">A layer holds an unknown name or a value that is not valid.</exception>
    public static RedisLiteSettings Load(SettingsSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return SettingsLoader.Load(sources);
    }

    /// <summary>Every key with its value and where it came from, as loaded; passwords are not shown.</summary>
    /// <remarks>A value changed in code is shown as it was before.</remarks>
    public IEnumerable<SettingDescription> Describe() => SettingsDescriber.Describe(this);

    /// <summary>
    /// The words of a directive's line, unquoted as in redis.conf; null when its quotes are not balanced.
    /// </summary>
    public static List<string>? SplitDirective(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        return ConfText.Split(ByteText.Bytes(line))?.ConvertAll(ByteText.Text);
    }

    /// <summary>Every directive that configuration files, the command line and CONFIG take.</summary>
    /// <param name="defaults">What is in force where nothing is said; null for reference.conf.</param>
    public static IEnumerable<DirectiveDescription> DescribeDirectives(RedisLiteSettings? defaults = null) =>
        SettingsDescriber.Directives(defaults ?? Default);

    /// <summary>Checks settings that were changed in code; starting a server does it.</summary>
    /// <exception cref="SettingsException">A value is not valid.</exception>
    public void Validate() => SettingsLoader.Validate(this);
}
