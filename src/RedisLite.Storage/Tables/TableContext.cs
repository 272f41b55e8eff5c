using RedisLite.Storage.Memory;
using RedisLite.Storage.Values;
using RedisLite.Storage.Values.Trees;

namespace RedisLite.Storage.Tables;

/// <summary>What all stripes of all databases share.</summary>
internal sealed unsafe class TableContext(StorageOptions options, KeyHasher hasher)
{
    private uint _newAccessClock;
    private IFormerStates? _snapshot;

    public NativeAllocator Allocator { get; } = options.Allocator;

    /// <summary>How many slots of a cluster a stripe has: a power of two; 0 outside a cluster.</summary>
    public int SlotsPerStripe { get; } = options.BySlot ? Math.Max(1, KeySlot.Count / options.StripeCount) : 0;

    /// <summary>What the accounts of all stripes have reported.</summary>
    public MemoryTotal Total { get; } = new();

    /// <summary>The collections that records point to.</summary>
    public ValueMemory Values { get; } = new(options.Allocator, new ElementHasher(hasher))
    {
        FreesInBackground = options.FreesInBackground,
    };

    /// <summary>The mark that a new record gets for its first access.</summary>
    public uint NewAccessClock
    {
        get => Volatile.Read(ref _newAccessClock);
        set => Volatile.Write(ref _newAccessClock, value);
    }

    /// <summary>The snapshot that runs; null while none does.</summary>
    public IFormerStates? Snapshot
    {
        get => Volatile.Read(ref _snapshot);
        set => Volatile.Write(ref _snapshot, value);
    }

    /// <summary>
    /// Which snapshot a new record is too young for. LOCK: changes with all stripes held exclusively.
    /// </summary>
    public ushort SnapshotEpoch { get; set; }

    /// <summary>Frees a record that no table and no account knows any more, with its value. No lock needed.</summary>
    public void Free(Record* record)
    {
        if (Record.HoldsPointer(record))
            ReleaseValue(Record.Root(record), Record.IsOutside(record));
        Allocator.Free(record, (nuint)Record.BlockSize(record));
    }

    /// <summary>Lets go of the value that a record's key had.</summary>
    public void ReleaseValue(nint root, bool isText)
    {
        if (isText)
            TextBlock.RemoveKey(Values, (Page*)root);
        ValueSlots.Release(Values, root);
    }
}
