using System.Diagnostics.Metrics;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server.Metrics;

/// <summary>
/// The meter <c>RedisLite</c> of one server: what <c>dotnet-counters</c>, OpenTelemetry and Prometheus read.
/// </summary>
/// <remarks>
/// Every instrument is observable: it reads figures that the server keeps anyway, when somebody asks for them, and
/// costs a request nothing. One look asks some eighty instruments one after the other, so what they share is sampled
/// once and kept for a moment.
/// </remarks>
public sealed class ServerMeter : IDisposable
{
    /// <summary>The name that listeners ask for.</summary>
    public const string Name = "RedisLite";

    private const long SampleLifeMs = 100;

    private readonly CommandServices _services;
    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private MetricsSample? _sample;
    private long _sampledAtMs;
    private bool _isDisposed;

    /// <summary>Makes the instruments. They can be read from now on, by any thread.</summary>
    /// <param name="services">The server's.</param>
    public ServerMeter(CommandServices services)
    {
        ArgumentNullException.ThrowIfNull(services);
        _services = services;
        _meter = new Meter(new MeterOptions(Name) { Version = services.Identity.Version, Scope = this });
        foreach (var metric in MetricTable.All)
            metric.AddTo(_meter, Observe);
    }

    /// <summary>The server's version.</summary>
    public string Version => _services.Identity.Version;

    /// <summary>Ends the instruments; when it returns nobody reads the server's data for them any more.</summary>
    public void Dispose()
    {
        _meter.Dispose();
        lock (_gate)
            _isDisposed = true;
    }

    /// <summary>Whether an instrument is one of this server's; there may be several servers in the process.</summary>
    public bool Owns(Instrument instrument)
    {
        ArgumentNullException.ThrowIfNull(instrument);
        return ReferenceEquals(instrument.Meter, _meter);
    }

    // Under the lock whole, since the data is native memory that the end of the server frees.
    private IEnumerable<Measurement<double>> Observe(MetricDeclaration metric)
    {
        lock (_gate)
            return _isDisposed ? [] : metric.Observe(Sample());
    }

    private MetricsSample Sample()
    {
        var now = Environment.TickCount64;
        if (_sample is not null && now - _sampledAtMs < SampleLifeMs)
            return _sample;
        _sampledAtMs = now;
        return _sample = MetricsSample.Take(_services);
    }
}
