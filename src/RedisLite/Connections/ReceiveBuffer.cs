using System.Buffers;
using System.Runtime.InteropServices;
using Akka.IO;
using RedisLite.Protocol;
using RedisLite.Storage.Values;

namespace RedisLite.Connections;

/// <summary>The bytes of one client that are not consumed yet, as one contiguous piece for the parser.</summary>
/// <remarks>
/// Usually what arrived is whole requests: then the parser reads Akka's own buffer, and nothing is copied. Only when a
/// request was cut by the end of a read, or more came while a command was parked, are the pieces joined in a pooled
/// array. While a batch is in flight its arguments are views of <see cref="Unread"/>; arrivals wait aside.
/// Belongs to one connection actor. An idle client holds no buffer here.
/// </remarks>
internal sealed class ReceiveBuffer : IDisposable
{
    // An announced length is believed only this far at a time, so that a lie cannot claim memory.
    private const int MaxEagerGrowth = 1 << 20;

    private readonly ByteStringMemory _view = new();
    private readonly Queue<ByteString> _arrivals = new(0);
    private byte[]? _owned;
    private int _start;
    private int _end;
    private long _arrived;
    private int _expected;

    /// <summary>Bytes not consumed, arrivals included.</summary>
    public long Length => _end - _start + _arrived;

    /// <summary>
    /// What the parser reads; valid until the next <see cref="Join"/>, <see cref="Consume"/> or <see cref="Dispose"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Unread =>
        _owned is null ? _view.Memory[_start.._end] : _owned.AsMemory(_start, _end - _start);

    /// <summary>
    /// Takes what was received; it becomes part of <see cref="Unread"/> with the next <see cref="Join"/>.
    /// </summary>
    public void Add(ByteString data)
    {
        _arrivals.Enqueue(data);
        _arrived += data.Count;
    }

    /// <summary>Says how many bytes the request begun in <see cref="Unread"/> still needs, to make room once.</summary>
    public void Expect(int bytes) => _expected = bytes;

    /// <summary>Makes all that has arrived one piece. Not while a batch uses <see cref="Unread"/>.</summary>
    public void Join()
    {
        if (_arrivals.Count == 0)
            return;
        if (_start == _end && _arrivals.Count == 1)
        {
            Release();
            var only = _arrivals.Dequeue();
            _view.Set(only.IsCompact ? only : only.Compact());
            (_start, _end, _arrived) = (0, only.Count, 0);
            return;
        }

        EnsureRoom((int)_arrived);
        while (_arrivals.TryDequeue(out var data))
            _end += data.CopyTo(_owned!, _end, data.Count);
        _arrived = 0;
        _expected = 0;
    }

    /// <summary>
    /// Takes bytes off the end, which somebody else has copied. Whoever reads those before them is not disturbed.
    /// </summary>
    public void DropTail(int count) => _end -= count;

    /// <summary>
    /// Gives what has arrived, and does not belong to <see cref="Unread"/> yet, to a string that waits for it.
    /// </summary>
    public void MoveArrivals(StringIntake intake)
    {
        while (intake.Missing > 0 && _arrivals.TryPeek(out var data))
        {
            var piece = data.IsCompact ? data : data.Compact();
            var taken = Math.Min(piece.Count, intake.Missing);
            intake.Add(piece.ToReadOnlySpan()[..taken]);
            _arrived -= data.Count;
            _arrivals.Dequeue();
            if (taken < piece.Count)
                PutBack(piece.Slice(taken));
        }
    }

    /// <summary>Drops bytes from the front; the last reader of the buffer they were in must be done.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
            Release();
    }

    public void Dispose()
    {
        _arrivals.Clear();
        Release();
    }

    /// <summary>Nobody will read what has arrived.</summary>
    public void DropArrivals()
    {
        _arrivals.Clear();
        _arrived = 0;
    }

    /// <summary>The rest of an arrival goes before those that came after it.</summary>
    private void PutBack(ByteString rest)
    {
        var later = _arrivals.Count;
        _arrivals.Enqueue(rest);
        for (; later > 0; later--)
            _arrivals.Enqueue(_arrivals.Dequeue());
        _arrived += rest.Count;
    }

    private void EnsureRoom(int arriving)
    {
        var unread = _end - _start;
        var needed = unread + arriving;
        if (_owned is not null && _owned.Length - _end >= arriving)
            return;

        // What is still announced is believed as far as as much has come already: the last array has the request's own
        // size.
        var rest = (long)_expected - arriving;
        var capacity = rest > 0 ? needed + Math.Min(rest, Math.Max(needed, MaxEagerGrowth)) : unread == 0
            ? needed : needed * 2L;
        var grown = PooledArray.Rent<byte>((int)Math.Min(capacity, Array.MaxLength));
        Unread.CopyTo(grown);
        Release();
        _owned = grown;
        (_start, _end) = (0, unread);
    }

    private void Release()
    {
        if (_owned is not null)
            PooledArray.Return(_owned);
        _owned = null;
        _view.Set(ByteString.Empty);
        (_start, _end) = (0, 0);
    }

    /// <summary>Shows a compact ByteString as memory without copying it; re-pointed for every read.</summary>
    private sealed class ByteStringMemory : MemoryManager<byte>
    {
        private ByteString _data = ByteString.Empty;

        public void Set(ByteString data) => _data = data;

        public override Span<byte> GetSpan()
        {
            // Only ever handed out as ReadOnlyMemory.
            var span = _data.ToReadOnlySpan();
            return MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(span), span.Length);
        }

        public override MemoryHandle Pin(int elementIndex = 0) =>
            throw new NotSupportedException("requests are read through spans");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
