using System.Globalization;
using System.Text;

namespace RedisLite.Cluster.Tests.Processes.Load;

/// <summary>The slot of a key, worked out apart from the code under test.</summary>
internal static class KeySlot
{
    private const int Slots = 16_384;

    /// <summary>CRC-16/XMODEM of what stands between the first braces, if there is anything, else of the key.</summary>
    public static int Of(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        var close = open < 0 ? -1 : key.IndexOf('}', open);
        var hashed = close > open + 1 ? key[(open + 1)..close] : key;
        var crc = 0;
        foreach (var b in Encoding.UTF8.GetBytes(hashed))
        {
            crc ^= b << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? ((crc << 1) ^ 0x1021) & 0xFFFF : (crc << 1) & 0xFFFF;
        }

        return crc % Slots;
    }

    /// <summary>Keys with a common beginning, spread evenly over the slots: one in each part.</summary>
    public static IReadOnlyList<string> Spread(string prefix, int count)
    {
        var keys = new string?[count];
        for (var i = 0; keys.Contains(null); i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}");
            keys[Of(key) * count / Slots] ??= key;
        }

        return keys!;
    }
}
