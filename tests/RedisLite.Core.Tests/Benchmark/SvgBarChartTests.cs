using System.Globalization;
using System.Xml.Linq;
using RedisLite.Benchmark.Reporting;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class SvgBarChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_chart_is_well_formed_and_holds_a_bar_for_each_value()
    {
        var chart = Chart([
            new BarGroup("SET P=1", [new Bar(1, 1, 1), new Bar(1.3, 1.1, 1.4)]),
            new BarGroup("GET P=1", [new Bar(1, 1, 1), null]),
        ]);
        var document = XDocument.Parse(SvgBarChart.Render(chart));
        Assert.Equal(3, Bars(document).Count());
        Assert.Single(document.Descendants(Svg + "path"), path => (string?)path.Attribute("class") == "spread");
        Assert.Contains(
            "prefers-color-scheme: dark", document.Descendants(Svg + "style").Single().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_escaped()
    {
        var chart = Chart([new BarGroup("<&>\"'", [new Bar(1, 1, 1), new Bar(2, 2, 2)])]);
        var document = XDocument.Parse(SvgBarChart.Render(chart));
        Assert.Contains(document.Descendants(Svg + "text"), text => text.Value == "<&>\"'");
    }

    [Fact]
    public void A_label_too_long_for_its_group_is_broken_at_a_space()
    {
        var groups = Enumerable.Range(0, 12).Select(_ => new BarGroup("a rather long label", [new Bar(1, 1, 1), null]));
        var document = XDocument.Parse(SvgBarChart.Render(Chart([.. groups])));
        Assert.Contains(document.Descendants(Svg + "text"), text => text.Value == "a rather");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chart_of_nothing_or_of_zeros_can_be_drawn(bool isLogarithmic)
    {
        XDocument.Parse(SvgBarChart.Render(Chart([]) with { IsLogarithmic = isLogarithmic }));
        var zeros = Chart(
            [new BarGroup("none", [new Bar(0, 0, 0), new Bar(0, 0, 0)])]) with
        { IsLogarithmic = isLogarithmic };
        Assert.Equal(2, Bars(XDocument.Parse(SvgBarChart.Render(zeros))).Count());
    }

    [Theory]
    [InlineData(0.93)]
    [InlineData(1.0)]
    [InlineData(7.4)]
    [InlineData(52_311)]
    [InlineData(0.0004)]
    public void A_linear_axis_begins_at_zero_and_has_room_for_all(double largest)
    {
        var axis = ChartAxis.Create([largest, largest / 3], isLogarithmic: false);
        Assert.Equal(0, axis.Ticks[0]);
        Assert.InRange(axis.Ticks.Count, 3, 8);
        Assert.True(axis.Ticks[^1] >= largest);
        Assert.InRange(axis.Position(largest), 0.5, 1);
        Assert.Equal(0, axis.Position(0));
    }

    [Fact]
    public void A_logarithmic_axis_has_a_line_for_each_power_of_ten()
    {
        var axis = ChartAxis.Create([4.2, 555], isLogarithmic: true);
        Assert.Equal(
            ["1", "10", "100", "1000"], axis.Ticks.Select(tick => tick.ToString("0", CultureInfo.InvariantCulture)));
        Assert.True(axis.Position(4.2) > 0);
        Assert.True(axis.Position(555) < 1);
    }

    private static BarChart Chart(IReadOnlyList<BarGroup> groups) => new()
    {
        Title = "Throughput",
        Subtitle = "relative to redis",
        Series = ["redis", "redislite"],
        Groups = groups,
        Reference = 1,
        ReferenceLabel = "redis",
    };

    private static IEnumerable<XElement> Bars(XDocument document) =>
        document.Descendants(Svg + "path").Where(path => path.Element(Svg + "title") is not null);
}
