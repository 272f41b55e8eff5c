namespace RedisLite.Storage.Keyspaces;

/// <summary>
/// All databases once more, empty at first: filled unseen, and then put in the place of those that are served.
/// </summary>
/// <remarks>
/// <code>
///   CreateAside --> filled through this[database] --> Databases.Adopt --> served; Dispose does nothing more
///                                                 \-> Dispose: given up, the memory is freed
/// </code>
/// The stripe locks are those of the served databases, and so are hashes. Nobody hears of changes here. One thread
/// fills and disposes. LOCK: a key's stripe, exclusively, to put it in.
/// </remarks>
public sealed class AsideTables : IDisposable
{
    private readonly Databases _databases;
    private readonly Keyspace[] _keyspaces;

    internal AsideTables(Databases databases)
    {
        _databases = databases;
        _keyspaces = new Keyspace[databases.Count];
        for (var i = 0; i < _keyspaces.Length; i++)
            _keyspaces[i] = new Keyspace(databases, i, isAside: true);
    }

    /// <summary>The database of that number.</summary>
    public Keyspace this[int database] => _keyspaces[database];

    /// <summary>Native bytes in use. Any thread.</summary>
    internal long UsedMemory => _keyspaces.Sum(keyspace => keyspace.UsedMemory);

    /// <summary>Frees what is in them.</summary>
    public void Dispose()
    {
        foreach (var keyspace in _keyspaces)
            keyspace.FreeAll();
        _databases.Forget(this);
    }
}
