using RedisLite.Storage;

namespace RedisLite.Commands.Execution;

/// <summary>
/// Notes which keys of a database change while somebody reads many of them, one stripe after the other.
/// </summary>
/// <remarks>
/// Begun under all stripes, so that no change is missed. What was read since is the state of one moment, that at which
/// <see cref="HasTouched"/> is asked under all stripes, if it says no.
/// </remarks>
internal sealed class KeyReading(KeyReadings readings, int database) : IDisposable
{
    // More changes than this are not told apart any more.
    private const int MostChanges = 100_000;

    private readonly Lock _gate = new();
    private readonly List<ulong> _changed = [];
    private bool _isEverything;

    public int Database { get; } = database;

    /// <summary>Whether any of these keys, by their hashes, has changed. LOCK: all stripes, shared.</summary>
    public bool HasTouched(HashSet<ulong> hashes)
    {
        lock (_gate)
            return _isEverything || _changed.Exists(hashes.Contains);
    }

    public void Dispose() => readings.Remove(this);

    internal void NoteChange(ulong hash)
    {
        lock (_gate)
        {
            if (_changed.Count < MostChanges)
                _changed.Add(hash);
            else
                _isEverything = true;
        }
    }

    internal void NoteEverything()
    {
        lock (_gate)
            _isEverything = true;
    }
}

/// <summary>The readings under way. While there is none, a change of a key pays one look for it.</summary>
internal sealed class KeyReadings
{
    private readonly Lock _gate = new();
    private KeyReading[] _all = [];

    public bool IsAny => Volatile.Read(ref _all).Length != 0;

    /// <summary>LOCK: all stripes, shared.</summary>
    public KeyReading Begin(int database)
    {
        var reading = new KeyReading(this, database);
        lock (_gate)
            Volatile.Write(ref _all, [.. _all, reading]);
        return reading;
    }

    /// <summary>LOCK: the key's stripe, exclusively.</summary>
    public void Changed(int database, in Key key)
    {
        foreach (var reading in Volatile.Read(ref _all))
            if (reading.Database == database)
                reading.NoteChange(key.Hash);
    }

    /// <summary>LOCK: all stripes, exclusively.</summary>
    public void AllChanged(int database)
    {
        foreach (var reading in Volatile.Read(ref _all))
            if (reading.Database == database)
                reading.NoteEverything();
    }

    internal void Remove(KeyReading reading)
    {
        lock (_gate)
            Volatile.Write(ref _all, Array.FindAll(_all, one => one != reading));
    }
}
