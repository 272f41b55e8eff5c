using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RedisLite.Commands.Scripting;

/// <summary>The SHA-1 of a script's text, by which EVALSHA names it.</summary>
internal readonly record struct ScriptDigest(ulong High, ulong Middle, uint Low)
{
    /// <summary>In hexadecimal digits.</summary>
    public const int TextLength = 2 * Size;

    private const int Size = 20;

    public static ScriptDigest Of(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[Size];
#pragma warning disable CA5350 // A name that clients compute as well; not for security.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Read(hash);
    }

    /// <summary>Reads forty hexadecimal digits in either case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ScriptDigest digest)
    {
        digest = default;
        if (text.Length != TextLength)
            return false;
        Span<byte> hash = stackalloc byte[Size];
        for (var i = 0; i < Size; i++)
        {
            var value = (DigitOf(text[2 * i]) << 4) | DigitOf(text[(2 * i) + 1]);
            if (value < 0)
                return false;
            hash[i] = (byte)value;
        }

        digest = Read(hash);
        return true;
    }

    /// <summary>In lower-case digits.</summary>
    public byte[] ToText()
    {
        Span<byte> hash = stackalloc byte[Size];
        BinaryPrimitives.WriteUInt64BigEndian(hash, High);
        BinaryPrimitives.WriteUInt64BigEndian(hash[8..], Middle);
        BinaryPrimitives.WriteUInt32BigEndian(hash[16..], Low);
        var text = new byte[TextLength];
        for (var i = 0; i < Size; i++)
        {
            text[2 * i] = "0123456789abcdef"u8[hash[i] >> 4];
            text[(2 * i) + 1] = "0123456789abcdef"u8[hash[i] & 15];
        }

        return text;
    }

    private static ScriptDigest Read(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash),
        BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(hash[16..]));

    // Below zero for what is no digit; stays so when shifted.
    private static int DigitOf(byte text) => text switch
    {
        >= (byte)'0' and <= (byte)'9' => text - '0',
        >= (byte)'a' and <= (byte)'f' => text - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => text - 'A' + 10,
        _ => -1,
    };
}
