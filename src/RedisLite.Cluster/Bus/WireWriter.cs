using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>Writes the fields of a bus message: numbers by 7 bits a byte, texts and lists after their length.</summary>
internal sealed class WireWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Number(long value)
    {
        // Zigzag, so that small negative numbers are short as well.
        var rest = (ulong)((value << 1) ^ (value >> 63));
        var span = _buffer.GetSpan(10);
        var count = 0;
        while (rest >= 0x80)
        {
            span[count++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        span[count++] = (byte)rest;
        _buffer.Advance(count);
    }

    public void Fixed(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    public void Flag(bool value) => Number(value ? 1 : 0);

    public void Text(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Number(length);
        Encoding.UTF8.GetBytes(text, _buffer.GetSpan(Math.Max(1, length)));
        _buffer.Advance(length);
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length);
        _buffer.Write(bytes);
    }

    public void Id(NodeId id) => Text(id.IsNone ? "" : id.ToString());

    public void Ballot(Ballot ballot)
    {
        Number(ballot.Round);
        Id(ballot.Node);
    }

    public void Map(SlotMap map) => Text(MapText.Write(map));

    public void Node(ClusterNode node)
    {
        Id(node.Id);
        Text(node.Ip);
        Number(node.Port);
        Number(node.BusPort);
        Text(node.Hostname);
        Id(node.Primary);
        Number(node.ConfigEpoch);
    }

    public void Ranges(ImmutableArray<SlotRange> ranges)
    {
        Number(ranges.Length);
        foreach (var range in ranges)
        {
            Number(range.First);
            Number(range.Last);
        }
    }

    public void Ids(ImmutableArray<NodeId> ids)
    {
        Number(ids.Length);
        foreach (var id in ids)
            Id(id);
    }
}
