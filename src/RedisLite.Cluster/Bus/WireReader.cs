using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using RedisLite.Cluster.Deciding;
using RedisLite.Cluster.Map;

namespace RedisLite.Cluster.Bus;

/// <summary>Reads what <see cref="WireWriter"/> writes, and trusts nothing of it.</summary>
/// <remarks>Every length is held against what is there before anything is allocated for it. What is not right throws
/// <see cref="FormatException"/>.</remarks>
internal ref struct WireReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    public long Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (_rest.IsEmpty)
                throw new FormatException("a message is cut short");
            var next = _rest[0];
            _rest = _rest[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return (long)(value >> 1) ^ -(long)(value & 1);
        }

        throw new FormatException("a number has no end");
    }

    public int Number(int least, int most)
    {
        var number = Number();
        return number >= least && number <= most ? (int)number
            : throw new FormatException($"{number} is not from {least} to {most}");
    }

    public ulong Fixed()
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
        return value;
    }

    public bool Flag() => Number(0, 1) == 1;

    public ReadOnlySpan<byte> Bytes() => Take(Number(0, _rest.Length));

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public NodeId Id()
    {
        var text = Text();
        return text.Length == 0 ? default : NodeId.TryParse(text, out var id) ? id
            : throw new FormatException("not the name of a node");
    }

    public Ballot Ballot() => new(Number(), Id());

    public SlotMap Map() => MapText.Read(Text());

    public ClusterNode Node()
    {
        var id = Id();
        if (id.IsNone)
            throw new FormatException("a node has no name");
        return new ClusterNode(id, Address(), Number(0, ushort.MaxValue), Number(0, ushort.MaxValue))
        {
            Hostname = Address(),
            Primary = Id(),
            ConfigEpoch = Number(),
        };
    }

    /// <summary>A text that fits into a line of the node's file.</summary>
    public string Address()
    {
        var text = Text();
        return text.Length <= 255 && !text.AsSpan().ContainsAnyExceptInRange('!', '~') ? text
            : throw new FormatException("not an address");
    }

    public ImmutableArray<SlotRange> Ranges()
    {
        var ranges = ImmutableArray.CreateBuilder<SlotRange>();
        for (var left = Number(0, SlotMap.SlotCount); left > 0; left--)
        {
            var first = Number(0, SlotMap.SlotCount - 1);
            ranges.Add(new SlotRange(first, Number(first, SlotMap.SlotCount - 1)));
        }

        return ranges.ToImmutable();
    }

    public ImmutableArray<NodeId> Ids()
    {
        var ids = ImmutableArray.CreateBuilder<NodeId>();
        for (var left = Number(0, _rest.Length); left > 0; left--)
            ids.Add(Id());
        return ids.ToImmutable();
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new FormatException("a message is longer than its kind");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw new FormatException("a message is cut short");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
