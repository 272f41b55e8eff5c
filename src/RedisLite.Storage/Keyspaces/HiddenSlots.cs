using RedisLite.Storage.Tables;

namespace RedisLite.Storage.Keyspaces;

/// <summary>Slots whose keys lie in the tables, and are nobody's to see: on their way here, or left behind.</summary>
/// <remarks>
/// Walks, counts and samples pass such keys; what names a key, a snapshot or the log does not know of it, so that
/// whoever may use them, must keep clients off them himself. Of a stripe that has such keys nothing expires by the
/// clock: when they go is decided elsewhere. Immutable; in force with all stripes held.
/// </remarks>
internal sealed unsafe class HiddenSlots
{
    private readonly bool[] _stripes;

    public HiddenSlots(SlotSet slots, Databases databases)
    {
        Slots = slots;
        _stripes = new bool[databases.StripeCount];
        foreach (var slot in slots.Slots)
            _stripes[databases.StripeOfSlot(slot)] = true;
    }

    public SlotSet Slots { get; }

    /// <summary>Whether a stripe has a hidden slot.</summary>
    public bool IsIn(int stripe) => _stripes[stripe];

    /// <summary>Whether a record of a stripe with hidden slots is one's.</summary>
    public bool Hides(Record* record) => Slots.Contains(KeySlot.Of(Record.Key(record)));

    /// <summary>How many keys of a database are hidden. Any thread; approximate while others write.</summary>
    public long CountIn(Keyspace keyspace)
    {
        var count = 0L;
        foreach (var slot in Slots.Slots)
            count += keyspace.CountKeysInSlot(slot);
        return count;
    }
}
