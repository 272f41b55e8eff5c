using System.Buffers;
using System.Text;

namespace RedisLite.Configuration;

/// <summary>Text and bytes without loss: a client's value may hold any bytes, a file is UTF-8 text.</summary>
/// <remarks>
/// Bytes travel as strings of one char a byte (Latin-1). In text, bytes that are no UTF-8 become single low surrogates
/// (0xFF is U+DCFF), which no valid text holds, so that they come out again as they went in.
/// </remarks>
internal static class ByteText
{
    private const char Escape = '\uDC00';

    /// <summary>The UTF-8 bytes of a text, one char a byte.</summary>
    public static string Bytes(string text)
    {
        var bytes = new byte[text.Length * 3];
        var count = 0;
        for (var i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out var rune))
            {
                count += rune.EncodeToUtf8(bytes.AsSpan(count));
                i += rune.Utf16SequenceLength;
            }
            else
            {
                bytes[count++] = (byte)text[i++];
            }
        }

        return Encoding.Latin1.GetString(bytes, 0, count);
    }

    /// <summary>The reverse of <see cref="Bytes"/>.</summary>
    public static string Text(string bytes) => Text(Encoding.Latin1.GetBytes(bytes));

    /// <summary>The text of a file; a byte order mark is left out.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out var rune, out var length) == OperationStatus.Done)
            {
                text.Append(rune);
                bytes = bytes[length..];
            }
            else
            {
                text.Append((char)(Escape + bytes[0]));
                bytes = bytes[1..];
            }
        }

        return text.ToString();
    }

    /// <summary>Reads a whole file.</summary>
    public static string ReadFile(string path) => Text(File.ReadAllBytes(path));

    /// <summary>What a file with this text holds.</summary>
    public static byte[] Encode(string text) => Encoding.Latin1.GetBytes(Bytes(text));
}
