namespace RedisLite.Storage;

/// <summary>Numbers in seven bits a byte, the low ones first; the high bit says that more follow.</summary>
internal static class VarInt
{
    public const int MaxSize = 10;

    public static int SizeOf(ulong value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7)
            size++;
        return size;
    }

    /// <returns>Number of bytes written.</returns>
    public static int Write(Span<byte> target, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
            target[at++] = (byte)(value | 0x80);
        target[at++] = (byte)value;
        return at;
    }

    /// <summary>Reads a number and moves behind it.</summary>
    public static ulong Read(scoped ref ReadOnlySpan<byte> source)
    {
        ulong value = source[0];
        if (value < 0x80)
        {
            source = source[1..];
            return value;
        }
        value &= 0x7F;
        var at = 1;
        for (var shift = 7; ; shift += 7)
        {
            var next = source[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                break;
        }
        source = source[at..];
        return value;
    }

    /// <summary>Reads bytes behind their length and moves behind them.</summary>
    public static ReadOnlySpan<byte> ReadBytes(scoped ref ReadOnlySpan<byte> source)
    {
        var length = (int)Read(ref source);
        var bytes = source[..length];
        source = source[length..];
        return bytes;
    }

    /// <summary>Writes bytes behind their length.</summary>
    /// <returns>Number of bytes written.</returns>
    public static int WriteBytes(Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        var at = Write(target, (ulong)bytes.Length);
        bytes.CopyTo(target[at..]);
        return at + bytes.Length;
    }
}
