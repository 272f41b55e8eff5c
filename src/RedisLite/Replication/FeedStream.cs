namespace RedisLite.Replication;

/// <summary>
/// Carries what an actor receives to a thread that reads a stream, and says when the actor may go on.
/// </summary>
/// <remarks>
/// The actor adds and never waits; it stops receiving while <see cref="IsFull"/>, until <paramref name="drained"/> is
/// called, on the reader's thread. The reader waits for bytes.
/// </remarks>
internal sealed class FeedStream(Action drained) : Stream
{
    private const long FullAt = 4 * 1024 * 1024;
    private const long DrainedAt = 1024 * 1024;

    private readonly object _gate = new();
    private readonly Queue<ReadOnlyMemory<byte>> _pieces = new();
    private long _length;
    private bool _isFull;
    private bool _isEnded;
    private string? _failure;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether so much waits that no more should be received.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
                return _isFull;
        }
    }

    /// <summary>Adds bytes, which are not changed any more.</summary>
    public void Add(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            _pieces.Enqueue(bytes);
            _length += bytes.Length;
            _isFull |= _length > FullAt;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Nothing more comes.</summary>
    /// <param name="failure">Why, if it should have; the reader then gets an exception.</param>
    public void End(string? failure)
    {
        lock (_gate)
        {
            _isEnded = true;
            _failure ??= failure;
            Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int count;
        bool isDrained;
        lock (_gate)
        {
            while (_pieces.Count == 0 && !_isEnded)
                Monitor.Wait(_gate);
            if (_failure is not null)
                throw new IOException(_failure);
            if (_pieces.Count == 0)
                return 0;
            count = TakeFirst(buffer);
            isDrained = _isFull && _length < DrainedAt;
            if (isDrained)
                _isFull = false;
        }

        if (isDrained)
            drained();
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>LOCK: the gate.</summary>
    private int TakeFirst(Span<byte> buffer)
    {
        var first = _pieces.Peek();
        var count = Math.Min(first.Length, buffer.Length);
        first.Span[..count].CopyTo(buffer);
        _pieces.Dequeue();
        _length -= count;
        if (count < first.Length)
            PutBack(first[count..]);
        return count;
    }

    private void PutBack(ReadOnlyMemory<byte> rest)
    {
        // To the front: a queue has none, so the others go round once. Readers take whole pieces nearly always.
        var others = _pieces.Count;
        _pieces.Enqueue(rest);
        for (; others > 0; others--)
            _pieces.Enqueue(_pieces.Dequeue());
    }
}
