using System.Buffers.Binary;

namespace RedisLite.Commands.HyperLogLog;

/// <summary>MurmurHash2 in its 64-bit form for 64-bit machines (MurmurHash64A), the same on every machine.</summary>
internal static class MurmurHash
{
    private const ulong Multiplier = 0xC6A4_A793_5BD1_E995;
    private const int Shift = 47;

    public static ulong Hash64A(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = seed ^ ((ulong)bytes.Length * Multiplier);
        while (bytes.Length >= sizeof(ulong))
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(bytes) * Multiplier;
            word = (word ^ (word >> Shift)) * Multiplier;
            hash = (hash ^ word) * Multiplier;
            bytes = bytes[sizeof(ulong)..];
        }

        if (!bytes.IsEmpty)
        {
            ulong rest = 0;
            for (var i = bytes.Length - 1; i >= 0; i--)
                rest = (rest << 8) | bytes[i];
            hash = (hash ^ rest) * Multiplier;
        }

        hash = (hash ^ (hash >> Shift)) * Multiplier;
        return hash ^ (hash >> Shift);
    }
}
