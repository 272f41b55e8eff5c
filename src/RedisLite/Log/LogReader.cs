using RedisLite.Commands.Execution;

namespace RedisLite.Log;

/// <summary>
/// One place in the log from which its bytes are read in order, as often as needed, until it moves on.
/// </summary>
/// <remarks>
/// <code>
///   Take --> lease --> write or send --> lease.Dispose, then Advance        done with it
///                                    \-> lease.Dispose                      failed: Take gives the same again
/// </code>
/// One thread at a time reads; <see cref="Position"/> and <see cref="Lag"/> may be read from any thread.
/// </remarks>
internal sealed class LogReader : LogHold
{
    private readonly Queue<(long Start, long End)> _notForUs = new();
    private readonly long _wakeAt;
    private readonly long _limit;
    private long _position;
    private LogChunk? _cursor;
    private bool _isOverrun;
    private bool _wakeAsked;
    private bool _isAsleep;
    private int _wakeDue;

    /// <param name="log">The log.</param>
    /// <param name="name">For the server's log and for figures.</param>
    /// <param name="options">What kind of reader.</param>
    /// <param name="position">Where it begins.</param>
    public LogReader(ChangeLog log, string name, LogReaderOptions options, long position)
        : base(log, name, options.Audience)
    {
        _wakeAt = options.WakeAt;
        _limit = options.Limit;
        _position = position;
    }

    /// <summary>
    /// Called, outside the log's gate and on the thread that appends, when more waits than the reader should sleep
    /// over, and for the first append after <see cref="TrySleep"/>.
    /// </summary>
    public Action? Wake { get; set; }

    /// <summary>All before it has been read.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>Bytes that it has not read.</summary>
    public long Lag => Log.End - Position;

    /// <summary>
    /// Whether it fell behind by more than its limit: its part of the log is gone, and it has to begin anew.
    /// </summary>
    public bool IsOverrun => Volatile.Read(ref _isOverrun);

    /// <summary>
    /// Shows what is to be read next, without what is for others. The log keeps it until the lease ends.
    /// </summary>
    /// <param name="limit">A position to stop at.</param>
    /// <returns>Null when there is nothing.</returns>
    public LogLease? Take(long limit = long.MaxValue) => Log.Lease(this, limit);

    /// <summary>Has the next append call <see cref="Wake"/>, if everything has been read.</summary>
    /// <returns>Whether it has.</returns>
    public bool TrySleep() => Log.TrySleep(this);

    /// <summary>Moves on: what is before the position is not needed any more.</summary>
    /// <param name="position">Up to <see cref="ChangeLog.End"/>; never back.</param>
    public void Advance(long position) => Log.Advance(this, position);

    /// <inheritdoc/>
    public override long HeldFrom(long end) => _isOverrun ? end : _position;

    /// <inheritdoc/>
    public override bool NoteAppend(long end)
    {
        var lag = end - _position;
        if (lag > _limit)
            Volatile.Write(ref _isOverrun, true);
        if (!_isAsleep && (_wakeAsked || lag <= _wakeAt))
            return false;
        _isAsleep = false;
        _wakeAsked = true;
        Volatile.Write(ref _wakeDue, 1);
        return true;
    }

    /// <inheritdoc/>
    public override void AfterAppend()
    {
        if (Interlocked.Exchange(ref _wakeDue, 0) != 0)
            Wake?.Invoke();
    }

    /// <summary>A part of the log that is not for this reader. LOCK: the log's gate.</summary>
    internal void Skip(long start, long end) => _notForUs.Enqueue((start, end));

    /// <summary>LOCK: the log's gate.</summary>
    internal bool TrySleepAt(long end) => _isAsleep = _position == end;

    /// <summary>The next append may wake it again. LOCK: the log's gate.</summary>
    internal void NoteTake() => _wakeAsked = false;

    /// <summary>LOCK: the log's gate.</summary>
    internal void MoveTo(long position)
    {
        Volatile.Write(ref _position, position);
        if (_cursor is { } cursor)
            SeekFrom(cursor);
        while (_notForUs.TryPeek(out var part) && part.End <= position)
            _notForUs.Dequeue();
    }

    /// <summary>
    /// Finds the chunk that the position is in, or the last one when everything has been read. LOCK: the log's gate.
    /// </summary>
    /// <param name="first">Where to look from when the place is not known yet: the log's first chunk.</param>
    internal LogChunk SeekFrom(LogChunk first)
    {
        var chunk = _cursor ?? first;
        while (chunk.End <= _position && chunk.Next is { } next)
            chunk = next;
        _cursor = chunk;
        return chunk;
    }

    /// <summary>Adds the parts of a piece of the log that are for this reader. LOCK: the log's gate.</summary>
    /// <param name="piece">Its bytes.</param>
    /// <param name="start">The position of the first.</param>
    /// <param name="slices">Added to.</param>
    internal void AddWanted(ReadOnlyMemory<byte> piece, long start, List<ReadOnlyMemory<byte>> slices)
    {
        foreach (var part in _notForUs)
        {
            if (part.Start >= start + piece.Length)
                break;
            if (part.End <= start)
                continue;
            if (part.Start > start)
                slices.Add(piece[..(int)(part.Start - start)]);
            var skipped = (int)Math.Min(part.End - start, piece.Length);
            piece = piece[skipped..];
            start += skipped;
        }

        if (!piece.IsEmpty)
            slices.Add(piece);
    }
}

/// <summary>What kind of reader.</summary>
internal sealed record LogReaderOptions
{
    /// <summary>Which effects it gets.</summary>
    public required LogAudience Audience { get; init; }

    /// <summary>
    /// Bytes that may wait before <see cref="LogReader.Wake"/> is called; once, until it takes again.
    /// </summary>
    public long WakeAt { get; init; } = long.MaxValue;

    /// <summary>
    /// Bytes that it may be behind before the log goes on without it. A reader that nothing may be lost for has none,
    /// and must hold those who append instead.
    /// </summary>
    public long Limit { get; init; } = long.MaxValue;
}
