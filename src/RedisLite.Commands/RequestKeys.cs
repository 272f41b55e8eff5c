using System.Buffers;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>One key of a request: where it stands, its hash, and what the command does with it. 16 bytes.</summary>
/// <remarks>
/// The stripe is no field: it is the hash's high bits, and <see cref="Storage.Locking.LockPlan"/> alone wants it.
/// <code>
///   hash (8) | position (4) | access (1) | usage (1) | room for the slot of a cluster (2)
/// </code>
/// </remarks>
public readonly struct RequestKey
{
    private readonly byte _access;
    private readonly byte _usage;

    internal RequestKey(ulong hash, int position, KeyAccess access, KeyUsage usage)
    {
        Hash = hash;
        Position = position;
        _access = (byte)access;
        _usage = (byte)usage;
    }

    /// <summary>Of the key's bytes, as <see cref="Databases.MakeKey"/> gives it.</summary>
    public ulong Hash { get; }

    /// <summary>The index of the argument that is the key.</summary>
    public int Position { get; }

    public KeyAccess Access => (KeyAccess)_access;

    public KeyUsage Usage => (KeyUsage)_usage;
}

/// <summary>
/// What a request does with keys that it does not name: whether, and how, every stripe is taken for it.
/// </summary>
public enum KeyspaceUse : byte
{
    None,

    /// <summary>Reads stripe after stripe by itself; in a transaction or a script all are held shared.</summary>
    Walk,

    /// <summary>Reads everything at one moment: all stripes shared.</summary>
    Read,

    /// <summary>All stripes exclusively.</summary>
    Write,
}

/// <summary>The keys of one request, found and hashed once: a view into a <see cref="RequestKeyList"/>.</summary>
/// <remarks>
/// What prefetch, lock plan, <see cref="CommandContext.Key"/>, tracking, removal of expired keys, COMMAND GETKEYS and
/// GETKEYSANDFLAGS read, so that all of them mean the same keys. Valid until the list's next request is located.
/// </remarks>
public readonly ref struct RequestKeys
{
    private readonly ReadOnlySpan<RequestKey> _items;

    internal RequestKeys(ReadOnlySpan<RequestKey> items, KeyspaceUse keyspace)
    {
        _items = items;
        Keyspace = keyspace;
    }

    /// <summary>What the request does with keys that it does not name.</summary>
    public KeyspaceUse Keyspace { get; }

    public int Count => _items.Length;

    /// <summary>In the order of the declaration: item by item, ascending within an item.</summary>
    public ref readonly RequestKey this[int index] => ref _items[index];

    public ReadOnlySpan<RequestKey>.Enumerator GetEnumerator() => _items.GetEnumerator();

    /// <summary>Finds the key at an argument. O(1) for the declarations that commands have, else a scan.</summary>
    public bool TryFind(int position, out RequestKey key)
    {
        if (_items.Length == 1)
        {
            key = _items[0];
            return key.Position == position;
        }

        return TryFindAmong(position, out key);
    }

    private bool TryFindAmong(int position, out RequestKey key)
    {
        key = default;
        if (_items.IsEmpty)
            return false;

        // One range with a step, or a first key apart and then a range (BITOP, ZUNIONSTORE): counted from either end.
        var step = Math.Max(1, _items.Length > 1 ? _items[^1].Position - _items[^2].Position : 1);
        return Is((position - _items[0].Position) / step, position, ref key)
            || Is(_items.Length - 1 - ((_items[^1].Position - position) / step), position, ref key)
            || Scan(position, ref key);
    }

    private bool Is(int index, int position, ref RequestKey key)
    {
        if ((uint)index >= (uint)_items.Length || _items[index].Position != position)
            return false;
        key = _items[index];
        return true;
    }

    private bool Scan(int position, ref RequestKey key)
    {
        foreach (ref readonly var item in _items)
            if (item.Position == position)
            {
                key = item;
                return true;
            }

        return false;
    }
}

/// <summary>Where the keys of one request lie in a <see cref="RequestKeyList"/>.</summary>
internal readonly record struct KeysOfRequest(int First, int Count, KeyspaceUse Keyspace);

/// <summary>Finds and hashes the keys of requests: of a batch one after the other, or of one request.</summary>
/// <remarks>One owner; one thread at a time. Reused: only longer batches than before make it grow.</remarks>
internal sealed class RequestKeyList
{
    // What an idle client may keep; more is borrowed and goes back.
    private const int Retained = 64;

