using System.Buffers;
using System.Buffers.Binary;

namespace RedisLite.Storage.Snapshots;

/// <summary>Old states of records that changed before a snapshot reached them, until its walker takes them.</summary>
/// <remarks>
/// Any thread adds, holding a stripe, so adding is a copy under a short lock; the walker drains.
/// <code>
///   chunk: [database 4][key length 4][value length 4][expiry 8] key value  [database ...
/// </code>
/// </remarks>
internal sealed class PreservedRecords : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const int HeaderSize = 20;

    private readonly Lock _gate = new();
    private readonly Queue<(byte[] Bytes, int Length)> _full = new();
    private byte[]? _current;
    private int _length;
    private long _bytes;
    private bool _disposed;

    public long Bytes => Volatile.Read(ref _bytes);

    public void Add(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        var size = HeaderSize + key.Length + value.Length;
        lock (_gate)
        {
            if (_disposed)
                return;
            if (_current is not null && _current.Length - _length < size)
                Seal();
            _current ??= ArrayPool<byte>.Shared.Rent(Math.Max(ChunkSize, size));
            var target = _current.AsSpan(_length, size);
            BinaryPrimitives.WriteInt32LittleEndian(target, database);
            BinaryPrimitives.WriteInt32LittleEndian(target[4..], key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(target[8..], value.Length);
            BinaryPrimitives.WriteInt64LittleEndian(target[12..], expireAtMs);
            key.CopyTo(target[HeaderSize..]);
            value.CopyTo(target[(HeaderSize + key.Length)..]);
            _length += size;
            Volatile.Write(ref _bytes, _bytes + size);
        }
    }

    /// <summary>Visits and drops what is there now.</summary>
    public void Drain<TState>(ref TState state, SnapshotVisitor<TState> visitor)
        where TState : allows ref struct
    {
        while (TryTake(out var bytes, out var length))
        {
            for (var rest = bytes.AsSpan(0, length); !rest.IsEmpty;)
            {
                var keyLength = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
                var valueLength = BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
                visitor(
                    BinaryPrimitives.ReadInt32LittleEndian(rest),
                    rest.Slice(HeaderSize, keyLength),
                    rest.Slice(HeaderSize + keyLength, valueLength),
                    BinaryPrimitives.ReadInt64LittleEndian(rest[12..]),
                    ref state);
                rest = rest[(HeaderSize + keyLength + valueLength)..];
            }

            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Seal();
            while (_full.TryDequeue(out var chunk))
                ArrayPool<byte>.Shared.Return(chunk.Bytes);
            _bytes = 0;
        }
    }

    private bool TryTake(out byte[] bytes, out int length)
    {
        lock (_gate)
        {
            if (_full.Count == 0)
                Seal();
            if (!_full.TryDequeue(out var chunk))
            {
                (bytes, length) = ([], 0);
                return false;
            }

            (bytes, length) = chunk;
            Volatile.Write(ref _bytes, _bytes - length);
            return true;
        }
    }

    private void Seal()
    {
        if (_current is null)
            return;
        _full.Enqueue((_current, _length));
        _current = null;
        _length = 0;
    }
}
