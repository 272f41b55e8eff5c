using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Log;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Memory;

namespace RedisLite.Actor.Tests.Log;

/// <summary>
/// The change log beside a plain list of bytes: every operation is done on both, and what they show is compared.
/// </summary>
internal sealed class ChangeLogModel : IDisposable
{
    private readonly CheckingAllocator _allocator = new();
    private readonly Databases _databases;
    private int _parts;
    private int _longestPart;
    private readonly List<byte> _stream = [];
    private readonly List<(LogReader Reader, Reading Model)> _readers = [];
    private readonly List<(LogLease Lease, byte[] Expected)> _leases = [];
    private LogBacklog? _backlog;
    private long _backlogStart;
    private int _selected = -1;
    private byte _next;

    public ChangeLogModel() =>
        _databases = new Databases(new StorageOptions { StripeCount = 1, Allocator = _allocator });

    public ChangeLog Log { get; } = new();

    private bool HasHolds => _readers.Count > 0 || _backlog is not null;

    /// <summary>Does one operation.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="choice">Of what, reduced to what there is.</param>
    /// <param name="size">Of what is appended, kept, read.</param>
    public void Do(int kind, int choice, int size)
    {
        switch (kind)
        {
            case 0:
                AddReader((LogAudience)(choice % 2));
                break;
            case 1:
                AddReaderAt(choice);
                break;
            case 2:
                ChangeBacklog(choice, size);
                break;
            case 3 when _readers.Count > 0:
                var (removed, _) = _readers[choice % _readers.Count];
                removed.Dispose();
                _readers.RemoveAt(choice % _readers.Count);
                ForgetIfUnread();
                break;
            case 4 when _leases.Count > 0:
                _leases[choice % _leases.Count].Lease.Dispose();
                _leases.RemoveAt(choice % _leases.Count);
                break;
            case 5 or 6 when _readers.Count > 0:
                Read(choice % _readers.Count, choice % 3, size);
                break;
            default:
                Append(choice, size);
                break;
        }

        Check();
    }

    private void AddReader(LogAudience audience)
    {
        var reader = Log.AddReader($"reader {_readers.Count}", new LogReaderOptions { Audience = audience });
        _readers.Add((reader, new Reading { Audience = audience, Position = _stream.Count }));
    }

    private void AddReaderAt(int choice)
    {
        // Half of the choices lie within what may be held, some beyond the end.
        var held = Log.Start;
        var position = choice % 2 == 0 ? held + (choice % Math.Max(1, Log.End - held + 2)) : choice % (Log.End + 2);
        var wasHeld = HasHolds;
        var reader = Log.TryAddReader("late", new LogReaderOptions { Audience = LogAudience.Replicas }, position);
        if (reader is null)
            Assert.True(!wasHeld || position < held || position > Log.End || _stream.Count == 0 || held == Log.End);
        else
        {
            Assert.InRange(position, held, Log.End);
            _readers.Add((reader, new Reading { Audience = LogAudience.Replicas, Position = position }));
        }
    }

    private void ChangeBacklog(int choice, int size)
    {
        if (_backlog is null)
        {
            _backlog = Log.AddBacklog(size);
            _backlogStart = _stream.Count;
        }
        else if (choice % 3 == 0)
        {
            _backlog.Dispose();
            _backlog = null;
            ForgetIfUnread();
        }
        else
        {
            // What is gone does not come back when it may be larger again.
            _backlogStart = Math.Max(_backlogStart, Log.Start);
            _backlog.Size = size;
        }
    }

    private void Append(int choice, int size)
    {
        var effects = new byte[size + 1];
        for (var i = 0; i < effects.Length; i++)
            effects[i] = _next++;
        var forReplicas = (choice % 4) switch
        {
            0 => [new LogRange(size / 3, size / 2)],
            1 => [new LogRange(0, effects.Length)],
            _ => Array.Empty<LogRange>(),
        };
        var (first, last) = choice % 4 == 1 ? (-1, -1) : (choice % 3, choice % 5);
        var end = choice % 3 == 0
            ? AppendWithPart(first, last, effects, forReplicas, choice % (size + 1))
            : Log.Append(first, last, effects, forReplicas);
        if (HasHolds)
        {
            if (first >= 0 && first != _selected)
                _stream.AddRange(Encoding.ASCII.GetBytes($"*2\r\n$6\r\nSELECT\r\n$1\r\n{first}\r\n"));
            if (first >= 0)
                _selected = last;
            foreach (var (_, model) in _readers.Where(reader => reader.Model.Audience == LogAudience.All))
                foreach (var range in forReplicas)
                    model.Hidden.Add((_stream.Count + range.Start, _stream.Count + range.End));
            _stream.AddRange(effects);
        }

        Assert.Equal(_stream.Count, end);
    }

