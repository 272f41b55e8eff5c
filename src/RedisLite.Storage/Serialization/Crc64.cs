using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization;

/// <summary>The CRC-64 that Redis puts behind RDB files and DUMP payloads.</summary>
/// <remarks>
/// "Jones" polynomial 0xad93d23594c935a9, input and output reflected, initial value 0, no final xor; its check value
/// over "123456789" is 0xe9c6d914c4b8d9ca. The same parameters are in Redis's <c>crc64.c</c>.
///
/// Sixteen tables of 256 entries (32 KiB) let each step take sixteen bytes at once: table k holds the checksum of one
/// byte followed by k zero bytes, and since a CRC is linear, the sixteen looked-up values only need to be xored.
/// Thread-safe: the tables are built once and never change.
/// </remarks>
public static class Crc64
{
    private const int TableSize = 256;
    private const int Slices = 16;

    /// <summary>The polynomial with its bits reversed, as a right-shifting CRC needs it.</summary>
    private const ulong ReflectedPolynomial = 0x95ac9329ac4bc9b5;

    private static readonly ulong[] Tables = BuildTables();

    /// <summary>The checksum of <paramref name="data"/> alone.</summary>
    public static ulong Compute(ReadOnlySpan<byte> data) => Append(0, data);

    /// <summary>The checksum of what gave <paramref name="crc"/> followed by <paramref name="data"/>.</summary>
    /// <param name="crc">The checksum so far; 0 at the start.</param>
    /// <param name="data">The bytes that follow.</param>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> data)
    {
        // The index is (byte + constant) < Slices * TableSize by construction; the fixed-length span lets the JIT see
        // it.
        var tables = Tables.AsSpan(0, Slices * TableSize);
        while (data.Length >= Slices)
        {
            var low = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt64LittleEndian(data[8..]);
            crc = Fold(tables[(8 * TableSize)..], low) ^ Fold(tables, high);
            data = data[Slices..];
        }

        foreach (var value in data)
            crc = tables[(byte)crc ^ value] ^ (crc >> 8);
        return crc;
    }

    /// <summary>The checksum of eight bytes, the first of which needs the highest of the eight tables given.</summary>
    private static ulong Fold(ReadOnlySpan<ulong> tables, ulong bytes)
    {
        tables = tables[..(8 * TableSize)];
        return tables[(7 * TableSize) + (byte)bytes]
            ^ tables[(6 * TableSize) + (byte)(bytes >> 8)]
            ^ tables[(5 * TableSize) + (byte)(bytes >> 16)]
            ^ tables[(4 * TableSize) + (byte)(bytes >> 24)]
            ^ tables[(3 * TableSize) + (byte)(bytes >> 32)]
            ^ tables[(2 * TableSize) + (byte)(bytes >> 40)]
            ^ tables[TableSize + (byte)(bytes >> 48)]
            ^ tables[(int)(bytes >> 56)];
    }

    private static ulong[] BuildTables()
    {
        var tables = new ulong[Slices * TableSize];
        for (var value = 0; value < TableSize; value++)
        {
            var crc = (ulong)value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * ReflectedPolynomial);
            tables[value] = crc;
        }

        for (var i = TableSize; i < tables.Length; i++)
        {
            var previous = tables[i - TableSize];
            tables[i] = tables[(byte)previous] ^ (previous >> 8);
        }

        return tables;
    }
}
