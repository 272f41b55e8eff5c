using System.Buffers.Text;

namespace RedisLite.Log;

/// <summary>The command that tells a reader of the log which database what follows applies to.</summary>
internal static class SelectCommand
{
    /// <summary>Bytes that are enough for any database.</summary>
    public const int MaxLength = 48;

    /// <summary>Encodes it.</summary>
    /// <param name="database">Not negative.</param>
    /// <param name="buffer">At least <see cref="MaxLength"/> bytes.</param>
    /// <returns>The filled part of the buffer.</returns>
    public static ReadOnlySpan<byte> Encode(int database, Span<byte> buffer)
    {
        Span<byte> digits = stackalloc byte[10];
        Utf8Formatter.TryFormat(database, digits, out var digitCount);
        var head = "*2\r\n$6\r\nSELECT\r\n$"u8;
        head.CopyTo(buffer);
        var at = head.Length;
        Utf8Formatter.TryFormat(digitCount, buffer[at..], out var written);
        at += written;
        "\r\n"u8.CopyTo(buffer[at..]);
        at += 2;
        digits[..digitCount].CopyTo(buffer[at..]);
        at += digitCount;
        "\r\n"u8.CopyTo(buffer[at..]);
        return buffer[..(at + 2)];
    }
}
