namespace RedisLite.Storage.Tables;

/// <summary>How many keys each slot of one stripe has, in a cluster.</summary>
/// <remarks>LOCK: the stripe's, exclusive to change; any thread may read one moment's values.</remarks>
internal sealed class SlotCounts(int slots)
{
    private readonly int[] _counts = new int[slots];
    private uint _start;

    /// <summary>
    /// Where a search for a slot's keys begins: a position of <see cref="BucketArray"/>, where the last search found
    /// its first key. Who takes keys away again and again does not pass the buckets emptied so far each time.
    /// </summary>
    public uint Start
    {
        get => Volatile.Read(ref _start);
        set => Volatile.Write(ref _start, value);
    }

    /// <param name="slot">One of the stripe's, by its number among all.</param>
    public int Of(int slot) => Volatile.Read(ref _counts[slot & (_counts.Length - 1)]);

    public void Add(int slot, int change)
    {
        ref var count = ref _counts[slot & (_counts.Length - 1)];
        Volatile.Write(ref count, count + change);
    }

    public void Clear() => Array.Clear(_counts);
}
