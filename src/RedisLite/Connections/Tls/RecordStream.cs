using System.Threading.Tasks.Sources;
using Akka.IO;

namespace RedisLite.Connections.Tls;

/// <summary>
/// The ciphertext of one connection, as the stream under an SslStream: what arrived is read, what is written is
/// collected.
/// </summary>
/// <remarks>
/// Whole records only are given to read: an SslStream that has part of a record would keep 16 KB to receive the rest
/// in.
/// <code>
///   arrived   [type|version|length| ... ][type|version|length| ... ][type|ver
///              record                     record                     not whole: waits here
/// </code>
/// During the handshake one record at a time, so that nothing of what follows the handshake is left inside the
/// SslStream; and what is written then is sent at once, since the last of it may be an alert. LOCK: the queue is under
/// <c>_gate</c>, for during the handshake the actor adds and a thread of the pool reads. A read that waits is continued
/// on the thread that calls <see cref="Release"/>, outside the lock.
/// </remarks>
/// <param name="waits">Called when a read waits: more has to be received.</param>
/// <param name="send">Sends what the handshake writes.</param>
internal sealed class RecordStream(Action waits, Action<ByteString> send) : Stream, IValueTaskSource<int>
{
    private const int HeaderLength = 5;
    private const int LongestRecord = 16384 + 2048;
    private const byte ApplicationData = 23;

    // A record may come byte by byte, and each piece that is kept is an object or two.
    private const int MostPieces = 64;

    // The length of an alert under TLS 1.3, whose type is encrypted as well: two bytes, the type, and a tag.
    private const int EncryptedAlertLength = 19;

    private readonly Lock _gate = new();
    private readonly Queue<ByteString> _arrived = new(1);
    private readonly Queue<int> _records = new(1);
    private readonly byte[] _header = new byte[HeaderLength];
    private readonly List<ArraySegment<byte>> _written = new(1);
    private ManualResetValueTaskSourceCore<int> _source;
    private Memory<byte> _target;
    private bool _isWaiting;
    private bool _isEnded;
    private bool _isNonsense;
    private bool _isHandshake = true;
    private bool _mayBeAlert;
    private int _headerFilled;
    private int _bodyLeft;
    private int _recordLeft;
    private int _position;
    private int _available;

    /// <summary>Bytes of whole records that have not been read.</summary>
    public int Available
    {
        get
        {
            lock (_gate)
                return _available;
        }
    }

    /// <summary>What arrived is no TLS.</summary>
    public bool IsNonsense => _isNonsense;

    /// <summary>
    /// The last whole record may be one that ends the stream, which the SslStream says only when it is asked for more.
    /// </summary>
    public bool MayHaveEnded => _mayBeAlert;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Takes what was received.</summary>
    public void Add(ByteString data)
    {
        if (!data.IsCompact)
            data = data.Compact();
        lock (_gate)
        {
            if (_arrived.Count >= MostPieces)
                Join();
            _arrived.Enqueue(data);
            Scan(data.ToReadOnlySpan());
        }
    }

    /// <summary>Nothing more will come.</summary>
    public void End()
    {
        lock (_gate)
            _isEnded = true;
    }

    /// <summary>
    /// The handshake is done: many records may be read at once, and what is written waits for <see
    /// cref="TakeWritten"/>.
    /// </summary>
    public void EndHandshake() => _isHandshake = false;

    /// <summary>Goes on with a read that waits, if there is something for it.</summary>
    public void Release()
    {
        int count;
        lock (_gate)
        {
            if (!_isWaiting || (_available == 0 && !_isEnded))
                return;
            _isWaiting = false;
            count = Take(_target.Span);
            _target = default;
        }

        _source.SetResult(count);
    }

    /// <summary>What has been written since the last call.</summary>
    public ByteString TakeWritten()
    {
        var result = _written.Count switch
        {
            0 => ByteString.Empty,
            1 => ByteString.FromBytes(_written[0]),
            _ => ByteString.FromBytes(_written.ToArray()),
        };
        _written.Clear();
        return result;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_available > 0 || _isEnded)
                return new ValueTask<int>(Take(buffer.Span));
            _source.Reset();
            _target = buffer;
            _isWaiting = true;
        }

        waits();
        return new ValueTask<int>(this, _source.Version);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        var copy = buffer.ToArray();
        if (_isHandshake)
            send(ByteString.FromBytes(copy));
        else
            _written.Add(copy);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    /// <summary>Makes all that waits one piece.</summary>
    private void Join()
    {
        var joined = ByteString.Empty;
        foreach (var piece in _arrived)
            joined += piece;
        joined = joined.Slice(_position).Compact();
        _position = 0;
        _arrived.Clear();
        _arrived.Enqueue(joined);
    }

    /// <summary>Finds the ends of records.</summary>
    private void Scan(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty && !_isNonsense)
        {
            if (_headerFilled < HeaderLength)
            {
                _header[_headerFilled++] = data[0];
                data = data[1..];
                if (!IsPlausible())
                    _isNonsense = true;
                if (_headerFilled == HeaderLength)
                    _bodyLeft = BodyLength;
            }
            else
            {
                var count = Math.Min(_bodyLeft, data.Length);
                _bodyLeft -= count;
                data = data[count..];
            }

            if (_headerFilled == HeaderLength && _bodyLeft == 0)
                EndRecord();
        }
    }

    private int BodyLength => (_header[3] << 8) | _header[4];

    private bool IsPlausible() => _headerFilled switch
    {
        1 => _header[0] is >= 20 and <= 24,
        2 => _header[1] == 3,
        HeaderLength => BodyLength <= LongestRecord,
        _ => true,
    };

    private void EndRecord()
    {
        var length = HeaderLength + BodyLength;
        _records.Enqueue(length);
        _available += length;
        _mayBeAlert = _header[0] != ApplicationData || BodyLength == EncryptedAlertLength;
        _headerFilled = 0;
    }

    private int Take(Span<byte> target)
    {
        var taken = 0;
        while (taken < target.Length && _available > 0)
        {
            if (_recordLeft == 0)
                _recordLeft = _records.Dequeue();
            var head = _arrived.Peek();
            var count = Math.Min(Math.Min(_recordLeft, head.Count - _position), target.Length - taken);
            head.ToReadOnlySpan().Slice(_position, count).CopyTo(target[taken..]);
            taken += count;
            _recordLeft -= count;
            _available -= count;
            _position += count;
            if (_position == head.Count)
            {
                _arrived.Dequeue();
                _position = 0;
            }

            if (_isHandshake && _recordLeft == 0)
                break;
        }

        return taken;
    }
}
