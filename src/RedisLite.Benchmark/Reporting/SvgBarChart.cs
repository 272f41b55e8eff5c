using System.Globalization;
using System.Security;
using System.Text;

namespace RedisLite.Benchmark.Reporting;

/// <summary>Draws a <see cref="BarChart"/> as an SVG document that reads well on light and on dark pages.</summary>
/// <remarks>
/// Colours are CSS classes with a media query, so one file serves both, also as an image in rendered Markdown, where
/// scripts and outside styles do not work. A bar's thin line is the spread of its turns.
/// </remarks>
internal sealed class SvgBarChart
{
    private const int Width = 860;
    private const int PlotLeft = 64;
    private const int PlotRight = Width - 20;
    private const int PlotTop = 112;
    private const int PlotHeight = 240;
    private const int PlotBottom = PlotTop + PlotHeight;
    private const int Height = PlotBottom + 58;
    private const double GroupGap = 0.28;
    private const double WidestBar = 46;
    private const double BarGap = 2;
    private const double NarrowestLabelledBar = 22;

    // Light and dark fill of each series; distinguishable also with the common colour blindnesses.
    private static readonly (string Light, string Dark)[] Palette =
    [
        ("#8a94a6", "#7d8797"),
        ("#d6422b", "#ff6b52"),
        ("#2f6fde", "#5b9dff"),
        ("#1f9d6b", "#3ecf8e"),
        ("#b7791f", "#f0b429"),
        ("#8250df", "#b490ff"),
    ];

    private readonly BarChart _chart;
    private readonly ChartAxis _axis;
    private readonly StringBuilder _svg = new();

    private SvgBarChart(BarChart chart)
    {
        _chart = chart;
        var values = chart.Groups.SelectMany(group => group.Bars).OfType<Bar>()
            .SelectMany(bar => new[] { bar.Value, bar.Max, chart.IsLogarithmic ? bar.Min : bar.Value })
            .Concat(chart.Reference is { } reference ? [reference] : []);
        _axis = ChartAxis.Create([.. values], chart.IsLogarithmic);
    }

    /// <summary>The whole document.</summary>
    public static string Render(BarChart chart) => new SvgBarChart(chart).Render();

    private string Render()
    {
        _svg.Append("""<svg xmlns="http://www.w3.org/2000/svg" """);
        _svg.Append(Invariant($"""viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" """));
        _svg.Append(Invariant($"""role="img" aria-label="{Escape(_chart.Title)}">""")).Append('\n');
        AppendStyle();
        Line($"""<rect class="page" width="{Width}" height="{Height}" rx="10"/>""");
        Line($"""<text class="title" x="20" y="34">{Escape(_chart.Title)}</text>""");
        Line($"""<text class="note" x="20" y="55">{Escape(_chart.Subtitle)}</text>""");
        AppendLegend();
        AppendGrid();
        for (var index = 0; index < _chart.Groups.Count; index++)
            AppendGroup(index);
        AppendReference();
        _svg.Append("</svg>\n");
        return _svg.ToString();
    }

    private void AppendStyle()
    {
        var light = new StringBuilder();
        var dark = new StringBuilder();
        for (var index = 0; index < Palette.Length; index++)
        {
            light.Append(Invariant($".s{index}{{fill:{Palette[index].Light}}}"));
            dark.Append(Invariant($".s{index}{{fill:{Palette[index].Dark}}}"));
        }

        _svg.Append(Invariant(
            $$"""
            <style>
            text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;fill:#1f2328}
            .title{font-size:17px;font-weight:600}.note,.tick,.value,.legend,.label{font-size:12px}
            .note,.tick{fill:#59636e}.value{font-size:10.5px;fill:#424a53}.label,.value{text-anchor:middle}
            .tick{text-anchor:end}.page{fill:#ffffff}
            .grid{stroke:#d8dee4;stroke-width:1}.foot{stroke:#8c959f;stroke-width:1}
            .spread{stroke:#1f2328;stroke-opacity:.55;stroke-width:1.2;fill:none}
            .reference{stroke:#1f2328;stroke-width:1.2;stroke-dasharray:5 4}
            {{light}}
            @media (prefers-color-scheme: dark){
            text{fill:#e6edf3}.note,.tick{fill:#9198a1}.value{fill:#c4ccd4}.page{fill:#0d1117}
            .grid{stroke:#262c36}.foot{stroke:#6e7681}.spread{stroke:#e6edf3}.reference{stroke:#e6edf3}
            {{dark}}
            }
            </style>

            """));
    }

