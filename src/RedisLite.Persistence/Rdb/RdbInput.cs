using System.Buffers;
using System.Buffers.Binary;
using RedisLite.Persistence.Files;
using RedisLite.Storage.Serialization;

namespace RedisLite.Persistence.Rdb;

/// <summary>Reads the parts that RDB files are made of; what is wrong becomes an exception with its offset.</summary>
/// <remarks>A thin layer over <see cref="BufferedInput"/>, which it does not own.</remarks>
internal sealed class RdbInput(BufferedInput input) : IRdbSource
{
    /// <summary>Offset of the next unread byte.</summary>
    public long Offset => input.Offset;

    /// <summary>Checksum of all that was read.</summary>
    public ulong Checksum => input.Checksum;

    public byte ReadByte(string what)
    {
        var value = Peek(1, what)[0];
        input.Consume(1);
        return value;
    }

    public uint ReadUInt32(string what)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(Peek(sizeof(uint), what));
        input.Consume(sizeof(uint));
        return value;
    }

    public ulong ReadUInt64(string what)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Peek(sizeof(ulong), what));
        input.Consume(sizeof(ulong));
        return value;
    }

    /// <summary>Reads a length that must not be the mark of an encoded string.</summary>
    public ulong ReadLength(string what)
    {
        var at = Offset;
        var length = ReadLengthOrEncoding(what);
        if (length.IsEncoding)
            throw new DamagedFileException(at, $"expected {what}, found string encoding {length.Value}");
        return length.Value;
    }

    /// <summary>Reads a string; the view is valid until the next read.</summary>
    public RdbString ReadString(string what)
    {
        var at = Offset;
        var length = ReadLengthOrEncoding(what);
        if (!length.IsEncoding)
            return RdbString.FromRaw(Take(length.Value, at, what));

        if (length.Value == RdbEncoding.LzfBlock)
        {
            var blockLength = ReadLength(what);
            var rawLength = ReadLength(what);
            var block = Take(blockLength, at, what);
            return RdbString.TryCreateCompressed(block, rawLength, out var value)
                ? value
                : throw new DamagedFileException(
                    at, $"{what} is a block of {blockLength} bytes, which cannot hold {rawLength}");
        }

        var width = RdbEncoding.IntegerSize(length.Value);
        return width > 0
            ? RdbString.FromInteger(Take((ulong)width, at, what))
            : throw new DamagedFileException(at, $"expected {what}, found unknown string encoding {length.Value}");
    }

    /// <summary>So many bytes as they are; the view is valid until the next read.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count, string what) =>
        input.TryFill(count) ? Take((ulong)count, Offset, what) : throw TooShort(Offset, what);

    /// <summary>Moves past a string without looking into it.</summary>
    public void SkipString(string what)
    {
        var at = Offset;
        var length = ReadLengthOrEncoding(what);
        if (!length.IsEncoding)
        {
            Skip(length.Value, what);
            return;
        }

        if (length.Value == RdbEncoding.LzfBlock)
        {
            var blockLength = ReadLength(what);
            ReadLength(what);
            Skip(blockLength, what);
            return;
        }

        var width = RdbEncoding.IntegerSize(length.Value);
        if (width == 0)
            throw new DamagedFileException(at, $"expected {what}, found unknown string encoding {length.Value}");
        Skip((ulong)width, what);
    }

    public void Skip(ulong count, string what)
    {
        var at = Offset;
        if (count > long.MaxValue || !input.TrySkip((long)count))
            throw TooShort(at, what);
    }

    private RdbLength ReadLengthOrEncoding(string what)
    {
        var at = Offset;
        input.TryFill(RdbEncoding.MaxLengthSize); // at the end of the file there may be fewer, and that is enough
        switch (RdbEncoding.ReadLength(input.Unread, out var length))
        {
            case OperationStatus.Done:
                input.Consume(length.Size);
                return length;
            case OperationStatus.NeedMoreData:
                throw TooShort(at, what);
            default:
                throw new DamagedFileException(
                    at, $"expected {what}, found byte 0x{input.Unread[0]:x2}, which starts no length");
        }
    }

    /// <summary>Takes bytes that were announced by what stands at <paramref name="at"/>.</summary>
    private ReadOnlySpan<byte> Take(ulong count, long at, string what)
    {
        if (count > (ulong)Array.MaxLength)
            throw new DamagedFileException(at, $"{what} has a length of {count} bytes, more than any can have");
        if (!input.TryFill((long)count))
            throw new DamagedFileException(at, $"{what} has a length of {count} bytes, more than the file has", true);
        var taken = input.Unread[..(int)count];
        input.Consume((int)count);
        return taken;
    }

    private ReadOnlySpan<byte> Peek(int count, string what) =>
        input.TryFill(count) ? input.Unread : throw TooShort(Offset, what);

    private static DamagedFileException TooShort(long at, string what) =>
        new(at, $"the file ends where {what} was expected", endsTooEarly: true);
}
