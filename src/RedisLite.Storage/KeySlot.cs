namespace RedisLite.Storage;

/// <summary>The slot of a key in a cluster: 14 bits of the CRC16 of its hash tag, or of all of it.</summary>
/// <remarks>
/// The tag is what stands between the first "{" and the first "}" after it, if anything does: keys with one tag share a
/// slot, so that one command may use them together. The CRC is XMODEM's (polynomial 0x1021), as Redis Cluster and its
/// clients have it.
/// </remarks>
public static class KeySlot
{
    /// <summary>How many slots there are.</summary>
    public const int Count = 16_384;

    /// <summary>Bits of a slot's number.</summary>
    internal const int Bits = 14;

    private static readonly ushort[] Table = CreateTable();

    /// <summary>From 0 to 16383.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        var open = key.IndexOf((byte)'{');
        if (open >= 0 && key[(open + 1)..].IndexOf((byte)'}') is > 0 and var length)
            key = key.Slice(open + 1, length);
        var crc = 0;
        foreach (var c in key)
            crc = ((crc << 8) ^ Table[((crc >> 8) ^ c) & 0xFF]) & 0xFFFF;
        return crc & (Count - 1);
    }

    /// <summary>The slot of a key by its hash, where keys are hashed by slot.</summary>
    public static int OfHash(ulong hash) => (int)(hash >> (64 - Bits));

    private static ushort[] CreateTable()
    {
        var table = new ushort[256];
        for (var i = 0; i < table.Length; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            table[i] = (ushort)crc;
        }

        return table;
    }
}
