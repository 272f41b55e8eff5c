using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Reads MessagePack; what an announced length promises is read before it is believed.</summary>
internal struct MessagePackDecoder(LuaCall call, byte[] text, int offset)
{
    private const int MaxDepth = 2500;

    private int _at = offset + LuaString.Prefix;
    private int _depth;

    public readonly bool IsAtEnd => _at >= text.Length;

    public readonly int Offset => _at - LuaString.Prefix;

    public LuaValue Read()
    {
        Budget.Tick(call.State);
        var first = Take(1)[0];
        switch (first)
        {
            case < 0x80:
                return first;
            case < 0x90:
                return ReadMap(first & 0x0F);
            case < 0xA0:
                return ReadArray(first & 0x0F);
            case < 0xC0:
                return ReadString(first & 0x1F);
            case 0xC0:
                return LuaValue.Nil;
            case 0xC2 or 0xC3:
                return LuaValue.Boolean(first == 0xC3);
            case 0xC4 or 0xD9:
                return ReadString(Take(1)[0]);
            case 0xC5 or 0xDA:
                return ReadString(BinaryPrimitives.ReadUInt16BigEndian(Take(2)));
            case 0xC6 or 0xDB:
                return ReadString(BinaryPrimitives.ReadUInt32BigEndian(Take(4)));
            case 0xDC:
                return ReadArray(BinaryPrimitives.ReadUInt16BigEndian(Take(2)));
            case 0xDD:
                return ReadArray(BinaryPrimitives.ReadUInt32BigEndian(Take(4)));
            case 0xDE:
                return ReadMap(BinaryPrimitives.ReadUInt16BigEndian(Take(2)));
            case 0xDF:
                return ReadMap(BinaryPrimitives.ReadUInt32BigEndian(Take(4)));
            case >= 0xE0:
                return (sbyte)first;
            default:
                return ReadNumber(first);
        }
    }

    private LuaValue ReadNumber(byte first) => first switch
    {
        0xCA => BinaryPrimitives.ReadSingleBigEndian(Take(4)),
        0xCB => BinaryPrimitives.ReadDoubleBigEndian(Take(8)),
        0xCC => Take(1)[0],
        0xCD => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        0xCE => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        0xCF => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
        0xD0 => (sbyte)Take(1)[0],
        0xD1 => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
        0xD2 => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
        0xD3 => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
        _ => throw call.Error("Bad data format in input."),
    };

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > text.Length - _at)
            throw call.Error("Missing bytes in input.");
        var taken = text.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private LuaValue ReadString(long length)
    {
        var bytes = Take(length);
        call.Charge(length);
        return LuaValue.String(bytes);
    }

    private LuaTable ReadArray(long length)
    {
        Descend("array");
        var table = new LuaTable();
        for (long index = 1; index <= length; index++)
            table.SetInteger((int)index, Read());
        _depth--;
        return table;
    }

    private LuaTable ReadMap(long length)
    {
        Descend("hash");
        var table = new LuaTable();
        for (long index = 0; index < length; index++)
        {
            var key = Read();
            var value = Read();
            if (key.IsNil)
                throw new LuaException(LuaValue.String("table index is nil"u8));
            if (key.O is null && double.IsNaN(key.N))
                throw new LuaException(LuaValue.String("table index is NaN"u8));
            table.Set(key, value);
        }
        _depth--;
        return table;
    }

    private void Descend(string kind)
    {
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw call.Error($"stack overflow (in function mp_decode_to_lua_{kind})");
    }
}
