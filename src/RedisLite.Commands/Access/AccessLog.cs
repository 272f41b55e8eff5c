using System.Text;

namespace RedisLite.Commands.Access;

/// <summary>Why a request was refused.</summary>
public enum DenialReason
{
    None,
    Command,
    Key,
    Auth,
    Channel,
}

/// <summary>Where a request that was refused came from.</summary>
public enum DenialContext
{
    TopLevel,
    Multi,
    Lua,
}

/// <summary>A refusal, or several of the same kind, as ACL LOG shows them.</summary>
/// <param name="Count">How many.</param>
/// <param name="Reason">Why.</param>
/// <param name="Context">Where.</param>
/// <param name="Object">The command, key or channel.</param>
/// <param name="User">Whose request it was, or as whom somebody wanted to authenticate.</param>
/// <param name="TimeMs">Of the last one.</param>
/// <param name="Client">The client of the last one, as CLIENT LIST shows it.</param>
public sealed record AccessLogEntry(
    long Count, DenialReason Reason, DenialContext Context, byte[] Object, string User, long TimeMs, string Client);

/// <summary>The last refusals (ACL LOG).</summary>
/// <remarks>
/// Any thread. LOCK: one of its own, held for a moment. What clients send is kept shortened: who may do nothing must
/// not be able to fill the memory with keys of half a gigabyte.
/// </remarks>
public sealed class AccessLog
{
    private const int LongestShown = 4096;

    private const int GroupingWindowMs = 60_000;

    // So many entries are looked at for one of the same kind.
    private const int GroupingDepth = 10;

    private readonly Lock _gate = new();
    private readonly LinkedList<AccessLogEntry> _entries = [];

    /// <summary>What is kept of a key or channel.</summary>
    public static byte[] Shortened(ReadOnlySpan<byte> name) => name.Length <= LongestShown
        ? name.ToArray()
        : [.. name[..LongestShown], .. Encoding.ASCII.GetBytes(Rest(name.Length))];

    /// <summary>What is kept of a user's name, and of what is shown of the client.</summary>
    public static string Shortened(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length <= LongestShown ? name : name[..LongestShown] + Rest(name.Length);
    }

    /// <summary>Adds an entry, or counts it with a recent one that differs in nothing but time and client.</summary>
    /// <param name="entry">With a count of one.</param>
    /// <param name="maxLength">Entries that are kept.</param>
    public void Add(AccessLogEntry entry, long maxLength)
    {
        lock (_gate)
        {
            if (FindSame(entry) is { } same)
            {
                _entries.Remove(same);
                _entries.AddFirst(entry with { Count = same.Value.Count + 1 });
                return;
            }

            _entries.AddFirst(entry);
            while (_entries.Count > maxLength)
                _entries.RemoveLast();
        }
    }

    /// <summary>The latest first.</summary>
    public List<AccessLogEntry> Latest(long count)
    {
        lock (_gate)
            return [.. _entries.Take((int)Math.Clamp(count, 0, int.MaxValue))];
    }

    public void Clear()
    {
        lock (_gate)
            _entries.Clear();
    }

    private static string Rest(int length) => $"... ({length - LongestShown} more bytes)";

    private LinkedListNode<AccessLogEntry>? FindSame(AccessLogEntry entry)
    {
        var node = _entries.First;
        for (var i = 0; i < GroupingDepth && node is not null; i++, node = node.Next)
        {
            var other = node.Value;
            if (other.Reason == entry.Reason && other.Context == entry.Context
                && Math.Abs(other.TimeMs - entry.TimeMs) <= GroupingWindowMs
                && other.User == entry.User && other.Object.AsSpan().SequenceEqual(entry.Object))
                return node;
        }

        return null;
    }
}
