namespace RedisLite.Commands.Execution;

/// <summary>The keys found fittest to be evicted so far, also in former samples, the fittest last.</summary>
/// <remarks>
/// As in Redis: a sample of five keys alone is a poor choice, the best of many such samples is near to true LRU. What
/// stands here is a copy of a key and of the mark that it was judged by; when the mark has changed, the key was used
/// since, and is passed over (Redis evicts it all the same). One thread at a time.
/// </remarks>
internal sealed class EvictionPool
{
    private const int Capacity = 16;
    private const int LargestKeptKey = 256;

    private readonly List<Candidate> _sorted = new(Capacity);
    private readonly Stack<Candidate> _free = new(Capacity);

    public int Count => _sorted.Count;

    /// <summary>Takes a copy of a key if it is fitter than the least fit, or there is room.</summary>
    /// <param name="database">Where it is.</param>
    /// <param name="key">Its bytes.</param>
    /// <param name="mark">What it is judged by, as it is now.</param>
    /// <param name="fitness">The higher, the sooner it goes.</param>
    public void Offer(int database, ReadOnlySpan<byte> key, long mark, long fitness)
    {
        if (_sorted.Count == Capacity && fitness <= _sorted[0].Fitness)
            return;
        Candidate candidate;
        if (Find(database, key) is >= 0 and var known)
            candidate = TakeAt(known);
        else if (_sorted.Count == Capacity)
            candidate = TakeAt(0);
        else if (!_free.TryPop(out candidate!))
            candidate = new Candidate();
        candidate.Set(database, key, mark, fitness);
        var index = _sorted.Count;
        while (index > 0 && _sorted[index - 1].Fitness > fitness)
            index--;
        _sorted.Insert(index, candidate);
    }

    /// <summary>Takes out the fittest; valid until the next call of <see cref="Offer"/>.</summary>
    public bool TryTake(out Candidate candidate)
    {
        candidate = null!;
        if (_sorted.Count == 0)
            return false;
        candidate = TakeAt(_sorted.Count - 1);
        _free.Push(candidate);
        return true;
    }

    /// <summary>Forgets all: they were judged by something else.</summary>
    public void Clear()
    {
        while (TryTake(out _))
        {
            // Back among the free ones.
        }
    }

    private Candidate TakeAt(int index)
    {
        var candidate = _sorted[index];
        _sorted.RemoveAt(index);
        return candidate;
    }

    private int Find(int database, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < _sorted.Count; i++)
        {
            if (_sorted[i].Database == database && _sorted[i].Key.SequenceEqual(key))
                return i;
        }

        return -1;
    }

    /// <summary>A key that may go next.</summary>
    internal sealed class Candidate
    {
        private byte[] _key = [];
        private int _length;

        public int Database { get; private set; }

        public ReadOnlySpan<byte> Key => _key.AsSpan(0, _length);

        public long Mark { get; private set; }

        public long Fitness { get; private set; }

        public void Set(int database, ReadOnlySpan<byte> key, long mark, long fitness)
        {
            if (_key.Length < key.Length || _key.Length > Math.Max(LargestKeptKey, key.Length))
                _key = new byte[Math.Max(key.Length, 32)];
            key.CopyTo(_key);
            (_length, Database, Mark, Fitness) = (key.Length, database, mark, fitness);
        }
    }
}
