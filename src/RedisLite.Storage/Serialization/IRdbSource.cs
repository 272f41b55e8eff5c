using System.Buffers;
using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization;

/// <summary>
/// Where a serialized value comes from: a file that is read through a buffer, or a payload that lies in memory.
/// </summary>
/// <remarks>
/// What is read is not trusted: a length that the source cannot have is refused before anything is allocated for it.
/// Each method takes a name of what is expected, for the message of the exception that it throws where that is not
/// there.
/// </remarks>
public interface IRdbSource
{
    byte ReadByte(string what);

    /// <summary>Eight bytes, little-endian.</summary>
    ulong ReadUInt64(string what);

    /// <summary>A length that must not be the mark of an encoded string.</summary>
    ulong ReadLength(string what);

    /// <summary>A string in any encoding; the view is valid until the next read.</summary>
    RdbString ReadString(string what);

    /// <summary>So many bytes as they are; the view is valid until the next read.</summary>
    ReadOnlySpan<byte> ReadBytes(int count, string what);
}

/// <summary>A serialized value in memory, as RESTORE gets it.</summary>
/// <param name="bytes">The value behind its type byte.</param>
public ref struct RdbSpanSource(ReadOnlySpan<byte> bytes) : IRdbSource
{
    private ReadOnlySpan<byte> _unread = bytes;

    /// <summary>How many bytes have not been read.</summary>
    public readonly int Unread => _unread.Length;

    /// <inheritdoc/>
    public byte ReadByte(string what) => ReadBytes(1, what)[0];

    /// <inheritdoc/>
    public ulong ReadUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(sizeof(ulong), what));

    /// <inheritdoc/>
    public ulong ReadLength(string what)
    {
        if (RdbEncoding.ReadLength(_unread, out var length) != OperationStatus.Done || length.IsEncoding)
            throw Missing(what);
        _unread = _unread[length.Size..];
        return length.Value;
    }

    /// <inheritdoc/>
    public RdbString ReadString(string what)
    {
        if (!RdbEncoding.TryReadString(_unread, out var value, out var size))
            throw Missing(what);
        _unread = _unread[size..];
        return value;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> ReadBytes(int count, string what)
    {
        if (count > _unread.Length)
            throw Missing(what);
        var taken = _unread[..count];
        _unread = _unread[count..];
        return taken;
    }

    private static MalformedValueException Missing(string what) => new($"{what} was expected");
}
