namespace RedisLite.Storage.Tables;

/// <summary>Where a record keeps its place in a heap of times.</summary>
internal unsafe interface IHeapPlace
{
    /// <summary>The place, or <see cref="Record.NotInHeap"/>.</summary>
    static abstract int Get(Record* record);

    static abstract void Set(Record* record, int index);
}

/// <summary>In the heap of keys that expire.</summary>
internal readonly unsafe struct KeyPlace : IHeapPlace
{
    public static int Get(Record* record) => record->HeapIndex;

    public static void Set(Record* record, int index) => record->HeapIndex = index;
}

/// <summary>In the heap of hashes with fields that expire.</summary>
internal readonly unsafe struct FieldsPlace : IHeapPlace
{
    public static int Get(Record* record) => record->FieldsIndex;

    public static void Set(Record* record, int index) => record->FieldsIndex = index;
}
