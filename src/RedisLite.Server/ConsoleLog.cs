using System.Collections.Concurrent;
using System.Text;

namespace RedisLite.Server;

/// <summary>
/// The log on standard output, which may be closed, full, or a pipe that nobody reads: the server does not wait for it.
/// </summary>
/// <remarks>
/// Any thread writes; a thread of its own passes on, and is the only one that a reader who does not read holds up. What
/// does not fit into the queue meanwhile is lost.
/// </remarks>
internal sealed class ConsoleLog : TextWriter
{
    private const int MaxLines = 10_000;

    private static readonly TimeSpan LastLinesPatience = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<string> _lines = new(MaxLines);
    private readonly Stream _output;
    private readonly Thread _thread;

    /// <param name="output">Owned, and closed at the end unless it still holds its thread up.</param>
    public ConsoleLog(Stream output)
    {
        _output = output;
        _thread = new Thread(PassOn) { IsBackground = true, Name = "log" };
        _thread.Start();
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        if (!_lines.IsAddingCompleted)
            _lines.TryAdd(value ?? "");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _lines.CompleteAdding();
            if (_thread.Join(LastLinesPatience))
            {
                _output.Dispose();
                _lines.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void PassOn()
    {
        foreach (var line in _lines.GetConsumingEnumerable())
            Write(_output, line);
    }

    private static void Write(Stream output, string line)
    {
        try
        {
            output.Write(Encoding.UTF8.GetBytes(line));
            output.Flush();
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or ObjectDisposedException or ArgumentOutOfRangeException)
        {
            // Nobody can be told of it here. The last is what .NET makes of a file that may not grow (EFBIG).
        }
    }
}
