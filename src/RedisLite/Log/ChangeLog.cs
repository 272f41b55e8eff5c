using RedisLite.Commands.Execution;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Log;

/// <summary>
/// The change log: every effect on the data, in execution order, in memory until all readers have passed it.
/// </summary>
/// <remarks>
/// <code>
///   executors (any thread, stripes held) --Append--+
///                                                  v
///      [ chunk ][ chunk ][ chunk ][ chunk ][ chunk.. ]
///      ^ Start       ^ link-2         ^ aof        ^ End
///      |
///      backlog: the last so many bytes
/// </code>
/// Its bytes are those that a replica receives: RESP commands, SELECT where the database changes, MULTI and EXEC around
/// a transaction. Positions count them, never go back, and are what PSYNC calls offsets. Nothing is put in for one
/// reader's sake: a file that begins in the middle of the stream gets its SELECT from its writer
/// (<see cref="LogCut"/>). What is for replicas alone (PUBLISH) counts for all, and other readers are not shown it.
/// <para>Appending copies bytes under a short lock and never waits. A reader bounds what waits for it: it is cut off
/// (<see cref="LogReaderOptions.Limit"/>), or has writers held before they take stripes, as the append only file does.
/// INVARIANT: a chunk is in the list as long as one of its bytes is at or behind a position that a hold needs, and its
/// memory is used again when neither the list nor a lease has it.</para>
/// LOCK: the gate is taken last, under stripes; nothing is called under it.
/// </remarks>
internal sealed class ChangeLog : IChangeLog
{
    // Chunks kept for the next appends: a burst's memory, beyond them, is the garbage collector's.
    private const int MaxSpares = 32;

    private const int NoDatabase = -1;

    private readonly Lock _gate = new();
    private readonly Stack<LogChunk> _spares = new(MaxSpares);
    private LogHold[] _holds = [];
    private bool _hasReplicas;
    private LogChunk? _first;
    private LogChunk? _last;
    private long _end;
    private int _chunkCount;
    private long _linkedBytes;
    private int _selectedDatabase = NoDatabase;
    private bool _mustSelect;
    private LogStream? _stream;

    /// <inheritdoc/>
    public bool HasReaders => Volatile.Read(ref _holds).Length != 0;

    /// <inheritdoc/>
    public bool HasReplicas => Volatile.Read(ref _hasReplicas);

    /// <summary>The position after the last byte.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>The first position that is still in memory.</summary>
    public long Start
    {
        get
        {
            lock (_gate)
                return _first?.Start ?? _end;
        }
    }

    /// <summary>Bytes of memory in use: chunks that a hold or a lease needs, and the one that is appended to.</summary>
    /// <remarks>Not large arguments, which count as values do.</remarks>
    public long UsedMemory => Volatile.Read(ref _chunkCount) * (long)LogChunk.Size;

    /// <summary>
    /// Bytes of large arguments that a hold or a lease needs. They count as values, and may be values as well.
    /// </summary>
    public long LinkedMemory => Volatile.Read(ref _linkedBytes);

    /// <summary>Adds a reader that gets what is appended from now on.</summary>
    /// <remarks>
    /// LOCK: all stripes exclusively, or no client is served yet, so that it sees a change with all that follow it.
    /// </remarks>
    public LogReader AddReader(string name, LogReaderOptions options)
    {
        lock (_gate)
        {
            var reader = new LogReader(this, name, options, _end);
            Add(reader);
            return reader;
        }
    }

    /// <summary>
    /// Adds a reader that gets what is appended from now on, and says where that is: in one step, since what depends on
    /// no key (PING, SELECT in a primary's stream) is appended whatever stripes are held.
    /// </summary>
    public LogReader AddReader(string name, LogReaderOptions options, out LogCut cut)
    {
        lock (_gate)
        {
            cut = new LogCut(_end, _selectedDatabase, _stream);
            return AddReader(name, options);
        }
    }

    /// <summary>Adds a reader for replicas' effects that begins at a position which is still in memory.</summary>
    /// <returns>Null when it is not, or lies ahead.</returns>
    public LogReader? TryAddReader(string name, LogReaderOptions options, long position)
    {
        // What other audiences are not shown is noted by their readers when it is appended, and by nothing else.
        ArgumentOutOfRangeException.ThrowIfNotEqual((int)options.Audience, (int)LogAudience.Replicas);
        lock (_gate)
        {
            if (position < (_first?.Start ?? _end) || position > _end)
                return null;
            var reader = new LogReader(this, name, options, position);
            Add(reader);
            return reader;
        }
    }

