using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RedisLite.Commands.Server;
using RedisLite.Configuration;

namespace RedisLite.Server;

/// <summary>Writes log lines as Redis does, to standard output or a file.</summary>
/// <remarks>
/// <code>
///   1234:M 23 Nov 2026 03:06:12.868 * Ready to accept connections
///   |    |                          +-- . debug, - verbose, * notice, # warning
///   |    +-- the role: M for a primary, S for a replica
///   +-- process id
///
///   {"time":"2026-11-23T03:06:12.868+01:00","pid":1234,"role":"primary","level":"notice","logger":"RedisLite",
/// "message":"Ready to accept connections"} (in one line, with logging.format json)
/// </code>
/// Any thread may log; a line is written whole and at once, so that a crash loses none.
/// </remarks>
/// <param name="output">Owned, and closed at the end.</param>
/// <param name="level">The least important level that is written, asked for each line.</param>
/// <param name="time">Where the time comes from.</param>
internal sealed class LogWriter(TextWriter output, Func<LogVerbosity> level, TimeProvider time) : ILoggerProvider
{
    // A log is no web page: letters and signs stay what they are.
    private static readonly JsonWriterOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What a line looks like.</summary>
    public LogFormat Format { get; init; }

    /// <summary>Whether the server is a replica, asked for each line.</summary>
    public Func<bool> IsReplica { get; init; } = () => false;

    private readonly Lock _lock = new();

    /// <summary>Opens the log of these settings' file, or of standard output.</summary>
    /// <param name="file">Empty for standard output.</param>
    /// <param name="directory">Where a relative name begins.</param>
    /// <exception cref="SettingsException">The file cannot be opened.</exception>
    public static TextWriter Open(string file, string directory)
    {
        if (file.Length == 0)
            return new ConsoleLog(StandardStreams.OpenOutput());
        var path = Path.GetFullPath(file, Path.GetFullPath(directory));
        try
        {
            // Where the data goes is made at the start; here the log comes first.
            if (path != file && Path.GetDirectoryName(path) == Path.GetFullPath(directory).TrimEnd('/'))
                Directory.CreateDirectory(directory);
            using var stream = LogFile.OpenStream(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"cannot open the log file '{file}': {e.Message}");
        }

        return new LogFile(path);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
            output.Dispose();
    }

    private static LogVerbosity VerbosityOf(LogLevel logLevel) => logLevel switch
    {
        LogLevel.Trace => LogVerbosity.Debug,
        LogLevel.Debug => LogVerbosity.Verbose,
        LogLevel.Information => LogVerbosity.Notice,
        _ => LogVerbosity.Warning,
    };

    private void Write(string category, LogVerbosity verbosity, string message, Exception? exception)
    {
        var line = Format == LogFormat.Json
            ? Json(category, verbosity, message, exception)
            : Text(verbosity, message, exception);
        lock (_lock)
            output.Write(line);
    }

    private string Text(LogVerbosity verbosity, string message, Exception? exception)
    {
        var mark = verbosity switch
        {
            LogVerbosity.Debug => '.',
            LogVerbosity.Verbose => '-',
            LogVerbosity.Notice => '*',
            _ => '#',
        };
        var role = IsReplica() ? 'S' : 'M';
        var now = time.GetLocalNow().ToString("dd MMM yyyy HH:mm:ss.fff", CultureInfo.InvariantCulture);
        return $"{Environment.ProcessId}:{role} {now} {mark} {message}{(exception is null ? "" : $"\n{exception}")}\n";
    }

    private string Json(string category, LogVerbosity verbosity, string message, Exception? exception)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time",
                time.GetLocalNow().ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture));
            json.WriteNumber("pid", Environment.ProcessId);
            json.WriteString("role", IsReplica() ? "replica" : "primary");
            json.WriteString("level", verbosity.ToString().ToLowerInvariant());
            json.WriteString("logger", category);
            json.WriteString("message", message);
            if (exception is not null)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length)) + "\n";
    }

    private LogVerbosity Level() => level();

    private sealed class Logger(LogWriter writer, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) =>
            logLevel != LogLevel.None && VerbosityOf(logLevel) >= writer.Level();

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                writer.Write(category, VerbosityOf(logLevel), formatter(state, exception), exception);
        }
    }
}
