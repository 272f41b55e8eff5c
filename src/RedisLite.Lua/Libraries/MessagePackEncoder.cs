using System.Buffers.Binary;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Writes values as MessagePack, each in its shortest form; tables nested too deep become nil.</summary>
internal readonly struct MessagePackEncoder(LuaCall call)
{
    private const int MaxNesting = 16;

    private readonly ByteBuilder _to = new();

    public byte[] ToLuaString()
    {
        call.Charge(_to.Length);
        return _to.ToLuaString();
    }

    public void Add(in LuaValue value, int level)
    {
        Budget.Tick(call.State);
        switch (value.Type)
        {
            case LuaType.String:
                AddString(LuaString.SpanOf((byte[])value.O!));
                break;
            case LuaType.Boolean:
                _to.Add((byte)(value.IsTruthy ? 0xC3 : 0xC2));
                break;
            case LuaType.Number:
                AddNumber(value.N);
                break;
            case LuaType.Table when level < MaxNesting:
                AddTable((LuaTable)value.O!, level);
                break;
            default:
                _to.Add(0xC0);
                break;
        }
    }

    private void AddTable(LuaTable table, int level)
    {
        var isArray = true;
        double most = 0;
        long count = 0;
        var key = LuaValue.Nil;
        while (table.Next(ref key, out _))
        {
            Budget.Tick(call.State);
            count++;
            isArray &= key.O is null && key.N >= 1 && Math.Floor(key.N) == key.N;
            most = key.O is null ? Math.Max(most, key.N) : most;
        }
        if (isArray && most == count)
        {
            AddHeader(count, 0x90, 16, 0, 0xDC, 0xDD);
            for (var index = 1; index <= count; index++)
                Add(table.FindInteger(index), level + 1);
            return;
        }
        AddHeader(count, 0x80, 16, 0, 0xDE, 0xDF);
        key = LuaValue.Nil;
        while (table.Next(ref key, out var value))
        {
            Add(key, level + 1);
            Add(value, level + 1);
        }
    }

    private void AddString(ReadOnlySpan<byte> text)
    {
        call.Charge(text.Length);
        AddHeader(text.Length, 0xA0, 32, 0xD9, 0xDA, 0xDB);
        _to.Add(text);
    }

    // A length in its shortest form: within the first byte, or behind it in 1 (if there is such a form), 2 or 4 bytes.
    private void AddHeader(long length, int small, int smallLimit, byte one, byte two, byte four)
    {
        if (length < smallLimit)
        {
            _to.Add((byte)(small | (int)length));
        }
        else if (length <= byte.MaxValue && one != 0)
        {
            _to.Add(one);
            _to.Add((byte)length);
        }
        else if (length <= ushort.MaxValue)
        {
            _to.Add(two);
            BinaryPrimitives.WriteUInt16BigEndian(_to.Extend(2), (ushort)length);
        }
        else
        {
            _to.Add(four);
            BinaryPrimitives.WriteUInt32BigEndian(_to.Extend(4), (uint)length);
        }
    }

    private void AddNumber(double number)
    {
        if (number is >= -9.2233720368547758E18 and < 9.2233720368547758E18 && Math.Truncate(number) == number)
        {
            if (number >= 0)
                AddPositive((ulong)number);
            else
                AddNegative((long)number);
        }
        else if ((float)number == number)
        {
            _to.Add(0xCA);
            BinaryPrimitives.WriteSingleBigEndian(_to.Extend(4), (float)number);
        }
        else
        {
            _to.Add(0xCB);
            BinaryPrimitives.WriteDoubleBigEndian(_to.Extend(8), number);
        }
    }

    private void AddPositive(ulong number)
    {
        if (number < 128)
        {
            _to.Add((byte)number);
        }
        else if (number <= uint.MaxValue)
        {
            AddHeader((long)number, 0, 0, 0xCC, 0xCD, 0xCE);
        }
        else
        {
            _to.Add(0xCF);
            BinaryPrimitives.WriteUInt64BigEndian(_to.Extend(8), number);
        }
    }

    private void AddNegative(long number)
    {
        switch (number)
        {
            case >= -32:
                _to.Add((byte)number);
                break;
            case >= sbyte.MinValue:
                _to.Add(0xD0);
                _to.Add((byte)number);
                break;
            case >= short.MinValue:
                _to.Add(0xD1);
                BinaryPrimitives.WriteInt16BigEndian(_to.Extend(2), (short)number);
                break;
            case >= int.MinValue:
                _to.Add(0xD2);
                BinaryPrimitives.WriteInt32BigEndian(_to.Extend(4), (int)number);
                break;
            default:
                _to.Add(0xD3);
                BinaryPrimitives.WriteInt64BigEndian(_to.Extend(8), number);
                break;
        }
    }
}
