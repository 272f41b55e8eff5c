using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Scripting;

/// <summary>What a script's writes have overwritten, so that all of them can be taken back.</summary>
/// <remarks>
/// <code>
///   kept   [ db  key  absent | string | collection  expiry ] ...      once for each key, before its first write
///   bytes  keys and strings, one after the other                      collections are held, not copied: O(1)
/// </code>
/// A script runs under the stripes of the keys that its caller names. When it touches another key after it has written,
/// its writes are taken back and it begins anew under all stripes; nobody has seen anything, because its stripes were
/// held all the time. SCRIPT KILL takes back in the same way. What cannot be kept cheaply (a flush, a message to
/// subscribers, a large string, thousands of keys) is allowed only under all stripes, where no second try can be
/// needed; the script can then not be killed any more. LOCK: every kept key's stripe is held exclusively until
/// <see cref="Clear"/>. One thread at a time.
/// </remarks>
internal sealed class ScriptUndo(Databases databases) : IDisposable
{
    private const int MostKeys = 4096;
    private const int MostBytes = 1 << 20;
    private const int LongestString = 64 * 1024;

    // Up to so many keys a scan finds out faster than a table whether a key is kept already.
    private const int MostScanned = 8;

    private readonly Dictionary<(int Database, ulong Hash), int> _index = [];
    private readonly ReplyWriter _bytes = new(maxRetained: LongestString);
    private readonly List<(int Database, int Start, int Length)> _expired = [];
    private Kept[] _kept = new Kept[MostScanned];
    private int _count;
    private long _nowMs;
    private bool _mayGiveUp;

    private enum Form : byte
    {
        Absent,
        String,
        Collection,
    }

    /// <summary>The script has called a command that may change data.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>Whether all that it changed can be taken back. Read by other threads for a moment's answer.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Begins with nothing.</summary>
    /// <param name="nowMs">The script's moment.</param>
    /// <param name="mayGiveUp">Whether it can do without, as no second try can be needed.</param>
    public void Begin(long nowMs, bool mayGiveUp) => (_nowMs, _mayGiveUp) = (nowMs, mayGiveUp);

    /// <summary>Keeps what a command may change.</summary>
    /// <returns>False when that cannot be kept, and must be: the command must not run.</returns>
    public bool TryKeep(Command command, in Arguments args, in RequestKeys keys, int database)
    {
        if (!command.LocksExclusive && !command.Has(CommandFlags.MayReplicate))
            return true;
        if (IsComplete && !CanKeep(command, keys, database, args))
        {
            if (!_mayGiveUp)
                return false;
            IsComplete = false;
            ForgetKept();
        }

        IsDirty = true;
        return true;
    }

    /// <summary>A key's time was over and it was deleted: that stays so, whatever becomes of the script.</summary>
    public void NoteExpired(int database, in Key key)
    {
        if (IsComplete)
            _expired.Add((database, Add(key.Bytes), key.Bytes.Length));
    }

    /// <summary>Puts everything back that was kept, and logs the expiries that happened meanwhile.</summary>
    public void Apply(Execution.EffectWriter effects, bool isLogged)
    {
        for (var i = _count - 1; i >= 0; i--)
            Restore(ref _kept[i]);
        if (!isLogged)
            return;
        foreach (var (database, start, length) in _expired)
        {
            var command = effects.Begin(database, 2);
            command.Bulk("DEL"u8);
            command.Bulk(_bytes.Written.Slice(start, length));
        }
    }

    /// <summary>The script has ended.</summary>
    public void Clear()
    {
        ForgetKept();
        IsDirty = false;
        IsComplete = true;
    }

    public void Dispose()
    {
        ForgetKept();
        _bytes.Dispose();
    }

    private bool CanKeep(Command command, in RequestKeys keys, int database, in Arguments args)
    {
        if (keys.Keyspace != KeyspaceUse.None || keys.Count == 0 || command.Has(CommandFlags.CrossDatabase))
            return false;
        foreach (ref readonly var key in keys)
        {
            if ((key.Access & KeyAccess.Write) == 0 && !command.Has(CommandFlags.MayReplicate))
                continue;
            if (!TryKeep(database, new Key(args[key.Position], key.Hash)))
                return false;
        }

        return true;
    }