    /// <summary>A part of what is appended stands elsewhere; at least a byte follows it.</summary>
    private long AppendWithPart(int first, int last, byte[] effects, LogRange[] forReplicas, int at)
    {
        var length = effects.Length - 1 - at;
        using var intake = _databases.BeginString(length);
        intake.Add(effects.AsSpan(at, length));
        using var part = intake.Complete();
        if (HasHolds && length >= LogChunk.LinkedFrom)
        {
            _parts++;
            _longestPart = Math.Max(_longestPart, length);
        }

        byte[] rest = [.. effects[..at], .. effects[(at + length)..]];
        return Log.Append(first, last, rest, forReplicas, [new LargePart(at, part, 0, length)]);
    }

    /// <summary>Ends everything, and finds what was not given back.</summary>
    public void Dispose()
    {
        foreach (var (lease, _) in _leases)
            lease.Dispose();
        foreach (var (reader, _) in _readers)
            reader.Dispose();
        _backlog?.Dispose();
        Assert.Equal(0, _allocator.LiveBytes);
        _databases.Dispose();
        _allocator.Dispose();
    }

    private void Read(int index, int what, int size)
    {
        var (reader, model) = _readers[index];
        var limit = what == 0 ? long.MaxValue : model.Position + size;
        var lease = reader.Take(limit);
        var end = Math.Min(limit, _stream.Count);
        if (lease is null)
        {
            Assert.Equal(end, model.Position);
            return;
        }

        Assert.Equal((model.Position, end), (lease.Start, lease.End));
        var expected = model.Show(_stream, end);
        Assert.Equal(expected, Bytes(lease));

        // Kept for later, done with, or given back to be read again.
        if (what != 2 || _leases.Count > 8)
            lease.Dispose();
        else
            _leases.Add((lease, expected));
        if (what == 1 && size % 2 == 0)
            return;
        reader.Advance(end);
        model.Position = end;
    }

    private void ForgetIfUnread()
    {
        if (!HasHolds)
            _selected = -1;
    }

    private void Check()
    {
        Assert.Equal(_stream.Count, Log.End);
        Assert.Equal(HasHolds, Log.HasReaders);
        var hasReplicas = _readers.Any(reader => reader.Model.Audience == LogAudience.Replicas);
        Assert.Equal(hasReplicas || _backlog is not null, Log.HasReplicas);
        Assert.Equal(_selected, Log.Cut().Database);
        foreach (var (lease, expected) in _leases)
            Assert.Equal(expected, Bytes(lease));

        var needed = _readers.Select(reader => reader.Model.Position).Append(_stream.Count).Min();
        if (_backlog is { } backlog)
            needed = Math.Min(needed, Math.Max(_backlogStart, _stream.Count - backlog.Size));
        if (HasHolds)
            Assert.InRange(Log.Start, needed - (2 * LogChunk.Size) - _longestPart, needed);

        // What is held, a part of a chunk on either side, one that is freed when the next is begun, and what leases
        // show.
        var leased = _leases.Sum(lease => (lease.Lease.End - lease.Lease.Start) + (2 * LogChunk.Size));
        Assert.InRange(Log.UsedMemory, 0, _stream.Count - needed + ((3 + _parts) * LogChunk.Size) + leased);
    }

    private static byte[] Bytes(LogLease lease) => [.. lease.Slices.SelectMany(slice => slice.ToArray())];

    /// <summary>What a reader has to see.</summary>
    private sealed class Reading
    {
        public required LogAudience Audience { get; init; }

        public required long Position { get; set; }

        public List<(long Start, long End)> Hidden { get; } = [];

        public byte[] Show(List<byte> stream, long end)
        {
            var shown = new List<byte>();
            var at = (int)Position;
            foreach (var (start, stop) in Hidden.Where(part => part.End > at))
            {
                if (start >= end)
                    break;
                if (start > at)
                    shown.AddRange(stream.GetRange(at, (int)start - at));
                at = Math.Max(at, (int)Math.Min(stop, end));
            }

            if (at < end)
                shown.AddRange(stream.GetRange(at, (int)end - at));
            return [.. shown];
        }
    }
}
