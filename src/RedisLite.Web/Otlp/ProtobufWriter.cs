using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RedisLite.Web.Otlp;

/// <summary>Writes fields of Protocol Buffers: the few kinds that OTLP's metrics have.</summary>
/// <remarks>
/// A field is its number and kind, and then its value. The length of a message stands before it, so a message is
/// written apart and then put in.
/// </remarks>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What has been written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public ProtobufWriter String(int field, string text)
    {
        if (text.Length == 0)
            return this;
        Begin(field, Bytes);
        Length(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _bytes);
        return this;
    }

    public ProtobufWriter Message(int field, ProtobufWriter message)
    {
        Begin(field, Bytes);
        Length(message._bytes.WrittenCount);
        _bytes.Write(message._bytes.WrittenSpan);
        return this;
    }

    /// <summary>Fields that were written elsewhere.</summary>
    public ProtobufWriter Raw(ProtobufWriter fields)
    {
        _bytes.Write(fields._bytes.WrittenSpan);
        return this;
    }

    public ProtobufWriter Number(int field, uint value)
    {
        Begin(field, Varint);
        Length((int)value);
        return this;
    }

    public ProtobufWriter Fixed(int field, ulong value)
    {
        Begin(field, Fixed64);
        Word(value);
        return this;
    }

    public ProtobufWriter Double(int field, double value) => Fixed(field, BitConverter.DoubleToUInt64Bits(value));

    /// <summary>Several numbers of eight bytes as one field.</summary>
    public ProtobufWriter Packed(int field, ReadOnlySpan<ulong> values)
    {
        Begin(field, Bytes);
        Length(values.Length * sizeof(ulong));
        foreach (var value in values)
            Word(value);
        return this;
    }

    private void Begin(int field, int kind) => Length((field << 3) | kind);

    private void Length(int value)
    {
        var rest = (uint)value;
        var span = _bytes.GetSpan(5);
        var count = 0;
        for (; rest >= 0x80; rest >>= 7)
            span[count++] = (byte)(rest | 0x80);
        span[count++] = (byte)rest;
        _bytes.Advance(count);
    }

    private void Word(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(sizeof(ulong)), value);
        _bytes.Advance(sizeof(ulong));
    }
}
