using RedisLite.Storage;
using RedisLite.Storage.Locking;

namespace RedisLite.Persistence;

/// <summary>
/// Small strings on their way from a snapshot into the tables: a few are put in together, so that the processor waits
/// for the memory of all their buckets at once. A table that is larger than its caches is filled in less than half the
/// time.
/// </summary>
/// <remarks>
/// One thread. Keys go in in the order in which they came. LOCK: takes the stripe of one key after the other.
/// </remarks>
internal sealed class StringBatch(Databases databases)
{
    /// <summary>A key and a value that take more than this together are not worth the copy.</summary>
    public const int LongestPair = 1024;

    private readonly LockPlan _plan = databases.CreatePlan();
    private readonly Pair[] _pairs = new Pair[Keyspace.PrefetchWindow];
    private readonly byte[] _bytes = new byte[Keyspace.PrefetchWindow * LongestPair];
    private int _count;
    private int _length;

    /// <summary>Puts a string off.</summary>
    /// <param name="tables">Where it goes.</param>
    /// <param name="key">Copied, as the value is.</param>
    /// <param name="value">Its value.</param>
    /// <param name="expireAtMs">As <see cref="Keyspace.SetString(in Key, ReadOnlySpan{byte}, long)"/> takes it.</param>
    public void Add(Keyspace tables, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        key.CopyTo(_bytes.AsSpan(_length));
        value.CopyTo(_bytes.AsSpan(_length + key.Length));
        var hash = databases.MakeKey(key).Hash;
        tables.PrefetchBucket(hash);
        _pairs[_count++] = new Pair(tables, hash, _length, key.Length, value.Length, expireAtMs);
        _length += key.Length + value.Length;
        if (_count == _pairs.Length)
            Flush();
    }

    /// <summary>Puts in all that were put off.</summary>
    public void Flush()
    {
        var count = _count;
        _count = _length = 0;
        for (var i = 0; i < count; i++)
        {
            ref readonly var pair = ref _pairs[i];
            var key = new Key(_bytes.AsSpan(pair.Start, pair.KeyLength), pair.Hash);
            var value = _bytes.AsSpan(pair.Start + pair.KeyLength, pair.ValueLength);
            _plan.Clear();
            _plan.Add(pair.Hash, exclusive: true);
            _plan.Enter();
            try
            {
                pair.Tables.SetString(key, value, pair.ExpireAtMs);
            }
            finally
            {
                _plan.Exit();
            }
        }
    }

    private readonly record struct Pair(
        Keyspace Tables, ulong Hash, int Start, int KeyLength, int ValueLength, long ExpireAtMs);
}
