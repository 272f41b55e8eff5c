namespace RedisLite.Commands.Execution;

/// <summary>Per-client state of the command families that need some, by type; empty for most clients.</summary>
/// <remarks>
/// Same thread rule as <see cref="ClientSession"/>. Disposed with the session, which undoes registrations.
/// </remarks>
public sealed class SessionExtensions : IDisposable
{
    // A client has one or two of these at most: a list beats a dictionary in both memory and time.
    private List<IDisposable>? _items;

    public T? Find<T>() where T : class, IDisposable
    {
        if (_items is not null)
            foreach (var item in _items)
                if (item is T found)
                    return found;
        return null;
    }

    public T GetOrAdd<T>(Func<T> create) where T : class, IDisposable
    {
        if (Find<T>() is { } found)
            return found;
        var created = create();
        (_items ??= []).Add(created);
        return created;
    }

    public void Remove<T>() where T : class, IDisposable
    {
        if (Find<T>() is not { } found)
            return;
        _items!.Remove(found);
        found.Dispose();
    }

    public void Dispose()
    {
        var items = _items;
        _items = null;
        if (items is not null)
            foreach (var item in items)
                item.Dispose();
    }
}
