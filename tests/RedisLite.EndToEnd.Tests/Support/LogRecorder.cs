using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace RedisLite.EndToEnd.Tests.Support;

/// <summary>Keeps every line a server logs, so that a test can ask what went wrong in it.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = new();

    /// <summary>The lines logged as warning, error or worse.</summary>
    public IReadOnlyList<string> Complaints =>
        [.. _lines.Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Line)];

    public IReadOnlyList<string> Lines => [.. _lines.Select(entry => entry.Line)];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) =>
        throw new NotSupportedException("This factory keeps its lines itself.");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _lines.Enqueue((logLevel, $"{logLevel}: {formatter(state, exception)} {exception}"));
    }

    public void Dispose()
    {
    }
}
