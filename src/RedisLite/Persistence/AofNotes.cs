using System.Globalization;
using System.Text.Unicode;
using RedisLite.Log;
using RedisLite.Persistence.Aof;

namespace RedisLite.Persistence;

/// <summary>
/// The notes of an append only file that say where in which stream of a primary it ends: a replica can go on from there
/// after a restart, and so can the replicas of a primary. See <see cref="AofStreamPosition"/>.
/// </summary>
/// <remarks>
/// <code>
///   append   SET a 1   SET b 2   #REPL:id 154 54
///   append   SET c 3   #REPL:195 136
/// </code>
/// Each append up to the log's end has one, so that commands without one behind them are known to be somebody else's,
/// or not to be all. Without replication there are none. LOCK: the gate of <see cref="AofWriter"/>.
/// </remarks>
internal sealed class AofNotes
{
    private readonly byte[] _line = new byte[128];

    // The last that the file has; null for none.
    private LogStream? _stream;
    private long _end;

    /// <summary>A note to end an append with.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="end">The log's position.</param>
    /// <param name="at">Where in the file the note will be.</param>
    /// <returns>The bytes, up to the next call.</returns>
    public ReadOnlyMemory<byte> Of(LogStream stream, long end, long at)
    {
        var (id, space) = stream.Id == _stream?.Id ? ("", "") : (stream.Id, " ");
        Utf8.TryWrite(
            _line, CultureInfo.InvariantCulture,
            $"{AofStreamPosition.Mark}{id}{space}{stream.OffsetOf(end)} {at}\r\n", out var length);
        return _line.AsMemory(0, length);
    }

    /// <summary>An append is in the file.</summary>
    public void Wrote(LogStream? stream, long end) => (_stream, _end) = (stream, end);

    /// <summary>Whether the file says this at its end.</summary>
    public bool Says(LogStream stream, long end) => _stream == stream && _end == end;

    /// <summary>A new file says nothing yet.</summary>
    public void BeginFile() => _stream = null;
}
