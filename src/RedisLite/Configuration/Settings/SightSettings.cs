namespace RedisLite.Configuration;

/// <summary>The HTTP port for metrics, health and the console (section <c>redislite.http</c>).</summary>
public sealed record HttpSettings
{
    /// <summary>The TCP port, 0 for none, or <see cref="NetworkSettings.RandomPort"/>.</summary>
    [Port("port", Min = NetworkSettings.RandomPort, Max = 65535)]
    public required int Port { get; init; }

    /// <summary>IP addresses to listen on; <c>*</c> and <c>::*</c> for all.</summary>
    [Setting("bind")]
    public required IReadOnlyList<string> Bind { get; init; }

    /// <summary>What the console may do.</summary>
    [Setting("console")]
    public required ConsoleAccess Console { get; init; }

    /// <summary>Names, beside localhost and IP addresses, under which any page of the port may be asked for.</summary>
    [Setting("allowed-hosts")]
    public required IReadOnlyList<string> AllowedHosts { get; init; }
}

/// <summary>What the console may do.</summary>
public enum ConsoleAccess
{
    /// <summary>There is none.</summary>
    Off,
    ReadOnly,
    ReadWrite,
}

/// <summary>Figures sent to a collector of OpenTelemetry (section <c>redislite.otlp</c>).</summary>
public sealed record OtlpSettings
{
    /// <summary>The collector's address; empty to send nothing.</summary>
    [Setting("endpoint")]
    public required string Endpoint { get; init; }

    [Setting("protocol")]
    public required OtlpProtocol Protocol { get; init; }

    [Setting("interval", Min = 1, Max = 86_400)]
    public required TimeSpan Interval { get; init; }
}

/// <summary>How a collector is spoken to.</summary>
public enum OtlpProtocol
{
    Grpc,

    /// <summary>Protobuf over HTTP.</summary>
    Http,
}
