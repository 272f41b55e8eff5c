using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using RedisLite.Commands.Server;
using RedisLite.Configuration;
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
    public void A_replica_s_lines_are_marked()
    {
        using var log = new LogWriter(_output, () => _level, _time) { IsReplica = () => true };
        log.CreateLogger("any").LogInformation("x");
        Assert.StartsWith($"{Environment.ProcessId}:S ", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_of_JSON_holds_it_all_whatever_the_text()
    {
        using var log = new LogWriter(_output, () => _level, _time) { Format = LogFormat.Json };
        log.CreateLogger("RedisLite").LogWarning(new InvalidOperationException("why"), "a \"name\"\n{Key}", "\u0001ä");

        var line = _output.ToString();
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
        using var json = JsonDocument.Parse(line);
        var fields =
            json.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.ToString());
        Assert.Equal("2026-11-03T04:05:06.078+00:00", fields["time"]);
        Assert.Equal("warning", fields["level"]);
        Assert.Equal("primary", fields["role"]);
        Assert.Equal("RedisLite", fields["logger"]);
        Assert.Equal("a \"name\"\n\u0001ä", fields["message"]);
        Assert.Equal("System.InvalidOperationException: why", fields["exception"]);
    }

    [Fact]
    public async Task The_program_writes_JSON_from_its_first_line_on()
    {
        using var folder = new TemporaryFolder();
        await using var process = ServerProgram.Start(
            folder, "--port", "random", "--bind", "127.0.0.1", "--redislite.logging.format", "json");
        await process.WaitForLineAsync("Ready to accept connections");
        foreach (var line in process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            using (JsonDocument.Parse(line))
            {
            }
    }

    [Fact]
    public void An_exception_follows_its_line()
    {
        _log.CreateLogger("any").LogError(new InvalidOperationException("why"), "what");

        Assert.EndsWith(
            " # what\nSystem.InvalidOperationException: why\n", _output.ToString(), StringComparison.Ordinal);
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
