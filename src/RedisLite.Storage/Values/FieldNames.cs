using System.Runtime.InteropServices;

namespace RedisLite.Storage.Values;

/// <summary>Names of fields that were removed, in that order.</summary>
public sealed class FieldNames
{
    private readonly List<byte> _bytes = [];
    private readonly List<int> _ends = [];

    public int Count => _ends.Count;

    /// <summary>A name; valid until the next one is added.</summary>
    public ReadOnlySpan<byte> this[int index] =>
        CollectionsMarshal.AsSpan(_bytes)[(index == 0 ? 0 : _ends[index - 1]).._ends[index]];

    public void Clear()
    {
        _bytes.Clear();
        _ends.Clear();
    }

    internal void Add(ReadOnlySpan<byte> name)
    {
        _bytes.AddRange(name);
        _ends.Add(_bytes.Count);
    }

    internal void RemoveLast()
    {
        _ends.RemoveAt(_ends.Count - 1);
        CollectionsMarshal.SetCount(_bytes, _ends.Count == 0 ? 0 : _ends[^1]);
    }
}
