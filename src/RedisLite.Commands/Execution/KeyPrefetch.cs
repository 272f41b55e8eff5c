using System.Runtime.InteropServices;

namespace RedisLite.Commands.Execution;

/// <summary>Has memory fetched for the keys of a batch's next requests before the first of them runs.</summary>
/// <remarks>
/// A look-up in a table larger than the processor's caches waits for memory three times in a row: bucket, record, and
/// often the lock. One request cannot avoid that, but the requests of a pipeline can wait together:
/// <code>
///   requests    GET a    GET b    SET c    ...              up to <see cref="Keyspace.PrefetchWindow"/>
///   1. prefetch each key's lock and bucket                  all of these are under way at once
///   2. read each bucket, prefetch the record it points to   likewise; in a large table, the next in the chain after it
///   3. run the requests
/// </code>
/// A command with several keys does the same for itself: step 1 while it collects its stripes, step 2 when it holds
/// them. What is prefetched may be gone when its request runs, or the database another one; then the hint was for
/// nothing. One thread at a time.
/// </remarks>
internal sealed class KeyPrefetch(Databases databases)
{
    /// <summary>
    /// Of a longer list of keys the rest is looked up unprepared: its first keys would be out of the cache again.
    /// </summary>
    private const int MaxKeysOfRequest = 1024;

    private readonly List<ulong> _requestHashes = [];
    private Keyspace _keyspace = databases[0];
    private int _end;

    /// <summary>Forgets the window: another batch begins, or the same one again.</summary>
    public void Begin() => _end = 0;

    /// <summary>To be called before a batch's next request runs.</summary>
    public void Prepare(CommandBatch batch)
    {
        if (batch.Next < _end || !Keyspace.CanPrefetch)
            return;
        var start = batch.Next;
        _end = Math.Min(batch.Count, start + Keyspace.PrefetchWindow);
        if (_end - start < 2)
            return;
        var keyspace = databases[batch.Session.Database];
        Span<ulong> hashes = stackalloc ulong[Keyspace.PrefetchWindow];
        var count = 0;
        for (var i = start; i < _end; i++)
        {
            if (!batch.TryGetOnlyKey(i, out var hash))
                continue;
            hashes[count++] = hash;
            keyspace.PrefetchBucket(hash);
        }

        keyspace.PrefetchRecords(hashes[..count], StripeAccess.TakeEach);
    }

    /// <summary>Takes the keys of a request that has several. Their stripes need not be held.</summary>
    public void BeginRequest(in CommandContext request)
    {
        _keyspace = databases[request.Session.Database];
        _requestHashes.Clear();
        if (!Keyspace.CanPrefetch || request.Keys.Count < 2)
            return;
        foreach (ref readonly var key in request.Keys)
        {
            if (_requestHashes.Count == MaxKeysOfRequest)
                return;
            _keyspace.PrefetchBucket(key.Hash);
            _requestHashes.Add(key.Hash);
        }
    }

    /// <summary>Has the records of the request's keys fetched. LOCK: all their stripes are held.</summary>
    public void PrefetchRequest()
    {
        if (_requestHashes.Count < 2)
            return;
        _keyspace.PrefetchRecords(CollectionsMarshal.AsSpan(_requestHashes), StripeAccess.HeldByCaller);
    }
}
