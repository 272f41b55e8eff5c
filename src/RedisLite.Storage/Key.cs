namespace RedisLite.Storage;

/// <summary>A key's bytes with their hash, from <c>Databases.MakeKey</c>. A view: does not own the bytes.</summary>
public readonly ref struct Key
{
    /// <summary>A key whose hash is already known; it must come from the same <c>Databases</c>.</summary>
    public Key(ReadOnlySpan<byte> bytes, ulong hash)
    {
        Bytes = bytes;
        Hash = hash;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The same in every database of one <c>Databases</c>; another one may have another seed.</summary>
    public ulong Hash { get; }
}
