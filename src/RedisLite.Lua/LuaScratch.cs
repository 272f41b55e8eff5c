namespace RedisLite.Lua;

/// <summary>Small strings and tables that a host makes for one run and takes back after it, so that a run which needs
/// only such ones allocates nothing.</summary>
/// <remarks>
/// <code>
///     strings   by length       [ 2 ][ 3 ] ... [ 256 ]     a few arrays each; the first ones are in use
///     tables    by their sizes  [ array 0..8 ] x [ nodes 0..2 ]
/// </code>
/// What is not small, or more than a few of one size, comes from the heap as ever. Only for a state in which nothing
/// that a run makes outlives it: its globals are read-only and no function that is called again can keep a value. A
/// value that was kept all the same would change under its holder, though memory stays sound. One thread at a time.
/// </remarks>
public sealed class LuaScratch
{
    private const int LongestString = 256;
    private const int LargestArray = 8;
    private const int MostNodes = 2;
    private const int OfEachSize = 8;

    private readonly Shelf<byte[]>[] _strings = new Shelf<byte[]>[LongestString + 1];
    private readonly Shelf<LuaTable>[] _tables = new Shelf<LuaTable>[(LargestArray + 1) * (MostNodes + 1)];
    private readonly List<int> _usedStrings = [];
    private readonly List<int> _usedTables = [];

    /// <summary>A string of these bytes, which are copied.</summary>
    public LuaValue String(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < 2 or > LongestString)
            return LuaValue.String(bytes);
        ref var shelf = ref _strings[bytes.Length];
        if (shelf.InUse == OfEachSize)
            return LuaValue.String(bytes);
        if (shelf.InUse == 0)
            _usedStrings.Add(bytes.Length);
        ref var raw = ref shelf.Next();
        raw ??= LuaString.Allocate(bytes.Length);
        LuaString.Overwrite(raw, bytes);
        return new LuaValue(raw);
    }

    /// <summary>An empty table.</summary>
    /// <param name="arrayCapacity">How many keys 1..n there will be.</param>
    /// <param name="hashCapacity">How many other keys.</param>
    public LuaTable Table(int arrayCapacity, int hashCapacity = 0)
    {
        if (arrayCapacity > LargestArray || hashCapacity > MostNodes)
            return new LuaTable(arrayCapacity, hashCapacity);
        var size = (arrayCapacity * (MostNodes + 1)) + hashCapacity;
        ref var shelf = ref _tables[size];
        if (shelf.InUse == OfEachSize)
            return new LuaTable(arrayCapacity, hashCapacity);
        if (shelf.InUse == 0)
            _usedTables.Add(size);
        return shelf.Next() ??= new LuaTable(arrayCapacity, hashCapacity);
    }

    /// <summary>The run has ended: all that was made for it is free again.</summary>
    public void TakeBack()
    {
        foreach (var length in _usedStrings)
            _strings[length].InUse = 0;
        foreach (var size in _usedTables)
            TakeBack(ref _tables[size], size);
        _usedStrings.Clear();
        _usedTables.Clear();
    }

    // One that has grown is left to the collector.
    private static void TakeBack(ref Shelf<LuaTable> shelf, int size)
    {
        for (var index = 0; index < shelf.InUse; index++)
        {
            if (!shelf.Items![index]!.TryReset(size / (MostNodes + 1), size % (MostNodes + 1)))
                shelf.Items[index] = null;
        }
        shelf.InUse = 0;
    }

    private struct Shelf<T>
        where T : class
    {
        public T?[]? Items;
        public int InUse;

        public ref T? Next()
        {
            Items ??= new T?[OfEachSize];
            return ref Items[InUse++];
        }
    }
}
