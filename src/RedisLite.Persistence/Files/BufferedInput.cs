using System.Buffers;
using RedisLite.Storage.Serialization;

namespace RedisLite.Persistence.Files;

/// <summary>A file read front to back through one buffer, with the offset and checksum of what was consumed.</summary>
/// <remarks>
/// <code>
///   buffer   [ consumed | unread | free ]
///                       ^_start  ^_end
/// </code>
/// The buffer grows only as far as bytes have really arrived (at most double), so that a length field which claims
/// gigabytes cannot make it allocate them. Not thread-safe. Spans are valid until the next call of
/// <see cref="TryFill"/>.
/// </remarks>
internal sealed class BufferedInput : IDisposable
{
    private const int InitialCapacity = 256 * 1024;

    private readonly Stream _stream;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialCapacity);
    private int _start;
    private int _end;
    private int _hashed; // up to here the buffer's bytes are part of _checksum
    private ulong _checksum;
    private bool _hashing;

    /// <param name="stream">Read from its current position, which counts as offset 0. Disposed with this.</param>
    public BufferedInput(Stream stream) => _stream = stream;

    /// <summary>Offset of the next unread byte.</summary>
    public long Offset { get; private set; }

    /// <summary>The bytes that were read from the file but not consumed.</summary>
    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The same as memory.</summary>
    public ReadOnlyMemory<byte> UnreadMemory => _buffer.AsMemory(_start, _end - _start);

    /// <summary>The CRC-64 of the bytes consumed since <see cref="StartChecksum"/>.</summary>
    public ulong Checksum
    {
        get
        {
            _checksum = Crc64.Append(_checksum, _buffer.AsSpan(_hashed, _start - _hashed));
            _hashed = _start;
            return _checksum;
        }
    }

    /// <summary>Begins to compute <see cref="Checksum"/> with the next byte consumed.</summary>
    public void StartChecksum()
    {
        _hashing = true;
        _checksum = 0;
        _hashed = _start;
    }

    /// <summary>Stops computing the checksum, which costs time.</summary>
    public void StopChecksum() => _hashing = false;

    /// <summary>Reads until so many bytes are unread. False if the file ends before.</summary>
    public bool TryFill(long count)
    {
        if (_end - _start >= count)
            return true;

        // What can be known without reading is not read, nor room made for it.
        if (count > Array.MaxLength || (_stream.CanSeek && count > _end - _start + _stream.Length - _stream.Position))
            return false;
        while (_end - _start < count)
        {
            MakeRoom((int)count);
            var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
                return false;
            _end += read;
        }

        return true;
    }

    /// <summary>Moves past unread bytes.</summary>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_end - _start), nameof(count));
        _start += count;
        Offset += count;
    }

    /// <summary>Moves past bytes that need not be looked at. False if the file ends before.</summary>
    public bool TrySkip(long count)
    {
        while (count > 0)
        {
            if (_start == _end && !TryFill(1))
                return false;
            var step = (int)Math.Min(count, _end - _start);
            Consume(step);
            count -= step;
        }

        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = _hashed = 0;
        _stream.Dispose();
    }

    /// <summary>
    /// Makes room for at least one more byte of those wanted: by moving the unread ones to the front, or by growing.
    /// </summary>
    private void MakeRoom(int wanted)
    {
        if (_start + (long)wanted <= _buffer.Length)
            return;
        var unread = _end - _start;
        if (_hashing)
            _ = Checksum; // what was consumed is about to be overwritten
        if (unread < _buffer.Length)
        {
            _buffer.AsSpan(_start, unread).CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, _buffer.Length * 2L));
            _buffer.AsSpan(_start, unread).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        _start = _hashed = 0;
        _end = unread;
    }
}
