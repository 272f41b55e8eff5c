namespace RedisLite.Commands.Keys.Sorting;

/// <summary>Many byte strings, packed one behind the other; a string may be missing. One thread at a time.</summary>
/// <remarks>
/// Chunks of growing size, so that neither a few strings cost much nor many need one block of their size.
/// </remarks>
internal sealed class ByteStrings
{
    private const int SmallestChunk = 1024;
    private const int LargestChunk = 1024 * 1024;

    private readonly List<byte[]> _chunks = [];
    private readonly List<Place> _places = [];
    private int _used;

    public int Count => _places.Count;

    /// <summary>The string, or nothing where it is missing.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var place = _places[index];
            return place.Length <= 0 ? default : _chunks[place.Chunk].AsSpan(place.Offset, place.Length);
        }
    }

    public bool IsMissing(int index) => _places[index].Length < 0;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && (_chunks.Count == 0 || _chunks[^1].Length - _used < bytes.Length))
        {
            var size = Math.Clamp(
                _chunks.Count == 0 ? SmallestChunk : _chunks[^1].Length * 2, SmallestChunk, LargestChunk);
            _chunks.Add(new byte[Math.Max(size, bytes.Length)]);
            _used = 0;
        }

        _places.Add(new Place(_chunks.Count - 1, _used, bytes.Length));
        if (bytes.IsEmpty)
            return;
        bytes.CopyTo(_chunks[^1].AsSpan(_used));
        _used += bytes.Length;
    }

    public void AddMissing() => _places.Add(new Place(0, 0, -1));

    public void Clear()
    {
        _chunks.Clear();
        _places.Clear();
        _used = 0;
    }

    private readonly record struct Place(int Chunk, int Offset, int Length);
}
