using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Server;
using RedisLite.Server;

namespace RedisLite.EndToEnd.Tests.CommandLine;

public sealed class LogWriterTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 3, 4, 5, 6, 78, TimeSpan.Zero));
    private readonly LogWriter _log;
    private LogVerbosity _level = LogVerbosity.Debug;

    public LogWriterTests() => _log = new LogWriter(_output, () => _level, _time);

    [Theory]
    [InlineData(LogLevel.Trace, '.')]
    [InlineData(LogLevel.Debug, '-')]
    [InlineData(LogLevel.Information, '*')]
    [InlineData(LogLevel.Warning, '#')]
    [InlineData(LogLevel.Error, '#')]
    [InlineData(LogLevel.Critical, '#')]
    public void A_line_is_as_Redis_writes_it(LogLevel level, char mark)
    {
        _log.CreateLogger("any").Log(level, "{Count} clients", 3);

        Assert.Equal($"{Environment.ProcessId}:M 03 Nov 2026 04:05:06.078 {mark} 3 clients\n", _output.ToString());
    }

    [Theory]
    [InlineData(LogVerbosity.Debug, ".-*#")]
    [InlineData(LogVerbosity.Verbose, "-*#")]
    [InlineData(LogVerbosity.Notice, "*#")]
    [InlineData(LogVerbosity.Warning, "#")]
    public void The_level_in_force_decides_what_is_written(LogVerbosity level, string expected)
    {
        var logger = _log.CreateLogger("any");
        _level = level;

        foreach (var each in (LogLevel[])[LogLevel.Trace, LogLevel.Debug, LogLevel.Information, LogLevel.Warning])
            logger.Log(each, "x");

        var marks = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[^3]);
        Assert.Equal(expected, string.Concat(marks));
    }

    [Fact]
    public void An_exception_follows_its_line()
    {
        _log.CreateLogger("any").LogError(new InvalidOperationException("why"), "what");

        Assert.EndsWith(" # what\nSystem.InvalidOperationException: why\n", _output.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _log.Dispose();
        _output.Dispose();
    }
}
