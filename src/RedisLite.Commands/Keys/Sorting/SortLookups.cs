using System.Buffers;
using RedisLite.Commands.Execution;
using RedisLite.Storage;
using RedisLite.Storage.Locking;

namespace RedisLite.Commands.Keys.Sorting;

/// <summary>Reads what the patterns of a SORT lead to.</summary>
/// <remarks>
/// A small SORT reads under all stripes, shared. A large one gives them back and takes the stripe of each key for
/// itself, one at a time; what it has read is one moment's state if a <see cref="KeyReading"/> says at the end that
/// none of those keys has changed meanwhile.
///
/// LOCK: takes one stripe, shared, for the time of a look-up, when <see cref="Access"/> says so; the caller then holds
/// none.
/// </remarks>
internal sealed class SortLookups(Databases databases, int database, long nowMs, bool findsExpired)
{
    private readonly LockPlan _plan = databases.CreatePlan();
    private readonly ArrayBufferWriter<byte> _key = new();
    private readonly ArrayBufferWriter<byte> _value = new();

    public StripeAccess Access { get; set; }

    /// <summary>Keeps the hashes of what is read while stripes are not held; null while they are.</summary>
    public HashSet<ulong>? Read { get; set; }

    /// <summary>Whether a key had expired and not been deleted yet: a replay would still find it.</summary>
    public bool SawExpired { get; private set; }

    /// <summary>Finds the value that a pattern means for an element.</summary>
    /// <param name="pattern">One that leads to a key, or is the element.</param>
    /// <param name="element">The element.</param>
    /// <param name="value">Valid until the next call.</param>
    public bool TryFind(SortPattern pattern, ReadOnlySpan<byte> element, out ReadOnlySpan<byte> value)
    {
        value = element;
        if (pattern.IsElement)
            return true;
        if (!pattern.IsUsed)
            return false;
        _key.ResetWrittenCount();
        pattern.WriteKey(element, _key);
        var key = databases.MakeKey(_key.WrittenSpan);
        if (Access == StripeAccess.HeldByCaller)
            return TryRead(key, pattern.Field, out value);
        Read?.Add(key.Hash);
        _plan.Clear();
        _plan.Add(key.Hash, exclusive: false);
        _plan.Enter();
        try
        {
            return TryRead(key, pattern.Field, out value);
        }
        finally
        {
            _plan.Exit();
        }
    }

    private bool TryRead(scoped in Key key, byte[]? field, out ReadOnlySpan<byte> value)
    {
        value = default;
        var keyspace = databases[database];
        if (!keyspace.TryGetStale(key, out var entry))
            return false;
        if (entry.IsExpired(nowMs) && !findsExpired)
        {
            SawExpired = true;
            return false;
        }

        ReadOnlySpan<byte> found;
        if (field is null)
        {
            if (entry.Type != EntryType.String)
                return false;
            found = entry.Value;
        }
        else if (entry.Type != EntryType.Hash || !TryReadField(keyspace, entry, field, out found))
        {
            return false;
        }

        _value.ResetWrittenCount();
        _value.Write(found);
        value = _value.WrittenSpan;
        return true;
    }

    private bool TryReadField(Keyspace keyspace, scoped in Entry entry, byte[] field, out ReadOnlySpan<byte> value)
    {
        if (!keyspace.HashOf(entry).TryGet(field, out value, out var expireAtMs))
            return false;
        if (findsExpired || expireAtMs == Storage.Values.HashValue.NoExpiry || expireAtMs > nowMs)
            return true;
        SawExpired = true;
        return false;
    }
}
