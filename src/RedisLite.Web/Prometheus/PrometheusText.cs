using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using RedisLite.Commands.Server.Metrics;
using RedisLite.Web.Figures;

namespace RedisLite.Web.Prometheus;

/// <summary>Prometheus's text format, version 0.0.4, of measurements as they come.</summary>
/// <remarks>
/// <code>
/// # HELP redislite_command_calls_total Calls, failed ones included.
/// # TYPE redislite_command_calls_total counter
/// redislite_command_calls_total{command="get"} 3
/// </code>
/// All lines of one name stand together, so measurements of an instrument must come one after the other, and so must
/// the three instruments of a histogram.
/// </remarks>
internal sealed class PrometheusText : IFigures
{
    private readonly StringBuilder _text = new(16 * 1024);
    private string _family = "";

    /// <summary>Adds a line, after the heading of its family if that is new.</summary>
    public void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var isCounter = instrument is ObservableCounter<double>;
        string family, sample, type;
        if (PrometheusNames.HistogramOf(instrument.Name) is { } histogram)
        {
            family = PrometheusNames.OfHistogram(histogram);
            sample = family + instrument.Name[histogram.Length..].Replace('.', '_');
            type = "histogram";
        }
        else
        {
            family = sample = PrometheusNames.Of(instrument.Name, instrument.Unit, isCounter);
            type = isCounter ? "counter" : "gauge";
        }

        if (family != _family)
            Begin(family, type, instrument.Description ?? "");
        _text.Append(sample);
        for (var i = 0; i < tags.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(tags[i].Key).Append("=\"");
            Escape($"{tags[i].Value}", quotes: true);
            _text.Append('"').Append(i == tags.Length - 1 ? "}" : "");
        }

        _text.Append(' ').Append(Format(value)).Append('\n');
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void Begin(string family, string type, string help)
    {
        _family = family;
        _text.Append("# HELP ").Append(family).Append(' ');
        Escape(help, quotes: false);
        _text.Append("\n# TYPE ").Append(family).Append(' ').Append(type).Append('\n');
    }

    private void Escape(string text, bool quotes)
    {
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\\' => _text.Append(@"\\"),
                '\n' => _text.Append(@"\n"),
                '"' when quotes => _text.Append("\\\""),
                _ => _text.Append(letter),
            };
        }
    }

    private static string Format(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : double.IsNaN(value) ? "NaN"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
