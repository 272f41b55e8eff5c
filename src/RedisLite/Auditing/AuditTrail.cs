using System.Globalization;
using System.Text;
using RedisLite.Configuration;

namespace RedisLite.Auditing;

/// <summary>The audit trail of a server: its file, and what waits to be written.</summary>
/// <remarks>
/// The queue is for any thread; the rest belongs to <see cref="AuditActor"/> while that lives, and afterwards to
/// whoever disposes it.
/// </remarks>
internal sealed class AuditTrail : IDisposable
{
    private readonly AuditFile _file;
    private readonly AuditFailure _policy;
    private byte[] _kept = [];

    /// <param name="settings">Validated; there is a file.</param>
    /// <param name="directory">Where a relative name begins.</param>
    public AuditTrail(AuditSettings settings, string directory)
    {
        Path = System.IO.Path.GetFullPath(settings.File, System.IO.Path.GetFullPath(directory));
        _file = new AuditFile(Path, settings.MaxFileSize, settings.MaxFiles);
        _policy = settings.OnFailure;
        Queue = new AuditQueue(settings);
    }

    public string Path { get; }

    public AuditQueue Queue { get; }

    /// <summary>What follows from a file that cannot be written, for the log.</summary>
    public string Consequence => _policy == AuditFailure.Refuse
        ? "Writes are refused until it can (audit-on-failure refuse)"
        : "What is more than audit-queue-limit is lost (audit-on-failure drop)";

    /// <summary>Opens the file. Before anything else.</summary>
    /// <exception cref="ServerStartException">It cannot be opened.</exception>
    public void Open(string said)
    {
        try
        {
            if (Path != said)
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
            _file.Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException(
                $"audit-file: '{said}' cannot be opened: {e.Message.TrimEnd('.')}; expected a file that this process "
                    + "may write, or an empty text", e);
        }
    }

    /// <summary>Writes all that waits.</summary>
    /// <param name="nowMs">The time, for what the trail says of itself.</param>
    /// <returns>Null, or why it could not: it is kept for the next call.</returns>
    public string? WriteWaiting(long nowMs)
    {
        var failure = TryWrite(_kept);
        if (failure is not null)
            return failure;
        _kept = [];
        var waiting = Queue.Take(out _);
        failure = TryWrite(waiting.Span);
        if (failure is null && Queue.TakeUntold() is var lost and > 0)
            failure = TryWrite(Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{Begin("dropped", nowMs)},\"count\":{lost}}}\n")));
        return failure;
    }

    /// <summary>The server has started, or ends: the trail says so itself.</summary>
    public void Say(string @event, string version, long nowMs) => Queue.Add(
        Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{Begin(@event, nowMs)},\"version\":\"{version}\",\"pid\":{Environment.ProcessId}}}\n")), 1);

    /// <summary>Goes on in a new file, since the old one was moved away.</summary>
    public void Reopen() => _file.Reopen();

    public void Dispose() => _file.Dispose();

    private static string Begin(string @event, long nowMs)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(nowMs).UtcDateTime.ToString(
            "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return $"{{\"time\":\"{time}\",\"event\":\"{@event}\"";
    }

    private string? TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            _file.Append(ref lines);
            Queue.IsFailing = false;
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _kept = lines.ToArray();
            Queue.IsFailing = true;
            return e.Message;
        }
    }
}
