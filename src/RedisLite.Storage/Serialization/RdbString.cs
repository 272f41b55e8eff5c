using System.Buffers.Binary;
using System.Buffers.Text;

namespace RedisLite.Storage.Serialization;

/// <summary>A string found in RDB data, still in the form it was stored in.</summary>
/// <remarks>A view: valid as long as the bytes it was read from. Its length is known, and plausible, before anything is
/// allocated for it.</remarks>
public readonly ref struct RdbString
{
    private readonly ReadOnlySpan<byte> _stored;
    private readonly Form _form;

    private RdbString(ReadOnlySpan<byte> stored, int length, Form form)
    {
        _stored = stored;
        Length = length;
        _form = form;
    }

    private enum Form : byte
    {
        Raw,
        Integer,
        Compressed,
    }

    /// <summary>The length in bytes of the string itself.</summary>
    public int Length { get; }

    /// <summary>Gives the string's bytes without a copy, if it is stored as it is.</summary>
    public bool TryGetRaw(out ReadOnlySpan<byte> value)
    {
        value = _form == Form.Raw ? _stored : default;
        return _form == Form.Raw;
    }

    /// <summary>Restores the string.</summary>
    /// <param name="destination">At least <see cref="Length"/> bytes; unspecified content after a failure.</param>
    /// <returns>False when a compressed string is damaged.</returns>
    public bool TryCopyTo(Span<byte> destination)
    {
        switch (_form)
        {
            case Form.Raw:
                _stored.CopyTo(destination);
                return true;
            case Form.Integer:
                return Utf8Formatter.TryFormat(ReadInteger(_stored), destination, out _);
            default:
                return Lzf.TryDecompress(_stored, destination[..Length]);
        }
    }

    /// <summary>A string stored as it is.</summary>
    public static RdbString FromRaw(ReadOnlySpan<byte> stored) => new(stored, stored.Length, Form.Raw);

    /// <summary>A string stored as a little-endian integer of one, two or four bytes.</summary>
    public static RdbString FromInteger(ReadOnlySpan<byte> stored)
    {
        Span<byte> text = stackalloc byte[RdbEncoding.MaxIntegerTextLength];
        Utf8Formatter.TryFormat(ReadInteger(stored), text, out var length);
        return new RdbString(stored, length, Form.Integer);
    }

    /// <summary>A string stored as an LZF block. False when the block cannot possibly hold that many bytes.</summary>
    public static bool TryCreateCompressed(ReadOnlySpan<byte> stored, ulong rawLength, out RdbString value)
    {
        value = default;
        if (rawLength > (ulong)Array.MaxLength || !Lzf.CanHold(stored.Length, (long)rawLength))
            return false;
        value = new RdbString(stored, (int)rawLength, Form.Compressed);
        return true;
    }

    private static int ReadInteger(ReadOnlySpan<byte> stored) => stored.Length switch
    {
        1 => (sbyte)stored[0],
        2 => BinaryPrimitives.ReadInt16LittleEndian(stored),
        _ => BinaryPrimitives.ReadInt32LittleEndian(stored),
    };
}
