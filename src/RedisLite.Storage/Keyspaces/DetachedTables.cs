using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>
/// What a database held before FLUSHDB: nobody can find it any more, and disposing it frees the records.
/// </summary>
/// <remarks>
/// Any thread may dispose, without any lock, in the background. <see cref="Databases.Dispose"/> does it at the latest.
/// </remarks>
public sealed class DetachedTables : IDisposable
{
    private readonly Databases _databases;
    private readonly Lock _gate = new();
    private Stripe?[] _stripes;

    internal DetachedTables(Databases databases, Stripe?[] stripes)
    {
        _databases = databases;
        _stripes = stripes;
        foreach (var stripe in stripes)
            Count += stripe?.Count ?? 0;
    }

    /// <summary>Number of keys there were.</summary>
    public long Count { get; }

    /// <summary>Native bytes not yet freed. Any thread.</summary>
    internal long UsedMemory
    {
        get
        {
            long sum = 0;
            foreach (var stripe in Volatile.Read(ref _stripes))
                sum += stripe?.UsedMemory ?? 0;
            return sum;
        }
    }

    /// <summary>
    /// Frees all records; a snapshot that still has to see them does it at its end. A second caller waits for the
    /// first.
    /// </summary>
    public void Dispose()
    {
        if (_databases.Context.Snapshot?.TryKeep(this) == true)
            return;
        lock (_gate)
        {
            foreach (var stripe in _stripes)
                stripe?.FreeAll();
            Volatile.Write(ref _stripes, []);
        }
        _databases.Forget(this);
    }
}