    private bool TryKeep(int database, in Key key)
    {
        if (IsKept(database, key))
            return true;
        if (_count == MostKeys || _bytes.Length > MostBytes)
            return false;
        var keyspace = databases[database];
        var kept = new Kept { Database = database, Hash = key.Hash, ExpireAtMs = Keyspace.NoExpiry };
        if (keyspace.TryGet(key, _nowMs, out var entry))
        {
            kept.ExpireAtMs = entry.ExpireAtMs;
            kept.AccessClock = entry.AccessClock;
            if (entry.Type != EntryType.String)
            {
                kept.Form = Form.Collection;
                kept.Collection = keyspace.Hold(entry);
            }
            else if (entry.Value.Length <= LongestString)
            {
                kept.Form = Form.String;
                kept.Encoding = entry.Encoding;
                kept.ValueLength = entry.Value.Length;
                kept.ValueStart = Add(entry.Value);
            }
            else
            {
                return false;
            }
        }

        kept.KeyStart = Add(key.Bytes);
        kept.KeyLength = key.Bytes.Length;
        if (_count == _kept.Length)
            Array.Resize(ref _kept, _count * 2);
        _kept[_count] = kept;
        if (++_count > MostScanned)
            Index();
        return true;
    }

    private bool IsKept(int database, in Key key)
    {
        if (_count > MostScanned)
            return _index.TryGetValue((database, key.Hash), out var index)
                && KeyOf(_kept[index]).SequenceEqual(key.Bytes);
        for (var i = 0; i < _count; i++)
        {
            ref var kept = ref _kept[i];
            if (kept.Hash == key.Hash && kept.Database == database && KeyOf(kept).SequenceEqual(key.Bytes))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Of two keys with one hash the table knows the first; the other is kept more than once, the oldest put back last.
    /// </summary>
    private void Index()
    {
        for (var i = _index.Count == 0 ? 0 : _count - 1; i < _count; i++)
            _index.TryAdd((_kept[i].Database, _kept[i].Hash), i);
    }

    private void Restore(ref Kept kept)
    {
        var keyspace = databases[kept.Database];
        var key = databases.MakeKey(KeyOf(kept));
        switch (kept.Form)
        {
            case Form.Absent:
                // One that has expired and was not written over is left for its own deletion.
                if (keyspace.TryGet(key, _nowMs, out _))
                    keyspace.Remove(key);
                return;
            case Form.String:
                keyspace.SetString(key, _bytes.Written.Slice(kept.ValueStart, kept.ValueLength), kept.ExpireAtMs);
                keyspace.SetEncoding(key, kept.Encoding);
                break;
            default:
                keyspace.SetCollection(key, ref kept.Collection, kept.ExpireAtMs);
                break;
        }

        if (keyspace.TryGetStale(key, out var entry))
            entry.TouchAccess(kept.AccessClock);
    }

    private int Add(ReadOnlySpan<byte> bytes)
    {
        var start = _bytes.Length;
        _bytes.Raw(bytes);
        return start;
    }

    private ReadOnlySpan<byte> KeyOf(in Kept kept) => _bytes.Written.Slice(kept.KeyStart, kept.KeyLength);

    private void ForgetKept()
    {
        for (var i = 0; i < _count; i++)
            if (_kept[i].Form == Form.Collection)
                _kept[i].Collection.Dispose();
        if (_count > MostScanned)
            _index.Clear();
        _count = 0;
        _expired.Clear();
        _bytes.Clear();
    }

    private struct Kept
    {
        public int Database;
        public Form Form;
        public StringEncoding Encoding;
        public uint AccessClock;
        public ulong Hash;
        public int KeyStart;
        public int KeyLength;
        public int ValueStart;
        public int ValueLength;
        public long ExpireAtMs;
        public HeldCollection Collection;
    }
}