    private RequestKey[] _retained = [];
    private RequestKey[] _items = [];
    private int _count;

    /// <summary>Forgets all requests; their views are not valid any more.</summary>
    public void Clear()
    {
        _count = 0;
        if (_items.Length <= Retained)
            return;
        ArrayPool<RequestKey>.Shared.Return(_items);
        _items = _retained;
    }

    /// <summary>
    /// Finds and hashes the keys of a request. Where it does not hold what is declared, there are none.
    /// </summary>
    public KeysOfRequest Locate(Command command, in Arguments args, Databases databases)
    {
        var first = _count;
        if (command.SingleKey != 0)
        {
            if (command.SingleKey < args.Count)
                Add(databases.MakeKey(args[command.SingleKey]).Hash, command.SingleKey, command.Keys[
                    0].Access, command.Keys[0].Usage);
            return new KeysOfRequest(first, _count - first, KeyspaceUse.None);
        }

        if (command.Keys.IsEmpty && command.Planner is null)
            return new KeysOfRequest(first, 0, KeyspaceUse.None);
        var keyspace = command.KeyspaceUse;
        foreach (var spec in command.Keys)
            foreach (var position in spec.PositionsIn(args))
            {
                if (command.Has(CommandFlags.MovesKeys) && !IsMoved(command, args, position))
                    continue;
                Add(databases.MakeKey(args[position]).Hash, position, spec.Access, spec.Usage);
            }

        if (command.Planner is { } planner && command.AcceptsArgumentCount(args.Count))
        {
            var collector = new KeyCollector(this, args, databases, keyspace);
            planner(args, ref collector);
            keyspace = collector.Keyspace;
        }

        return new KeysOfRequest(first, _count - first, keyspace);
    }

    /// <summary>MIGRATE has one key, or an empty one and those that follow KEYS.</summary>
    private static bool IsMoved(Command command, in Arguments args, int position)
    {
        var only = command.Keys[0].First;
        return only < args.Count && (position == only) != args[only].IsEmpty;
    }

    /// <summary>The keys of a located request.</summary>
    public RequestKeys View(in KeysOfRequest keys) => new(_items.AsSpan(keys.First, keys.Count), keys.Keyspace);

    /// <summary>A copy that lives as long as it is wanted.</summary>
    public RequestKey[] Copy(in KeysOfRequest keys) => _items.AsSpan(keys.First, keys.Count).ToArray();

    internal void Add(ulong hash, int position, KeyAccess access, KeyUsage usage)
    {
        if (_count == _items.Length)
            Grow();
        _items[_count++] = new RequestKey(hash, position, access, usage);
    }

    private void Grow()
    {
        var before = _items;
        if (_count < Retained)
            _items = _retained = new RequestKey[Math.Max(4, _count * 2)];
        else
            _items = ArrayPool<RequestKey>.Shared.Rent(_count * 2);
        before.AsSpan(0, _count).CopyTo(_items);
        if (before.Length > Retained)
            ArrayPool<RequestKey>.Shared.Return(before);
    }
}

/// <summary>Takes what a <see cref="KeyPlanner"/> finds.</summary>
public ref struct KeyCollector
{
    private readonly RequestKeyList _list;
    private readonly Arguments _args;
    private readonly Databases _databases;

    internal KeyCollector(RequestKeyList list, in Arguments args, Databases databases, KeyspaceUse keyspace)
    {
        _list = list;
        _args = args;
        _databases = databases;
        Keyspace = keyspace;
    }

    internal KeyspaceUse Keyspace { get; private set; }

    /// <summary>The argument is a key.</summary>
    /// <param name="position">The argument's index.</param>
    /// <param name="access">What the command does with the key.</param>
    /// <param name="usage">Shown by COMMAND GETKEYSANDFLAGS; the locks follow from the access.</param>
    public readonly void Add(int position, KeyAccess access, KeyUsage usage = KeyUsage.None) =>
        _list.Add(_databases.MakeKey(_args[position]).Hash, position, access, usage);

    /// <summary>The request reads keys that nobody can name before it runs: all stripes are taken shared.</summary>
    public void AddWholeKeyspace() => AddWholeKeyspace(KeyspaceUse.Read);

    /// <summary>All stripes are taken.</summary>
    /// <param name="use"><see cref="KeyspaceUse.Read"/> for shared, <see cref="KeyspaceUse.Write"/> for
    /// exclusively.</param>
    public void AddWholeKeyspace(KeyspaceUse use)
    {
        if (Keyspace < use)
            Keyspace = use;
    }
}
