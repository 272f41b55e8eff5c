using System.Buffers;
using System.Buffers.Binary;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Snapshots;

/// <summary>States of records as they were at a snapshot's cut, until its walker takes them.</summary>
/// <remarks>
/// Any thread adds, holding a stripe, so adding is a copy under a short lock; the walker drains, holding nothing.
/// <code>
///   chunk: [database 4][key length 4][value length 4][expiry 8][type 1] key value  [database ...
/// </code>
/// The value of a collection or a large string is its pointer, and the list owns one reference of it.
/// </remarks>
internal sealed unsafe class PreservedRecords(ValueMemory memory) : IDisposable
{
    private const int ChunkSize = 64 * 1024;
    private const int TypeAt = 20;
    private const int HeaderSize = 21;

    // In the place of the type: a pointer to a large string.
    private const byte OutsideText = 0x80;

    private readonly Lock _gate = new();
    private readonly Queue<(byte[] Bytes, int Length)> _full = new();
    private byte[]? _current;
    private int _length;
    private long _bytes;
    private bool _disposed;

    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Keeps a string.</summary>
    public void Add(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs) =>
        Add(database, key, value, (byte)EntryType.String, expireAtMs);

    /// <summary>Keeps a collection or a large string: one reference more, whatever its size.</summary>
    public void Add(int database, ReadOnlySpan<byte> key, nint root, EntryType type, long expireAtMs)
    {
        ValueSlots.Retain(root);
        Span<byte> pointer = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(pointer, root);
        if (!Add(database, key, pointer, type == EntryType.String ? OutsideText : (byte)type, expireAtMs))
            ValueSlots.Release(memory, root);
    }

    private bool Add(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, byte type, long expireAtMs)
    {
        var size = HeaderSize + key.Length + value.Length;
        lock (_gate)
        {
            if (_disposed)
                return false;
            if (_current is not null && _current.Length - _length < size)
                Seal();
            _current ??= ArrayPool<byte>.Shared.Rent(Math.Max(ChunkSize, size));
            var target = _current.AsSpan(_length, size);
            BinaryPrimitives.WriteInt32LittleEndian(target, database);
            BinaryPrimitives.WriteInt32LittleEndian(target[4..], key.Length);
            BinaryPrimitives.WriteInt32LittleEndian(target[8..], value.Length);
            BinaryPrimitives.WriteInt64LittleEndian(target[12..], expireAtMs);
            target[TypeAt] = type;
            key.CopyTo(target[HeaderSize..]);
            value.CopyTo(target[(HeaderSize + key.Length)..]);
            _length += size;
            Volatile.Write(ref _bytes, _bytes + size);
            return true;
        }
    }

    /// <summary>Visits and drops what is there now.</summary>
    public void Drain<TState>(ref TState state, SnapshotVisitor<TState> visitor)
        where TState : allows ref struct
    {
        while (TryTake(out var bytes, out var length))
        {
            ReadOnlySpan<byte> rest = bytes.AsSpan(0, length);
            try
            {
                while (!rest.IsEmpty)
                    Visit(ref rest, ref state, visitor);
            }
            finally
            {
                // A visitor that failed leaves references behind that nobody else knows of.
                Drop(rest);
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Seal();
            while (_full.TryDequeue(out var chunk))
            {
                Drop(chunk.Bytes.AsSpan(0, chunk.Length));
                ArrayPool<byte>.Shared.Return(chunk.Bytes);
            }

            _bytes = 0;
        }
    }

    /// <summary>Visits the first record of a chunk's rest and steps over it.</summary>
    private void Visit<TState>(ref ReadOnlySpan<byte> rest, ref TState state, SnapshotVisitor<TState> visitor)
        where TState : allows ref struct
    {
        var record = Take(ref rest);
        var key = record.Slice(HeaderSize, BinaryPrimitives.ReadInt32LittleEndian(record[4..]));
        var value = record[(HeaderSize + key.Length)..];
        var database = BinaryPrimitives.ReadInt32LittleEndian(record);
        var expireAtMs = BinaryPrimitives.ReadInt64LittleEndian(record[12..]);
        if (record[TypeAt] == (byte)EntryType.String)
        {
            visitor(new SnapshotEntry(database, key, value, expireAtMs), ref state);
            return;
        }

        var root = RootOf(record);
        try
        {
            visitor(
                record[TypeAt] == OutsideText
                    ? new SnapshotEntry(database, key, TextBlock.Bytes((Page*)root), expireAtMs)
                    : new SnapshotEntry(
                        database, key, new HeldCollection(memory, (EntryType)record[TypeAt], root), expireAtMs),
                ref state);
        }
        finally
        {
            ValueSlots.Release(memory, root);
        }
    }

    /// <summary>Gives up the references of a chunk's rest.</summary>
    private void Drop(ReadOnlySpan<byte> rest)
    {
        while (!rest.IsEmpty)
        {
            var record = Take(ref rest);
            if (record[TypeAt] != (byte)EntryType.String)
                ValueSlots.Release(memory, RootOf(record));
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest)
    {
        var size = HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(rest[4..])
            + BinaryPrimitives.ReadInt32LittleEndian(rest[8..]);
        var record = rest[..size];
        rest = rest[size..];
        return record;
    }

    private static nint RootOf(ReadOnlySpan<byte> record) =>
        (nint)BinaryPrimitives.ReadInt64LittleEndian(record[^sizeof(long)..]);

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
