using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>
/// One reference of a collection, outside any key: a snapshot's, a long reader's, or a new value's before it is stored.
/// </summary>
/// <remarks>
/// Whoever has it may read the collection without any lock, on any thread: nobody changes a collection that somebody
/// else holds, they copy what they change. A new one may be written to by the one who made it. Dispose it once; it may
/// be the last reference. A copy of the struct is the same reference.
/// </remarks>
public struct HeldCollection : IDisposable
{
    private readonly ValueMemory? _memory;
    private nint _root;

    internal HeldCollection(ValueMemory memory, EntryType type, nint root)
    {
        _memory = memory;
        Type = type;
        _root = root;
    }

    public EntryType Type { get; }

    /// <summary>Whether there is nothing in it: such a collection is no value.</summary>
    public readonly bool IsEmpty => _root == 0;

    [UnscopedRef]
    public HashValue Hash => new(_memory!, ref _root);

    [UnscopedRef]
    public ListValue List => new(_memory!, ref _root);

    [UnscopedRef]
    public SetValue Set => new(_memory!, ref _root);

    [UnscopedRef]
    public SortedSetValue SortedSet => new(_memory!, ref _root);

    [UnscopedRef]
    public StreamValue Stream => new(_memory!, ref _root);

    internal readonly nint Root => _root;

    /// <summary>
    /// Another reference of the same collection, to be disposed like this one. Writing through either changes that one
    /// only.
    /// </summary>
    public readonly HeldCollection Share() => new(_memory!, Type, ValueSlots.Retain(_root));

    /// <summary>An empty collection of the same type, to be filled.</summary>
    public readonly HeldCollection NewLike() => new(_memory!, Type, 0);

    public void Dispose()
    {
        if (_root != 0)
            ValueSlots.Release(_memory!, _root);
        _root = 0;
    }

    /// <summary>Somebody else owns the reference now.</summary>
    internal void Forget() => _root = 0;
}