    /// <summary>
    /// Keeps the last bytes from now on. LOCK: as for <see cref="AddReader(string, LogReaderOptions)"/>.
    /// </summary>
    public LogBacklog AddBacklog(long size)
    {
        lock (_gate)
        {
            var backlog = new LogBacklog(this, _end, size);
            Add(backlog);
            return backlog;
        }
    }

    /// <inheritdoc/>
    public long Append(
        int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects, ReadOnlySpan<LogRange> forReplicas = default,
        ReadOnlySpan<LargePart> parts = default)
    {
        LogHold[] holds;
        bool isAsked;
        long end;
        lock (_gate)
        {
            holds = _holds;
            if (holds.Length == 0)
                return _end;
            if (firstDatabase != NoDatabase)
            {
                if (firstDatabase != _selectedDatabase || _mustSelect)
                    Select(firstDatabase);
                _selectedDatabase = lastDatabase;
                _mustSelect = false;
            }

            isAsked = Add(effects, forReplicas, parts);
            end = _end;
        }

        if (isAsked)
            foreach (var hold in holds)
                hold.AfterAppend();
        return end;
    }

    /// <summary>
    /// Appends what a primary has sent, as it came: a replica's log is its primary's stream, byte for byte.
    /// </summary>
    /// <param name="stream">Whole commands, SELECT among them; copied.</param>
    /// <param name="parts">Large arguments, which stand between these bytes: the log takes references.</param>
    /// <param name="database">The database that is selected after them.</param>
    /// <param name="forReplicas">Which parts of them are for replicas alone.</param>
    public void AppendStream(
        ReadOnlySpan<byte> stream, ReadOnlySpan<LargePart> parts, int database, ReadOnlySpan<LogRange> forReplicas)
    {
        LogHold[] holds;
        bool isAsked;
        lock (_gate)
        {
            holds = _holds;
            _selectedDatabase = database;
            _mustSelect = false;
            isAsked = Add(stream, forReplicas, parts);
        }

        if (isAsked)
            foreach (var hold in holds)
                hold.AfterAppend();
    }

    /// <summary>
    /// Says which database is selected in the stream that follows, which began elsewhere. LOCK: all stripes
    /// exclusively.
    /// </summary>
    public void BeginStream(int database)
    {
        lock (_gate)
        {
            _selectedDatabase = database;
            _mustSelect = false;
        }
    }

    /// <summary>
    /// Has the next change select its database, whichever is selected: a redis-server that was this one's primary, and
    /// follows it from here on, has none selected. LOCK: all stripes exclusively.
    /// </summary>
    public void SelectAnew()
    {
        lock (_gate)
            _mustSelect = true;
    }

    /// <summary>
    /// Says which stream the bytes are of that follow; null for none that anybody could go on with. Nothing that
    /// changes data may be appended at the same time, unless nobody knows the new stream.
    /// </summary>
    public void SetStream(LogStream? stream)
    {
        lock (_gate)
            _stream = stream;
    }

    /// <summary>Where the log stands. LOCK: all stripes are held exclusively.</summary>
    public LogCut Cut()
    {
        lock (_gate)
            return new LogCut(_end, _selectedDatabase, _stream);
    }

    /// <summary>Frees what no hold needs any more.</summary>
    internal void Trim()
    {
        lock (_gate)
            FreePassed();
    }

    internal void Remove(LogHold hold)
    {
        lock (_gate)
        {
            SetHolds([.. _holds.Where(other => other != hold)]);
            FreePassed();
            if (_holds.Length != 0)
                return;

            // Nothing is appended until the next reader comes: it is told the database, and gets a chunk of its own.
            _selectedDatabase = NoDatabase;
            if (_first is not null)
                Drop(_first);
            _first = _last = null;
        }
    }

