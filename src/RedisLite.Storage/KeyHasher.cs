using System.IO.Hashing;

namespace RedisLite.Storage;

/// <summary>
/// Turns a key's bytes into the 64 bits of which the high ones choose the stripe and the low ones the bucket.
/// </summary>
/// <remarks>
/// <para>XxHash3 with a secret seed: who does not know the seed cannot choose keys that meet in one chain.</para>
/// <para>djb2 (h = 5381; h = h * 33 + c) is the original's and has no seed: keys that collide for one server collide
/// for all. Short keys leave its high bits empty, so it is multiplied by an odd constant, which fills them and keeps
/// every chain as djb2 makes it: modulo 2^k an odd factor is a permutation, so two keys have equal low bits after
/// the multiplication exactly if they had them before.</para>
/// <para>In a cluster the high bits are the key's slot, so that a slot lives in one stripe: counting, listing and
/// dropping it touches that one alone.</para>
/// </remarks>
internal sealed class KeyHasher(HashFunction function, ulong seed, bool bySlot = false)
{
    // 2^64 divided by the golden ratio, made odd: neighbours land far apart in the high bits.
    private const ulong Spread = 0x9E37_79B9_7F4A_7C15;

    private readonly bool _djb2 = function switch
    {
        HashFunction.XxHash3 => false,
        HashFunction.Djb2 => true,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, "Unknown hash function."),
    };

    public ulong Hash(ReadOnlySpan<byte> key) =>
        _djb2 ? Djb2(key) * Spread : XxHash3.HashToUInt64(key, unchecked((long)seed));

    /// <summary>The hash of a key: by slot where keys are to be so.</summary>
    public ulong HashKey(ReadOnlySpan<byte> key) =>
        bySlot ? ((ulong)KeySlot.Of(key) << (64 - KeySlot.Bits)) | (Hash(key) >> KeySlot.Bits) : Hash(key);

    /// <summary>Bernstein's hash over 64 bits, as the original program computes it.</summary>
    public static ulong Djb2(ReadOnlySpan<byte> key)
    {
        var hash = 5381UL;
        foreach (var c in key)
            hash = unchecked((hash * 33) + c);
        return hash;
    }
}
