using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Server;
using RedisLite.EndToEnd.Tests.Support;
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

    [Fact]
    public async Task A_file_that_may_not_grow_loses_lines_and_ends_nothing()
    {
        using var output = new StubbornStream();
        using var log = new ConsoleLog(output);
        log.Write("lost");
        log.Write("kept");
        Assert.Equal("kept"u8.ToArray(), await output.Taken.WaitAsync(RespClient.SafetyNet));
    }

    public void Dispose()
    {
        _log.Dispose();
        _output.Dispose();
    }

    /// <summary>Fails the first write as .NET does when the system says EFBIG.</summary>
    private sealed class StubbornStream : MemoryStream
    {
        private readonly TaskCompletionSource<byte[]> _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _hasFailed;

        public Task<byte[]> Taken => _taken.Task;

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (_hasFailed)
            {
                _taken.TrySetResult(buffer[offset..(offset + count)]);
                return;
            }

            _hasFailed = true;
            throw new ArgumentOutOfRangeException(nameof(count));
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);
    }
}
