using System.Buffers.Binary;
using System.Text;

namespace RedisLite.EndToEnd.Tests.Web;

/// <summary>A message of Protocol Buffers, read without its declaration: what stands at each number.</summary>
internal sealed class ProtobufFields
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

    public ProtobufFields(ReadOnlySpan<byte> message)
    {
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var (field, kind) = ((int)(tag >> 3), (int)(tag & 7));
            switch (kind)
            {
                case 0:
                    _fields.Add((field, Varint(ref message), []));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(message), []));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    _fields.Add((field, 0, message[..length].ToArray()));
                    message = message[length..];
                    break;
                default:
                    throw new InvalidDataException($"kind {kind}");
            }
        }
    }

    public IEnumerable<ProtobufFields> Messages(int field) =>
        _fields.Where(one => one.Field == field).Select(one => new ProtobufFields(one.Bytes));

    public bool Has(int field) => _fields.Exists(one => one.Field == field);

    public ProtobufFields Message(int field) => Messages(field).Single();

    public string Text(int field) => Encoding.UTF8.GetString(_fields.Single(one => one.Field == field).Bytes);

    public ulong Number(int field) => _fields.Single(one => one.Field == field).Number;

    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    /// <summary>Numbers of eight bytes that stand together.</summary>
    public ulong[] Packed(int field)
    {
        var bytes = _fields.Single(one => one.Field == field).Bytes;
        return [.. bytes.Chunk(8).Select(word => BinaryPrimitives.ReadUInt64LittleEndian(word))];
    }

    /// <summary>Pairs of a name and a text, as OTLP has them.</summary>
    public Dictionary<string, string> Attributes(int field) =>
        Messages(field).ToDictionary(pair => pair.Text(1), pair => pair.Message(2).Text(1));

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[0];
            message = message[1..];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return value;
        }
    }
}
