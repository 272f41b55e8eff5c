using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization.Packed;

/// <summary>Reads a zipmap, in which Redis before 2.6 kept small hashes.</summary>
/// <remarks>
/// <code>
///   entries, 254 for "count them" (1)    entry ...    FF
///   entry:  length  field   length  unused (1)  value  unused bytes        a length: one byte, or FE and 4
/// </code>
/// </remarks>
internal ref struct ZipmapReader
{
    private const byte End = 0xff;
    private const byte LongLength = 0xfe;
    private const byte UncountedEntries = 0xfe;

    private readonly ReadOnlySpan<byte> _entries;
    private readonly byte _announced;
    private int _at;
    private long _read;

    public ZipmapReader(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 2 || blob[^1] != End)
            throw new MalformedValueException("a zipmap has no end");
        _announced = blob[0];
        _entries = blob[1..^1];
    }

    public readonly int CountHint => _announced;

    public bool TryRead(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        field = value = default;
        if (_at == _entries.Length)
        {
            if (_announced < UncountedEntries && _announced != _read)
                throw new MalformedValueException($"a zipmap has {_read} entries, {_announced} by its header");
            return false;
        }

        field = Take(ReadLength());
        var length = ReadLength();
        var unused = Take(1)[0];
        value = Take(length);
        Take(unused);
        _read++;
        return true;
    }

    private uint ReadLength()
    {
        var first = Take(1)[0];
        return first switch
        {
            < LongLength => first,
            LongLength => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))),
            _ => throw new MalformedValueException("a zipmap ends too early"),
        };
    }

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > (uint)(_entries.Length - _at))
            throw new MalformedValueException("an entry reaches beyond its zipmap");
        var taken = _entries.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }
}
