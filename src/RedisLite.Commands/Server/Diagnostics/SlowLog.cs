using System.Globalization;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>The last commands that took longer than <c>slowlog-log-slower-than</c>, newest first. Any thread.</summary>
/// <remarks>The bound is <c>slowlog-max-len</c>, as it was when the last entry came.</remarks>
public sealed class SlowLog
{
    private readonly Lock _gate = new();
    private readonly LinkedList<SlowLogEntry> _entries = new();
    private long _nextId;

    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    /// <summary>Entries that have ever been added.</summary>
    public long Total
    {
        get
        {
            lock (_gate)
                return _nextId;
        }
    }

    /// <summary>Adds an entry and drops the oldest ones beyond the bound.</summary>
    /// <param name="entry">Gets the next number.</param>
    /// <param name="maxLength">0: nothing is kept.</param>
    internal void Add(SlowLogEntry entry, long maxLength)
    {
        if (maxLength <= 0)
            return;
        lock (_gate)
        {
            _entries.AddFirst(entry with { Id = _nextId++ });
            while (_entries.Count > maxLength)
                _entries.RemoveLast();
        }
    }

    /// <summary>The newest entries, at most so many.</summary>
    internal SlowLogEntry[] Newest(long count)
    {
        lock (_gate)
            return [.. _entries.Take((int)Math.Min(count, int.MaxValue))];
    }

    /// <summary>Forgets all entries; numbers go on.</summary>
    internal void Clear()
    {
        lock (_gate)
            _entries.Clear();
    }
}

/// <summary>One slow command, with what of its arguments is kept.</summary>
internal sealed record SlowLogEntry(
    long Id, long UnixSeconds, long Microseconds, IReadOnlyList<byte[]> Arguments, string ClientAddress,
    byte[] ClientName)
{
    // Redis's limits: a log must not hold on to what was a large request.
    private const int MaxArguments = 32;
    private const int MaxArgumentLength = 128;

    public static SlowLogEntry Of(
        Command command, in Arguments args, ClientSession session, long nowMs, long microseconds)
    {
        var kept = new byte[Math.Min(args.Count, MaxArguments)][];
        for (var i = 0; i < kept.Length; i++)
        {
            if (i == MaxArguments - 1 && args.Count > MaxArguments)
                kept[i] = Text($"... ({args.Count - MaxArguments + 1} more arguments)");
            else if (SensitiveArguments.IsSensitive(command, args, i))
                kept[i] = SensitiveArguments.Shown.ToArray();
            else
                kept[i] = Clip(args[i]);
        }

        return new SlowLogEntry(0, nowMs / 1000, microseconds, kept, session.Connection.RemoteAddress, session.Name);
    }

    private static byte[] Clip(ReadOnlySpan<byte> argument) => argument.Length <= MaxArgumentLength
        ? argument.ToArray()
        : [.. argument[..MaxArgumentLength], .. Text($"... ({argument.Length - MaxArgumentLength} more bytes)")];

    private static byte[] Text(FormattableString text) =>
        Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture));
}
