using System.Diagnostics;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>Which keys take the most time and the most bytes, while somebody wants to know (HOTKEYS).</summary>
/// <remarks>
/// Off, it costs a command one comparison. On, one command in so many is noted, under a lock. A table holds many times
/// the keys that are asked for; when it is full, its lighter half is dropped, so a key that is truly hot stays and its
/// figure may lack what came before it was dropped. Figures are those of the commands that were noted, as in Redis:
/// multiply by the sample ratio. Any thread.
/// </remarks>
internal sealed class HotKeys
{
    private const int RoomPerKey = 64;
    private const int LongestKey = 1024;

    private readonly Lock _gate = new();
    private HotKeySession? _session;

    /// <summary>Whether commands are to be noted now; read once a batch.</summary>
    public bool IsActive => Volatile.Read(ref _session) is { IsActive: true };

    /// <summary>The session that runs or ran last; null when there was none.</summary>
    public HotKeySession? Session => Volatile.Read(ref _session);

    /// <returns>False when one runs already.</returns>
    public bool TryStart(HotKeySession session)
    {
        lock (_gate)
        {
            if (_session is { IsActive: true })
                return false;
            Volatile.Write(ref _session, session);
            return true;
        }
    }

    /// <summary>Forgets what was found.</summary>
    /// <returns>False when a session runs.</returns>
    public bool TryReset()
    {
        lock (_gate)
        {
            if (_session is { IsActive: true })
                return false;
            Volatile.Write(ref _session, null);
            return true;
        }
    }

    /// <summary>Notes a command that has run, if it is its turn.</summary>
    /// <param name="args">The request.</param>
    /// <param name="keys">Its keys.</param>
    /// <param name="ticks">Of <see cref="Stopwatch"/>.</param>
    /// <param name="replied">Bytes of its reply.</param>
    /// <param name="nowMs">By the server's clock.</param>
    public void Note(in Arguments args, RequestKeys keys, long ticks, long replied, long nowMs)
    {
        if (Session is not { } session || !session.IsActiveAt(nowMs))
            return;
        var bytes = args.ByteLength + replied;
        session.CountAll(ticks, bytes);
        if (keys.Count == 0 || (session.SampleRatio > 1 && Random.Shared.Next(session.SampleRatio) != 0))
            return;
        lock (_gate)
        {
            foreach (ref readonly var key in keys)
            {
                var name = args[key.Position];
                if (name.Length <= LongestKey)
                    session.Add(name, ticks / keys.Count, bytes / keys.Count, session.Count * RoomPerKey);
            }
        }
    }

    /// <summary>The first keys of a session by a figure.</summary>
    public (byte[] Key, long Value)[] Top(HotKeySession session, Func<HotKey, long> figure)
    {
        lock (_gate)
            return [.. session.Keys.Values
                .Select(key => (key.Name, figure(key)))
                .Where(key => key.Item2 > 0)
                .OrderByDescending(key => key.Item2)
                .Take(session.Count)];
    }
}

/// <summary>What one HOTKEYS START asked for, and what was found.</summary>
internal sealed class HotKeySession(long startMs, int count, int sampleRatio, long durationMs, bool cpu, bool net)
{
    private long _endMs = durationMs == 0 ? long.MaxValue : startMs + durationMs;
    private long _ticks;
    private long _bytes;
    private bool _isOver;

    public long StartMs { get; } = startMs;

    public int Count { get; } = count;

    public int SampleRatio { get; } = sampleRatio;

    public bool Cpu { get; } = cpu;

    public bool Net { get; } = net;

    /// <summary>The process's processor time when it began.</summary>
    public Environment.ProcessCpuUsage CpuAtStart { get; } = Environment.CpuUsage;

    public Environment.ProcessCpuUsage? CpuAtEnd { get; private set; }

    public bool IsActive => !Volatile.Read(ref _isOver);

    /// <summary>Microseconds of all commands.</summary>
    public long Microseconds => (long)Stopwatch.GetElapsedTime(0, Volatile.Read(ref _ticks)).TotalMicroseconds;

    /// <summary>Bytes of all commands.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The keys that were noted. LOCK: that of <see cref="HotKeys"/>.</summary>
    public Dictionary<byte[], HotKey> Keys { get; private set; } = new(ByteArrayComparer.Instance);

    /// <summary>Ends it when its time is over.</summary>
    public bool IsActiveAt(long nowMs)
    {
        if (IsActive && nowMs >= Volatile.Read(ref _endMs))
            End(Volatile.Read(ref _endMs));
        return IsActive;
    }

    public long DurationMs(long nowMs) => Math.Min(nowMs, Volatile.Read(ref _endMs)) - StartMs;

    /// <summary>No more is noted.</summary>
    public void End(long nowMs)
    {
        CpuAtEnd = Environment.CpuUsage;
        Volatile.Write(ref _endMs, nowMs);
        Volatile.Write(ref _isOver, true);
    }

    public void CountAll(long ticks, long bytes)
    {
        Interlocked.Add(ref _ticks, ticks);
        Interlocked.Add(ref _bytes, bytes);
    }

    /// <summary>LOCK: that of <see cref="HotKeys"/>.</summary>
    public void Add(ReadOnlySpan<byte> name, long ticks, long bytes, int room)
    {
        var byBytes = Keys.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!byBytes.TryGetValue(name, out var key))
        {
            if (Keys.Count >= room)
                DropLighterHalf(room);
            var owned = name.ToArray();
            Keys[owned] = key = new HotKey(owned);
        }

        key.Ticks += ticks;
        key.Bytes += bytes;
    }

    // By rank in either figure: a key may be hot in one of them only.
    private void DropLighterHalf(int room)
    {
        var kept = Keys.Values.OrderByDescending(key => key.Ticks).Take(room / 4)
            .Union(Keys.Values.OrderByDescending(key => key.Bytes).Take(room / 4));
        Keys = kept.ToDictionary(key => key.Name, ByteArrayComparer.Instance);
    }
}

/// <summary>One key and what commands with it took.</summary>
internal sealed class HotKey(byte[] name)
{
    public byte[] Name { get; } = name;

    public long Ticks { get; set; }

    public long Bytes { get; set; }

    public long Microseconds => (long)Stopwatch.GetElapsedTime(0, Ticks).TotalMicroseconds;
}
