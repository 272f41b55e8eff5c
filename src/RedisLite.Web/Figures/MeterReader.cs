using System.Diagnostics.Metrics;
using RedisLite.Commands.Server.Metrics;

namespace RedisLite.Web.Figures;

/// <summary>Reads all instruments of one server; others may be in the process.</summary>
/// <remarks>Any thread; one look at a time.</remarks>
internal sealed class MeterReader : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener;
    private IFigures? _figures;

    /// <param name="meter">The server's.</param>
    public MeterReader(ServerMeter meter)
    {
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (meter.Owns(instrument))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
            _figures?.Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Tells all figures, those of an instrument one after the other, in the order of the table.</summary>
    public void Read(IFigures figures)
    {
        lock (_gate)
        {
            _figures = figures;
            try
            {
                _listener.RecordObservableInstruments();
            }
            finally
            {
                _figures = null;
            }
        }
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>What is told the figures of a server.</summary>
internal interface IFigures
{
    /// <summary>One figure.</summary>
    void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);
}
