using System.Runtime.CompilerServices;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Writes a value as JSON, as lua-cjson does; depth and work are bounded.</summary>
internal readonly struct CjsonEncoder(LuaCall call, CjsonSettings settings)
{
    private readonly ByteBuilder _to = new();

    public byte[] Encode(in LuaValue value)
    {
        Add(value, 0);
        call.Charge(_to.Length);
        return _to.ToLuaString();
    }

    private void Add(in LuaValue value, int depth)
    {
        Budget.Tick(call.State);
        switch (value.Type)
        {
            case LuaType.String:
                AddString(LuaString.SpanOf((byte[])value.O!));
                break;
            case LuaType.Number:
                AddNumber(value.N);
                break;
            case LuaType.Boolean:
                _to.Add(value.IsTruthy ? "true"u8 : "false"u8);
                break;
            case LuaType.Nil:
                _to.Add("null"u8);
                break;
            case LuaType.Table:
                AddTable((LuaTable)value.O!, depth + 1);
                break;
            case LuaType.UserData when value.O == LuaUserdata.Null:
                _to.Add("null"u8);
                break;
            default:
                throw Fail(value, "type not supported");
        }
    }

    private LuaException Fail(in LuaValue value, string problem) =>
        call.Error($"Cannot serialise {ToText.TypeName(value)}: {problem}");

    private void AddTable(LuaTable table, int depth)
    {
        if (depth > settings.EncodeMaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw call.Error($"Cannot serialise, excessive nesting ({depth})");
        var length = ArrayLength(table);
        if (length > 0)
            AddArray(table, length, depth);
        else
            AddObject(table, depth);
    }

    // The highest index of an array; -1 if other keys are there, or so few that it is written as an object.
    private double ArrayLength(LuaTable table)
    {
        double most = 0;
        double items = 0;
        var key = LuaValue.Nil;
        while (table.Next(ref key, out _))
        {
            Budget.Tick(call.State);
            if (key.O is not null || key.N < 1 || Math.Floor(key.N) != key.N)
                return -1;
            most = Math.Max(most, key.N);
            items++;
        }
        if (settings.SparseRatio > 0 && most > items * settings.SparseRatio && most > settings.SparseSafe)
        {
            if (!settings.SparseConvert)
                throw Fail(table, "excessively sparse array");
            return -1;
        }
        return most;
    }

    private void AddArray(LuaTable table, double length, int depth)
    {
        _to.Add((byte)'[');
        for (double index = 1; index <= length; index++)
        {
            if (index > 1)
                _to.Add((byte)',');
            Add(table.FindNumber(index), depth);
        }
        _to.Add((byte)']');
    }

    private void AddObject(LuaTable table, int depth)
    {
        _to.Add((byte)'{');
        var isFirst = true;
        var key = LuaValue.Nil;
        while (table.Next(ref key, out var value))
        {
            if (!isFirst)
                _to.Add((byte)',');
            isFirst = false;
            if (key.O is null)
            {
                _to.Add((byte)'"');
                AddNumber(key.N);
                _to.Add("\":"u8);
            }
            else if (key.TryString(out var name))
            {
                AddString(LuaString.SpanOf(name));
                _to.Add((byte)':');
            }
            else
            {
                throw Fail(key, "table key must be a number or string");
            }
            Add(value, depth);
        }
        _to.Add((byte)'}');
    }

    private void AddNumber(double number)
    {
        if (!double.IsFinite(number))
        {
            switch (settings.EncodeInvalidNumbers)
            {
                case InvalidNumbers.Refuse:
                    throw Fail(number, "must not be NaN or Inf");
                case InvalidNumbers.WriteNull:
                    _to.Add("null"u8);
                    return;
                default:
                    if (double.IsNaN(number))
                    {
                        _to.Add("nan"u8);
                        return;
                    }
                    break;
            }
        }
        Span<byte> digits = stackalloc byte[NumberFormat.MaxLength];
        var length = settings.NumberPrecision == 14
            ? NumberFormat.Write(number, digits)
            : NumberFormat.General(number, settings.NumberPrecision, digits);
        _to.Add(digits[..length]);
    }

    private void AddString(ReadOnlySpan<byte> text)
    {
        call.Charge(text.Length);
        _to.Add((byte)'"');
        foreach (var value in text)
        {
            switch (value)
            {
                case (byte)'"' or (byte)'\\' or (byte)'/':
                    _to.Add((byte)'\\');
                    _to.Add(value);
                    break;
                case (byte)'\b':
                    _to.Add("\\b"u8);
                    break;
                case (byte)'\t':
                    _to.Add("\\t"u8);
                    break;
                case (byte)'\n':
                    _to.Add("\\n"u8);
                    break;
                case (byte)'\f':
                    _to.Add("\\f"u8);
                    break;
                case (byte)'\r':
                    _to.Add("\\r"u8);
                    break;
                case < 32 or 127:
                    _to.Add("\\u00"u8);
                    _to.Add("0123456789abcdef"u8[value >> 4]);
                    _to.Add("0123456789abcdef"u8[value & 15]);
                    break;
                default:
                    _to.Add(value);
                    break;
            }
        }
        _to.Add((byte)'"');
    }
}
