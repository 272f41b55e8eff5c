namespace RedisLite.Storage.Values.Trees;

/// <summary>The column that orders fields and members: the high half of their seeded hash.</summary>
internal class ElementHasher(KeyHasher hasher)
{
    public virtual uint Hash(ReadOnlySpan<byte> member) => (uint)(hasher.Hash(member) >> 32);
}
