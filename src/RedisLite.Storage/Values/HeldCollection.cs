namespace RedisLite.Storage.Values;

/// <summary>One reference of a collection, outside any key: a snapshot's, a long reader's, or a new value's before it is stored.</summary>
/// <remarks>
/// Whoever has it may read the collection without any lock, on any thread: nobody changes a collection that somebody
/// else holds, they copy what they change. Dispose it once; it may be the last reference.
/// </remarks>
public struct HeldCollection : IDisposable
{
    private readonly CollectionStore? _store;

    internal HeldCollection(CollectionStore store, EntryType type, nint root)
    {
        _store = store;
        Type = type;
        Root = root;
    }

    public EntryType Type { get; }

    internal nint Root { get; private set; }

    /// <summary>Somebody else owns the reference now.</summary>
    internal void Forget() => Root = 0;

    public void Dispose()
    {
        if (Root != 0)
            _store!.Release(Root);
        Root = 0;
    }
}