    internal void Advance(LogReader reader, long position)
    {
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(position, reader.Position);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(position, _end);
            if (reader.IsOverrun)
                return;
            reader.MoveTo(position);
            FreePassed();
        }
    }

    internal bool TrySleep(LogReader reader)
    {
        lock (_gate)
            return reader.TrySleepAt(_end);
    }

    internal LogLease? Lease(LogReader reader, long limit)
    {
        lock (_gate)
        {
            reader.NoteTake();
            var position = reader.Position;
            var end = Math.Min(limit, _end);
            if (position >= end || reader.IsOverrun || !_holds.Contains(reader))
                return null;
            var lease = new LogLease(this, position) { Stream = end == _end ? _stream : null };
            for (var chunk = reader.SeekFrom(_first!); chunk is not null && chunk.Start < end; chunk = chunk.Next)
            {
                var from = (int)(Math.Max(position, chunk.Start) - chunk.Start);
                var to = (int)(Math.Min(end, chunk.End) - chunk.Start);
                reader.AddWanted(chunk.Bytes[from..to], chunk.Start + from, lease.Slices);
                lease.Add(chunk, chunk.Start + to);
            }

            return lease;
        }
    }

    /// <summary>A lease has ended.</summary>
    internal void Release(LogChunk first, int count, bool isAbandoned = false)
    {
        lock (_gate)
        {
            for (var chunk = first; count > 0; count--)
            {
                var next = chunk.Next;
                chunk.IsAbandoned |= isAbandoned;
                Drop(chunk);
                chunk = next!;
            }
        }
    }

    /// <summary>LOCK: the gate.</summary>
    /// <returns>Whether a hold wants to be called after it.</returns>
    private bool Add(ReadOnlySpan<byte> bytes, ReadOnlySpan<LogRange> forReplicas, ReadOnlySpan<LargePart> parts)
    {
        if (!forReplicas.IsEmpty)
            SkipForOthers(forReplicas);
        var copied = 0;
        foreach (var part in parts)
        {
            Copy(bytes[copied..part.At]);
            copied = part.At;
            if (part.Length >= LogChunk.LinkedFrom)
                Link(part);
            else
                Copy(part.Memory.Span);
        }

        Copy(bytes[copied..]);
        var isAsked = false;
        foreach (var hold in _holds)
            isAsked |= hold.NoteAppend(_end);
        return isAsked;
    }

    /// <summary>LOCK: the gate.</summary>
    private void Add(LogHold hold) => SetHolds([.. _holds, hold]);

    /// <summary>LOCK: the gate.</summary>
    private void SetHolds(LogHold[] holds)
    {
        Volatile.Write(ref _holds, holds);
        Volatile.Write(ref _hasReplicas, holds.Any(hold => hold.Audience == LogAudience.Replicas));
    }

    /// <summary>LOCK: the gate.</summary>
    private void SkipForOthers(ReadOnlySpan<LogRange> forReplicas)
    {
        foreach (var hold in _holds)
            if (hold is LogReader { Audience: not LogAudience.Replicas } reader)
                foreach (var range in forReplicas)
                    reader.Skip(_end + range.Start, _end + range.End);
    }

    /// <summary>LOCK: the gate.</summary>
    private void Select(int database) => Copy(SelectCommand.Encode(database, stackalloc byte[SelectCommand.MaxLength]));

    /// <summary>LOCK: the gate.</summary>
    private void Copy(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_last is null || _last.IsFull)
                Grow();
            var count = _last!.Fill(bytes);
            Volatile.Write(ref _end, _end + count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Adds a large string without copying it. LOCK: the gate.</summary>
    private void Link(in LargePart part)
    {
        var large = ((HeldString)part.Owner).Share();
        Grow(new LogChunk(large, large.Memory.Slice(part.Start, part.Length)));
        Volatile.Write(ref _linkedBytes, _linkedBytes + part.Length);
        Volatile.Write(ref _end, _end + part.Length);
    }

    /// <summary>LOCK: the gate.</summary>
    private void Grow()
    {
        if (!_spares.TryPop(out var chunk))
            chunk = new LogChunk();
        _chunkCount++;
        Grow(chunk);
    }

    /// <summary>LOCK: the gate.</summary>
    private void Grow(LogChunk chunk)
    {
        chunk.Begin(_end);
        if (_last is null)
            _first = chunk;
        else
            _last.Next = chunk;
        _last = chunk;

        // What a reader has passed it frees itself; what the backlog outgrows, or a reader that was cut off has held,
        // goes here.
        FreePassed();
    }

    /// <summary>LOCK: the gate.</summary>
    private void FreePassed()
    {
        var needed = _end;
        foreach (var hold in _holds)
            needed = Math.Min(needed, hold.HeldFrom(_end));

        // The last chunk stays, for what comes and for the cursors of readers that have read everything.
        while (_first is { } first && first != _last && first.End <= needed)
        {
            _first = first.Next;
            Drop(first);
        }
    }

    /// <summary>One owner less. LOCK: the gate.</summary>
    private void Drop(LogChunk chunk)
    {
        if (--chunk.References > 0)
            return;
        if (chunk.IsLarge)
        {
            Volatile.Write(ref _linkedBytes, _linkedBytes - chunk.Length);
            chunk.Free();
            return;
        }

        _chunkCount--;
        if (_spares.Count < MaxSpares && !chunk.IsAbandoned)
            _spares.Push(chunk);
    }
}
