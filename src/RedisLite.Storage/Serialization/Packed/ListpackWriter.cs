using System.Buffers;
using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization.Packed;

/// <summary>
/// Builds a listpack, byte for byte as Redis does; see <see cref="ListpackReader"/> for how it looks.
/// </summary>
/// <remarks>Used again and again by way of <see cref="Clear"/>. One thread at a time.</remarks>
internal sealed class ListpackWriter : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1024);
    private int _length = ListpackReader.HeaderSize;

    /// <summary>How many elements there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the whole listpack.</summary>
    public int Size => _length + 1;

    /// <summary>Bytes of the elements alone.</summary>
    public int ElementsSize => _length - ListpackReader.HeaderSize;

    public void Clear()
    {
        _length = ListpackReader.HeaderSize;
        Count = 0;
    }

    /// <summary>Bytes that an element takes, its length behind it included.</summary>
    public static int SizeOf(ReadOnlySpan<byte> element)
    {
        var size = IntegerText.TryParse(element, out var integer)
            ? SizeOf(integer)
            : element.Length + element.Length switch
            {
                < 64 => 1,
                < 4096 => 2,
                _ => 5,
            };
        return size + ListpackReader.BackLengthSize(size);
    }

    /// <summary>Adds an element: as an integer if it is the text of one.</summary>
    public void Add(ReadOnlySpan<byte> element)
    {
        if (IntegerText.TryParse(element, out var integer))
        {
            Add(integer);
            return;
        }

        var to = Reserve(element.Length + 5 + 5);
        var header = 1;
        switch (element.Length)
        {
            case < 64:
                to[0] = (byte)(0x80 | element.Length);
                break;
            case < 4096:
                BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(0xe000 | element.Length));
                header = 2;
                break;
            default:
                to[0] = 0xf0;
                BinaryPrimitives.WriteUInt32LittleEndian(to[1..], (uint)element.Length);
                header = 5;
                break;
        }

        element.CopyTo(to[header..]);
        Finish(to, header + element.Length);
    }

    public void Add(long integer)
    {
        var to = Reserve(9 + 1);
        var size = SizeOf(integer);
        switch (size)
        {
            case 1:
                to[0] = (byte)integer;
                break;
            case 2:
                BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(0xc000 | (integer & 0x1fff)));
                break;
            case 3:
                to[0] = 0xf1;
                BinaryPrimitives.WriteInt16LittleEndian(to[1..], (short)integer);
                break;
            case 4:
                BinaryPrimitives.WriteInt32LittleEndian(to, (int)integer << 8);
                to[0] = 0xf2;
                break;
            case 5:
                to[0] = 0xf3;
                BinaryPrimitives.WriteInt32LittleEndian(to[1..], (int)integer);
                break;
            default:
                to[0] = 0xf4;
                BinaryPrimitives.WriteInt64LittleEndian(to[1..], integer);
                break;
        }

        Finish(to, size);
    }

    /// <summary>Adds the elements of another listpack.</summary>
    public void AddAll(ListpackWriter other)
    {
        other._buffer.AsSpan(ListpackReader.HeaderSize, other.ElementsSize).CopyTo(Reserve(other.ElementsSize));
        _length += other.ElementsSize;
        Count += other.Count;
    }

    /// <summary>The listpack of all that was added; valid until the next change.</summary>
    public ReadOnlySpan<byte> Complete()
    {
        Reserve(1)[0] = ListpackReader.End;
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer, (uint)Size);
        BinaryPrimitives.WriteUInt16LittleEndian(
            _buffer.AsSpan(sizeof(uint)), (ushort)Math.Min(Count, ListpackReader.UncountedElements));
        return _buffer.AsSpan(0, Size);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private static int SizeOf(long integer) => integer switch
    {
        >= 0 and <= 127 => 1,
        >= -4096 and <= 4095 => 2,
        >= short.MinValue and <= short.MaxValue => 3,
        >= -(1 << 23) and < 1 << 23 => 4,
        >= int.MinValue and <= int.MaxValue => 5,
        _ => 9,
    };

    /// <summary>Writes the length behind an element of that size: groups of seven bits, the highest first.</summary>
    private void Finish(Span<byte> element, int size)
    {
        var groups = ListpackReader.BackLengthSize(size);
        for (var i = 0; i < groups; i++)
        {
            var group = (byte)((size >> (7 * (groups - 1 - i))) & 0x7f);
            element[size + i] = i == 0 ? group : (byte)(group | 0x80);
        }

        _length += size + groups;
        Count++;
    }

    private Span<byte> Reserve(int count)
    {
        var needed = checked(_length + count);
        if (needed > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(
                (int)Math.Min(Array.MaxLength, Math.Max(needed, _buffer.Length * 2L)));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(_length, count);
    }
}
