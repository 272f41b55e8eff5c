using System.Diagnostics.CodeAnalysis;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Values;

/// <summary>A piece of a walk in order of hashes. The cursor is the hash to go on at, and elements of one hash stay
/// together.</summary>
/// <remarks>A lone leaf is returned whole whatever the cursor: its elements are not in order, and no more than a
/// page.</remarks>
internal unsafe struct ElementScan
{
    private readonly bool _isLone;
    private TreeCursor _cursor;
    private ulong _hash;
    private int _left;
    private bool _started;

    public ElementScan(nint value, ulong cursor, int count)
    {
        var root = ValueSlots.Root(value);
        _isLone = !ValueSlots.IsHead(value);
        _left = count;
        if (_isLone)
            _cursor = new TreeCursor(root.Page, root.Count, 0);
        else if (cursor <= uint.MaxValue)
            _cursor = new TreeCursor(root.Page, new TreeKey(cursor), default);
    }

    public ulong NextCursor { get; private set; }

    [UnscopedRef]
    public readonly ref readonly TreeCursor Cursor => ref _cursor;

    public bool MoveNext()
    {
        if (_started)
            _cursor.MoveNext();
        _started = true;
        if (!_cursor.IsValid)
            return false;
        var hash = _cursor.Key.High;
        if (!_isLone && _left <= 0 && hash != _hash)
        {
            NextCursor = hash;
            return false;
        }
        _left--;
        _hash = hash;
        return true;
    }
}
