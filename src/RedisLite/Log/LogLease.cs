namespace RedisLite.Log;

/// <summary>
/// Bytes of the log that stay as they are, and in memory, until the lease is disposed, whatever becomes of the reader.
/// </summary>
/// <remarks>
/// Made by <see cref="LogReader.Take"/>. Disposed once, on any thread; its slices must not be used afterwards.
/// </remarks>
internal sealed class LogLease : IDisposable
{
    private readonly ChangeLog _log;
    private LogChunk? _first;
    private int _chunkCount;

    /// <param name="log">Where the memory goes back to.</param>
    /// <param name="start">The position of the first byte.</param>
    internal LogLease(ChangeLog log, long start)
    {
        _log = log;
        Start = start;
        End = start;
    }

    /// <summary>The position that it begins at.</summary>
    public long Start { get; }

    /// <summary>The position after its last byte: where the reader goes on.</summary>
    public long End { get; private set; }

    /// <summary>The bytes, in order, without those that are not for the reader: it may be empty.</summary>
    public List<ReadOnlyMemory<byte>> Slices { get; } = [];

    /// <summary>
    /// The stream that <see cref="End"/> has an offset in; null for none, and when the log has gone on since.
    /// </summary>
    public LogStream? Stream { get; internal set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_first is not { } first)
            return;
        _first = null;
        _log.Release(first, _chunkCount);
    }

    /// <summary>
    /// Ends the lease although what it has shown may still be read: its memory is the garbage collector's, and not used
    /// again.
    /// </summary>
    public void Abandon()
    {
        if (_first is not { } first)
            return;
        _first = null;
        _log.Release(first, _chunkCount, isAbandoned: true);
    }

    /// <summary>Adds the next chunk up to a position. LOCK: the log's gate.</summary>
    internal void Add(LogChunk chunk, long end)
    {
        _first ??= chunk;
        _chunkCount++;
        chunk.References++;
        End = end;
    }
}

/// <summary>Where the log was cut for a snapshot: what is before is in the snapshot, what follows is not.</summary>
/// <param name="Position">The log's end at that moment.</param>
/// <param name="Database">The database that is selected there; -1 when what follows selects one itself.</param>
/// <param name="Stream">Which stream it is; null when nobody could go on with it.</param>
internal readonly record struct LogCut(long Position, int Database, LogStream? Stream = null);
