using System.Buffers;
using RedisLite.Commands.Execution;

namespace RedisLite.Durability;

/// <summary>
/// The change log in memory: executors append effects in execution order, the aof actor takes them to the disk.
/// </summary>
/// <remarks>
/// <code>
///   executors (any thread, stripes held)              aof actor (its own thread)
///     Append --> [ chunk ][ chunk ][ chunk.. ]  -->  TakePending --> write --> fsync --> MarkSynced
///                             ^ cut: what follows belongs to the next file
/// </code>
/// Positions count bytes since the server started and never go back. Appending copies bytes under a short lock and never
/// waits for a disk; how much may wait, and how long, is bounded by <see cref="IsFull"/>, which writers ask before they take
/// stripes.
/// </remarks>
internal sealed class ChangeLog(long queueLimit) : IChangeLog
{
    private const int ChunkSize = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<Chunk> _sealed = new();
    private byte[]? _current;
    private int _currentLength;
    private int _selectedDatabase = -1;
    private long _sealedEnd;
    private long _appended;
    private long _written;
    private long _synced;
    private bool _isEnabled;
    private bool _wakeAsked;
    private bool _isReaderAsleep;
    private bool _wasFull;
    private bool _isHeld;
    private long _fullCount;

    /// <summary>
    /// Called, outside the lock, when so much waits that the aof actor should not sleep any longer, and for the first change
    /// after <see cref="TrySleep"/>.
    /// </summary>
    public Action? Wake { get; set; }

    public bool IsEnabled => Volatile.Read(ref _isEnabled);

    public bool IsFull => Volatile.Read(ref _appended) - Volatile.Read(ref _written) > queueLimit || Volatile.Read(ref _isHeld);

    /// <summary>How often writers have had to wait: <see cref="IsFull"/> has become true.</summary>
    public long FullCount => Volatile.Read(ref _fullCount);

    /// <summary>Bytes that may wait to be written before writers do.</summary>
    public long QueueLimit => queueLimit;

    /// <summary>Bytes ever appended.</summary>
    public long Appended => Volatile.Read(ref _appended);

    /// <summary>Bytes ever appended that are known to be on the disk.</summary>
    public long Synced => Volatile.Read(ref _synced);

    /// <summary>Bytes that wait to be written.</summary>
    public long Pending => Volatile.Read(ref _appended) - Volatile.Read(ref _written);

    /// <summary>Starts or stops logging. LOCK: all stripes exclusively, or no client is served yet.</summary>
    public void SetEnabled(bool enabled)
    {
        lock (_gate)
        {
            _selectedDatabase = -1;
            Volatile.Write(ref _isEnabled, enabled);
        }
    }

    /// <summary>Has writers wait although there is room, because what they have written is not durable in time; or lets them go on.</summary>
    public void HoldWriters(bool isHeld)
    {
        if (isHeld == Volatile.Read(ref _isHeld))
            return;
        lock (_gate)
        {
            Volatile.Write(ref _isHeld, isHeld);
            NoteFull();
        }
    }

    public long Append(int firstDatabase, int lastDatabase, ReadOnlySpan<byte> effects)
    {
        long position;
        bool wake;
        lock (_gate)
        {
            if (firstDatabase != _selectedDatabase)
                Select(firstDatabase);
            Copy(effects);
            _selectedDatabase = lastDatabase;
            position = _appended;
            wake = (!_wakeAsked && position - _written > ChunkSize) || _isReaderAsleep;
            _isReaderAsleep = false;
            _wakeAsked |= wake;
            NoteFull();
        }

        if (wake)
            Wake?.Invoke();
        return position;
    }

    /// <summary>Has the next change call <see cref="Wake"/>, if there is nothing to be written.</summary>
    /// <returns>Whether the reader may sleep until then.</returns>
    public bool TrySleep()
    {
        lock (_gate)
            return _isReaderAsleep = _appended == _written;
    }

    /// <summary>Makes what is appended from now on the next file's. LOCK: all stripes are held exclusively.</summary>
    /// <returns>The position of the cut.</returns>
    public long Cut()
    {
        lock (_gate)
        {
            SealCurrent();
            _selectedDatabase = -1;
            return _appended;
        }
    }

    /// <summary>Takes what waits, at most up to a cut. The buffers go back with <see cref="MarkWritten"/>.</summary>
    /// <param name="limit">A position that <see cref="Cut"/> gave, or <see cref="long.MaxValue"/>.</param>
    /// <param name="chunks">Cleared and filled, in order.</param>
    public void TakePending(long limit, List<ReadOnlyMemory<byte>> chunks)
    {
        chunks.Clear();
        lock (_gate)
        {
            _wakeAsked = false;
            if (limit == long.MaxValue)
                SealCurrent();
            foreach (var chunk in _sealed)
            {
                if (chunk.End > limit)
                    break;
                chunks.Add(chunk.Bytes.AsMemory(0, chunk.Length));
            }
        }
    }

    /// <summary>What was taken has been written: its memory is free again.</summary>
    public void MarkWritten(int chunkCount)
    {
        lock (_gate)
        {
            for (var i = 0; i < chunkCount; i++)
            {
                var chunk = _sealed.Dequeue();
                Volatile.Write(ref _written, chunk.End);
                ArrayPool<byte>.Shared.Return(chunk.Bytes);
            }

            NoteFull();
        }
    }

    /// <summary>Everything written up to a position is on the disk.</summary>
    public void MarkSynced(long position) => Volatile.Write(ref _synced, Math.Max(_synced, position));

    /// <summary>The position up to which everything has been written.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>LOCK: <see cref="_gate"/>.</summary>
    private void NoteFull()
    {
        var isFull = IsFull;
        if (isFull && !_wasFull)
            _fullCount++;
        _wasFull = isFull;
    }

    private void Select(int database)
    {
        Span<byte> digits = stackalloc byte[11];
        System.Buffers.Text.Utf8Formatter.TryFormat(database, digits, out var length);
        Span<byte> command = stackalloc byte[48];
        "*2\r\n$6\r\nSELECT\r\n$"u8.CopyTo(command);
        var at = 17;
        System.Buffers.Text.Utf8Formatter.TryFormat(length, command[at..], out var written);
        at += written;
        "\r\n"u8.CopyTo(command[at..]);
        at += 2;
        digits[..length].CopyTo(command[at..]);
        at += length;
        "\r\n"u8.CopyTo(command[at..]);
        Copy(command[..(at + 2)]);
    }

    private void Copy(ReadOnlySpan<byte> bytes)
    {
        Volatile.Write(ref _appended, _appended + bytes.Length);
        while (!bytes.IsEmpty)
        {
            _current ??= ArrayPool<byte>.Shared.Rent(Math.Max(ChunkSize, Math.Min(bytes.Length, 1 << 20)));
            var part = Math.Min(bytes.Length, _current.Length - _currentLength);
            bytes[..part].CopyTo(_current.AsSpan(_currentLength));
            _currentLength += part;
            bytes = bytes[part..];
            if (_currentLength == _current.Length)
                SealCurrent();
        }
    }

    private void SealCurrent()
    {
        if (_current is null || _currentLength == 0)
            return;
        _sealedEnd += _currentLength;
        _sealed.Enqueue(new Chunk(_current, _currentLength, _sealedEnd));
        _current = null;
        _currentLength = 0;
    }

    private readonly record struct Chunk(byte[] Bytes, int Length, long End);
}