    private void AppendLegend()
    {
        var x = 20.0;
        for (var index = 0; index < _chart.Series.Count; index++)
        {
            Line($"""<rect class="{SeriesClass(index)}" x="{x:0.#}" y="73" width="12" height="12" rx="3"/>""");
            Line($"""<text class="legend" x="{x + 18:0.#}" y="83.5">{Escape(_chart.Series[index])}</text>""");
            x += 18 + (_chart.Series[index].Length * 7.2) + 22;
        }
    }

    private void AppendGrid()
    {
        foreach (var tick in _axis.Ticks)
        {
            var y = Y(tick);
            var css = tick == _axis.Ticks[0] ? "foot" : "grid";
            Line($"""<line class="{css}" x1="{PlotLeft}" y1="{y:0.##}" x2="{PlotRight}" y2="{y:0.##}"/>""");
            Line($"""<text class="tick" x="{PlotLeft - 8}" y="{y + 4:0.##}">{Numbers.Short(tick)}</text>""");
        }
    }

    private void AppendGroup(int index)
    {
        var group = _chart.Groups[index];
        var groupWidth = (PlotRight - PlotLeft) / (double)_chart.Groups.Count;
        var center = PlotLeft + (groupWidth * (index + 0.5));
        var barWidth = Math.Min(WidestBar, groupWidth * (1 - GroupGap) / Math.Max(1, group.Bars.Count));
        var left = center - (barWidth * group.Bars.Count / 2);
        for (var series = 0; series < group.Bars.Count; series++)
        {
            if (group.Bars[series] is { } bar)
                AppendBar(bar, series, left + (series * barWidth) + (BarGap / 2), barWidth - BarGap);
        }

        AppendGroupLabel(group.Label, center, groupWidth);
    }

    private void AppendBar(Bar bar, int series, double x, double width)
    {
        var top = Y(bar.Value);
        var height = PlotBottom - top;
        var radius = Math.Min(3, Math.Min(width / 2, height));
        // Up the left side, around the two upper corners, down to the foot.
        var shape = string.Create(
            CultureInfo.InvariantCulture,
            $"M{x:0.##} {PlotBottom}v{radius - height:0.##}q0 {-radius:0.##} {radius:0.##} {-radius:0.##}"
            + $"h{width - (2 * radius):0.##}q{radius:0.##} 0 {radius:0.##} {radius:0.##}V{PlotBottom}z");
        var spread = $"{Numbers.Short(bar.Min)} to {Numbers.Short(bar.Max)}";
        var tip = $"{Escape(_chart.Series[series])}: {Numbers.Short(bar.Value)} ({spread})";
        Line($"""<path class="{SeriesClass(series)}" d="{shape}"><title>{tip}</title></path>""");
        var highest = Math.Min(top, Y(bar.Max));
        var center = x + (width / 2);
        if (bar.Max > bar.Min)
        {
            var foot = Y(bar.Min);
            var above = Y(bar.Max);
            var stem = Invariant($"M{center:0.##} {foot:0.##}V{above:0.##}m-3 0h6M{center - 3:0.##} {foot:0.##}h6");
            Line($"""<path class="spread" d="{stem}"/>""");
        }

        if (width + BarGap >= NarrowestLabelledBar)
            Line($"""<text class="value" x="{center:0.##}" y="{highest - 5:0.##}">{Numbers.Short(bar.Value)}</text>""");
    }

    /// <summary>A label too long for its group goes on two lines, broken at the space nearest to its middle.</summary>
    private void AppendGroupLabel(string label, double center, double groupWidth)
    {
        var lines = new List<string> { label };
        if (label.Length * 6.6 > groupWidth && label.Contains(' '))
        {
            var spaces = Enumerable.Range(0, label.Length).Where(at => label[at] == ' ');
            var middle = spaces.MinBy(at => Math.Abs(at - (label.Length / 2)));
            lines = [label[..middle], label[(middle + 1)..]];
        }

        for (var index = 0; index < lines.Count; index++)
        {
            var y = PlotBottom + 20 + (index * 15);
            Line($"""<text class="label" x="{center:0.##}" y="{y}">{Escape(lines[index])}</text>""");
        }
    }

    private void AppendReference()
    {
        if (_chart.Reference is not { } reference)
            return;
        var y = Y(reference);
        Line($"""<line class="reference" x1="{PlotLeft}" y1="{y:0.##}" x2="{PlotRight}" y2="{y:0.##}"/>""");
        if (_chart.ReferenceLabel is { } label)
        {
            var note = $"dashed line: {Escape(label)}";
            Line($"""<text class="note" x="{PlotRight}" y="83.5" text-anchor="end">{note}</text>""");
        }
    }

    private double Y(double value) => PlotBottom - (_axis.Position(value) * PlotHeight);

    private static string SeriesClass(int series) => $"s{series % Palette.Length}";

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private void Line(FormattableString text) => _svg.Append(Invariant(text)).Append('\n');
}
