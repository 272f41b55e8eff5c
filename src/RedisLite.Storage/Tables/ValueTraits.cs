namespace RedisLite.Storage.Tables;

/// <summary>What a value is, besides its bytes.</summary>
internal readonly record struct ValueTraits(EntryType Type, StringEncoding Encoding);

/// <summary>What a write does to the expiry time.</summary>
internal readonly struct Ttl
{
    private Ttl(long expireAtMs, bool keep)
    {
        ExpireAtMs = expireAtMs;
        Keep = keep;
    }

    /// <summary>Leaves an existing key's expiry as it is; a new key has none.</summary>
    public static Ttl Kept => new(Entry.NoExpiry, keep: true);

    public long ExpireAtMs { get; }

    public bool Keep { get; }

    public bool Expires => ExpireAtMs != Entry.NoExpiry;

    public static Ttl At(long expireAtMs) => new(expireAtMs, keep: false);
}
