namespace RedisLite.Storage;

/// <summary>A key's bytes with their hash, from <see cref="Databases.MakeKey"/>. A view: does not own the bytes.</summary>
public readonly ref struct Key
{
    /// <summary>A key whose hash is already known; it must come from the same <see cref="Databases"/>.</summary>
    public Key(ReadOnlySpan<byte> bytes, ulong hash)
    {
        Bytes = bytes;
        Hash = hash;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>The same in every database of one <see cref="Databases"/>; another one may have another seed.</summary>
    public ulong Hash { get; }
}
