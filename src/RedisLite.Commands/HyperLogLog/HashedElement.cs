using System.Numerics;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>
/// What a HyperLogLog keeps of an element: the register that its hash chooses, and the rank that it asks for there.
/// </summary>
/// <remarks>
/// <code>
///   hash  [ 50 bits: rank = zeros from the low end, and one more | 14 bits: register ]
/// </code>
/// </remarks>
/// <param name="Register">0 to 16383.</param>
/// <param name="Rank">1 to 51.</param>
internal readonly record struct HashedElement(int Register, byte Rank)
{
    private const ulong Seed = 0xADC8_3B19;

    public static HashedElement Of(ReadOnlySpan<byte> element)
    {
        var hash = MurmurHash.Hash64A(element, Seed);
        var rest = (hash >> HyperLogLogValue.RegisterBits) | (1UL << HyperLogLogValue.RankBits);
        return new HashedElement(
            (int)(hash & (HyperLogLogValue.RegisterCount - 1)), (byte)(BitOperations.TrailingZeroCount(rest) + 1));
    }
}
