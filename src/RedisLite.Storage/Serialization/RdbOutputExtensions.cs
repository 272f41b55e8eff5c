using System.Buffers.Binary;

namespace RedisLite.Storage.Serialization;

/// <summary>The parts that serialized values are made of.</summary>
internal static class RdbOutputExtensions
{
    public static void PutLength(this IRdbOutput output, ulong length) =>
        output.Advance(RdbEncoding.WriteLength(output.GetSpan(RdbEncoding.MaxLengthSize), length));

    public static void PutString(this IRdbOutput output, ReadOnlySpan<byte> value, bool compress)
    {
        var room = output.GetSpan(RdbEncoding.MaxStringSize(value.Length));
        output.Advance(RdbEncoding.WriteString(room, value, compress));
    }

    public static void PutUInt64(this IRdbOutput output, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(output.GetSpan(sizeof(ulong)), value);
        output.Advance(sizeof(ulong));
    }
}
