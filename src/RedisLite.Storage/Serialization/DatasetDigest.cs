using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace RedisLite.Storage.Serialization;

/// <summary>A digest over databases, keys, values and expiry that does not depend on the order of the keys.</summary>
/// <remarks>
/// By default that of Redis's <c>DEBUG DIGEST</c> (<c>debug.c</c>), so that both servers can be asked whether they hold
/// the same. Redis has only whether a key expires in its digest; <see cref="DatasetDigest(bool)"/> can add when.
///
/// <code>
///   mix(d, x)  = SHA1(d xor SHA1(x))
///   key        = mix(mix(mix(0, key), type), value), type as four bytes big-endian;
///                xor SHA1("!!expire!!") if it expires
///   value      = a string: its bytes; a list: mix of each element in order; a set: xor SHA1 of each member;
///                a sorted set or hash: xor SHA1 of mix(mix(0, member), score or value) for each;
///                a stream: mix of each ID, field and value in order
///   digest     = for each database that is not empty, in order: mix(digest, number), then xor SHA1(key) for all keys
/// </code>
///
/// SHA-1 is for telling data apart, not for security. Not thread-safe; parts can be computed apart and merged.
/// </remarks>
[SuppressMessage("Security", "CA5350",
    Justification = "Redis's digest is made of SHA-1; nothing is kept secret by it.")]
public sealed class DatasetDigest
{
    /// <summary>The length of a digest in bytes.</summary>
    public const int Size = SHA1.HashSizeInBytes;

    private readonly SortedDictionary<int, byte[]> _databases = [];
    private readonly bool _withExpiryTimes;

    /// <param name="withExpiryTimes">Whether the times of expiry count, which makes it another digest than
    /// Redis's.</param>
    public DatasetDigest(bool withExpiryTimes = false) => _withExpiryTimes = withExpiryTimes;

    /// <summary>Adds a key that holds a string.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its string.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    public void AddString(int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAtMs)
    {
        Span<byte> digest = stackalloc byte[Size];
        digest.Clear();
        Mix(digest, key);
        MixStringValue(digest, value, expireAtMs >= 0);
        AddKey(database, digest, expireAtMs);
    }

    /// <summary>Adds a key that holds a list, set, sorted set or hash.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="key">The key.</param>
    /// <param name="type">What it holds.</param>
    /// <param name="elements">All of it.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    public void AddCollection<TSource>(
        int database, scoped ReadOnlySpan<byte> key, EntryType type, ref TSource elements, long expireAtMs)
        where TSource : IElementSource, allows ref struct
    {
        Span<byte> digest = stackalloc byte[Size];
        digest.Clear();
        Mix(digest, key);
        ValueDigest.MixCollection(digest, type, ref elements, expireAtMs >= 0);
        AddKey(database, digest, expireAtMs);
    }

    /// <summary>Adds a key that holds a stream.</summary>
    /// <param name="database">Its database.</param>
    /// <param name="key">The key.</param>
    /// <param name="stream">All of it.</param>
    /// <param name="expireAtMs">Milliseconds since 1970, or negative for never.</param>
    public void AddStream<TSource>(int database, scoped ReadOnlySpan<byte> key, ref TSource stream, long expireAtMs)
        where TSource : IStreamSource, allows ref struct
    {
        Span<byte> digest = stackalloc byte[Size];
        digest.Clear();
        Mix(digest, key);
        ValueDigest.MixStream(digest, ref stream, expireAtMs >= 0);
        AddKey(database, digest, expireAtMs);
    }

    /// <summary>Adds what another digest of the same kind was made of.</summary>
    public void Merge(DatasetDigest other)
    {
        foreach (var (database, keys) in other._databases)
        {
            var own = OfDatabase(database);
            for (var i = 0; i < Size; i++)
                own[i] ^= keys[i];
        }
    }

    /// <summary>The digest of all that was added.</summary>
    public byte[] Compute()
    {
        var digest = new byte[Size];
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (var (database, keys) in _databases)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, database);
            Mix(digest, number);
            for (var i = 0; i < Size; i++)
                digest[i] ^= keys[i];
        }

        return digest;
    }

    /// <summary>The digest of one string value, as <c>DEBUG DIGEST-VALUE</c> gives it.</summary>
    public static byte[] OfStringValue(ReadOnlySpan<byte> value, bool expires)
    {
        var digest = new byte[Size];
        MixStringValue(digest, value, expires);
        return digest;
    }

    /// <summary>The digest as text: forty hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(Compute());

    /// <summary>The digest of one collection, as <c>DEBUG DIGEST-VALUE</c> gives it.</summary>
    public static byte[] OfCollection<TSource>(EntryType type, ref TSource elements, bool expires)
        where TSource : IElementSource, allows ref struct
    {
        var digest = new byte[Size];
        ValueDigest.MixCollection(digest, type, ref elements, expires);
        return digest;
    }

    /// <summary>The digest of one stream, as <c>DEBUG DIGEST-VALUE</c> gives it.</summary>
    public static byte[] OfStream<TSource>(ref TSource stream, bool expires)
        where TSource : IStreamSource, allows ref struct
    {
        var digest = new byte[Size];
        ValueDigest.MixStream(digest, ref stream, expires);
        return digest;
    }

    private void AddKey(int database, Span<byte> digest, long expireAtMs)
    {
        if (_withExpiryTimes)
        {
            Span<byte> time = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(time, expireAtMs);
            Mix(digest, time);
        }

        Xor(OfDatabase(database), digest);
    }

    private static void MixStringValue(Span<byte> digest, ReadOnlySpan<byte> value, bool expires)
    {
        ValueDigest.MixType(digest, EntryType.String);
        Mix(digest, value);
        ValueDigest.XorExpiry(digest, expires);
    }

    private byte[] OfDatabase(int database)
    {
        if (!_databases.TryGetValue(database, out var keys))
            _databases.Add(database, keys = new byte[Size]);
        return keys;
    }

    /// <summary>Makes the digest depend on the bytes, in order.</summary>
    internal static void Mix(Span<byte> digest, ReadOnlySpan<byte> bytes)
    {
        Xor(digest, bytes);
        Span<byte> mixed = stackalloc byte[Size];
        SHA1.HashData(digest, mixed);
        mixed.CopyTo(digest);
    }

    /// <summary>Makes the digest depend on the bytes, in no order.</summary>
    internal static void Xor(Span<byte> digest, ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA1.HashData(bytes, hash);
        for (var i = 0; i < Size; i++)
            digest[i] ^= hash[i];
    }
}
