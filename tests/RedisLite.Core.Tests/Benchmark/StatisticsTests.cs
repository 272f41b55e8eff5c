using RedisLite.Benchmark.Measurement;
using RedisLite.Benchmark.Reporting;
using RedisLite.Benchmark.Servers;

namespace RedisLite.Core.Tests.Benchmark;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new double[] { 3 }, 3)]
    [InlineData(new double[] { 9, 1, 5 }, 5)]
    [InlineData(new double[] { 4, 1, 2, 100 }, 3)]
    public void The_median_is_the_middle(double[] values, double median) =>
        Assert.Equal(median, Statistics.Median(values));

    [Fact]
    public void Nothing_has_no_median() => Assert.Equal(double.NaN, Statistics.Median([]));

    [Fact]
    public void A_ratio_is_of_medians_and_its_spread_of_pairs()
    {
        var ratio = Statistics.Compare([100, 220, 90], [100, 200, 60]);
        Assert.Equal(new Ratio(1.0, 1.0, 1.5), ratio);
    }

    [Fact]
    public void Without_pairs_or_with_a_baseline_of_zero_there_is_no_ratio()
    {
        Assert.Null(Statistics.Compare([], [1]));
        Assert.Null(Statistics.Compare([1], []));
        Assert.Null(Statistics.Compare([1], [0]));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.0123, "0.0123")]
    [InlineData(0.954, "0.95")]
    [InlineData(12.34, "12.3")]
    [InlineData(512.6, "513")]
    [InlineData(9_999, "9999")]
    [InlineData(52_311, "52.3k")]
    [InlineData(1_250_000, "1.25M")]
    public void Charts_show_few_digits(double value, string text) => Assert.Equal(text, Numbers.Short(value));

    [Theory]
    [InlineData(0.5678, "0.568")]
    [InlineData(1.234, "1.23")]
    [InlineData(52_311.4, "52,311")]
    [InlineData(double.NaN, "")]
    public void Tables_show_more_digits(double value, string text) => Assert.Equal(text, Numbers.Full(value));

    [Fact]
    public void A_markdown_table_is_aligned_and_keeps_bars_in_cells()
    {
        var table = new MarkdownTable("name", "n");
        table.Add("a|b", "10");
        Assert.Equal("| name |  n |\n| ---- | -: |\n| a\\|b | 10 |\n", table.ToString());
        Assert.Throws<ArgumentException>(() => table.Add("too few"));
    }

    [Fact]
    public void Process_samples_are_read_as_the_kernel_writes_them()
    {
        const string stat = "4242 (a (strange) name) S 1 4242 4242 0 -1 4194560 1 2 3 4 150 50 7 8 20 0 4 0 99";
        var sample = ProcessSample.Parse(stat, ["Name:\tx", "VmHWM:\t   2048 kB", "VmRSS:\t   1024 kB"]);
        Assert.Equal(new ProcessSample(TimeSpan.FromSeconds(2), 1024 * 1024, 2048 * 1024), sample);
        Assert.Null(ProcessSample.Read(int.MaxValue));
    }

    [Fact]
    public void Info_is_read_by_field()
    {
        var info = ServerInstance.ParseInfo("# Server\r\nredis_version:7.0.15\r\nprocess_id:12\r\n\r\nbroken\r\n");
        Assert.Equal(2, info.Count);
        Assert.Equal("12", info["process_id"]);
    }
}
