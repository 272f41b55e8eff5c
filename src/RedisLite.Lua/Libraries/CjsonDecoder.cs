using System.Runtime.CompilerServices;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>Reads JSON as lua-cjson does, with its leniency and its messages; depth and work are bounded.</summary>
internal sealed class CjsonDecoder(LuaCall call, byte[] text, CjsonSettings settings)
{
    private readonly byte[] _text = text;
    private readonly int _end = text.Length;
    private readonly ByteBuilder _buffer = new();
    private int _at = LuaString.Prefix;
    private int _depth;
    private JsonToken _token;
    private int _tokenAt;
    private LuaValue _value;
    private string _problem = "";

    private enum JsonToken
    {
        ObjectBegin,
        ObjectEnd,
        ArrayBegin,
        ArrayEnd,
        String,
        Number,
        Boolean,
        Null,
        Colon,
        Comma,
        End,
        Error,
    }

    private int Byte => _at < _end ? _text[_at] : -1;

    public LuaValue Decode()
    {
        if (_end - _at >= 2 && (_text[_at] == 0 || _text[_at + 1] == 0))
            throw call.Error("JSON parser does not support UTF-16 or UTF-32");
        call.Charge(_end - _at);
        Scan();
        var result = Value();
        Scan();
        return _token == JsonToken.End ? result : throw Expected("the end");
    }

    private LuaException Expected(string what)
    {
        var found = _token switch
        {
            JsonToken.Error => _problem,
            JsonToken.ObjectBegin => "T_OBJ_BEGIN",
            JsonToken.ObjectEnd => "T_OBJ_END",
            JsonToken.ArrayBegin => "T_ARR_BEGIN",
            JsonToken.ArrayEnd => "T_ARR_END",
            _ => "T_" + _token.ToString().ToUpperInvariant(),
        };
        return call.Error($"Expected {what} but found {found} at character {_tokenAt - LuaString.Prefix + 1}");
    }

    private LuaValue Value()
    {
        Budget.Tick(call.State);
        switch (_token)
        {
            case JsonToken.String or JsonToken.Number or JsonToken.Boolean or JsonToken.Null:
                return _value;
            case JsonToken.ObjectBegin:
                return Object();
            case JsonToken.ArrayBegin:
                return Array();
            default:
                throw Expected("value");
        }
    }

    private void Descend()
    {
        if (++_depth > settings.DecodeMaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw call.Error($"Found too many nested data structures ({_depth}) at character {_at - LuaString.Prefix}");
    }

    private LuaTable Object()
    {
        Descend();
        var table = new LuaTable();
        Scan();
        if (_token == JsonToken.ObjectEnd)
        {
            _depth--;
            return table;
        }
        while (true)
        {
            if (_token != JsonToken.String)
                throw Expected("object key string");
            var key = _value;
            Scan();
            if (_token != JsonToken.Colon)
                throw Expected("colon");
            Scan();
            table.Set(key, Value());
            Scan();
            if (_token == JsonToken.ObjectEnd)
            {
                _depth--;
                return table;
            }
            if (_token != JsonToken.Comma)
                throw Expected("comma or object end");
            Scan();
        }
    }

    private LuaTable Array()
    {
        Descend();
        var table = new LuaTable();
        Scan();
        if (_token == JsonToken.ArrayEnd)
        {
            _depth--;
            return table;
        }
        for (var index = 1; ; index++)
        {
            table.SetInteger(index, Value());
            Scan();
            if (_token == JsonToken.ArrayEnd)
            {
                _depth--;
                return table;
            }
            if (_token != JsonToken.Comma)
                throw Expected("comma or array end");
            Scan();
        }
    }

    private void Scan()
    {
        while (Byte is ' ' or '\t' or '\n' or '\r')
            _at++;
        _tokenAt = _at;
        var first = Byte;
        JsonToken? symbol = first switch
        {
            '{' => JsonToken.ObjectBegin,
            '}' => JsonToken.ObjectEnd,
            '[' => JsonToken.ArrayBegin,
            ']' => JsonToken.ArrayEnd,
            ':' => JsonToken.Colon,
            ',' => JsonToken.Comma,
            _ => null,
        };
        if (symbol is { } known)
        {
            _token = known;
            _at++;
        }
        else if (first < 0)
        {
            _token = JsonToken.End;
        }
        else if (first == '"')
        {
            ScanString();
        }
        else
        {
            ScanWord(first);
        }
    }

    private void ScanWord(int first)
    {
        if (first is '-' or (>= '0' and <= '9'))
        {
            if (settings.DecodeInvalidNumbers || !IsInvalidNumber())
                ScanNumber();
            else
                Fail("invalid number", _at);
        }
        else if (TryWord("true"u8, JsonToken.Boolean, LuaValue.True) ||
            TryWord("false"u8, JsonToken.Boolean, LuaValue.False) ||
            TryWord("null"u8, JsonToken.Null, LuaUserdata.Null))
        {
        }
        else if (settings.DecodeInvalidNumbers && IsInvalidNumber())
        {
            ScanNumber();
        }
        else
        {
            Fail("invalid token", _at);
        }
    }

    private bool TryWord(ReadOnlySpan<byte> word, JsonToken token, in LuaValue value)
    {
        if (!_text.AsSpan(_at).StartsWith(word))
            return false;
        _token = token;
        _value = value;
        _at += word.Length;
        return true;
    }

    private void Fail(string problem, int at)
    {
        _token = JsonToken.Error;
        _problem = problem;
        _tokenAt = at;
    }

    // What strtod reads but JSON does not allow: a plus, hexadecimal, leading zeros, infinities, NaN.
    private bool IsInvalidNumber()
    {
        var at = _at;
        if (_text[at] == '+')
            return true;
        if (_text[at] == '-')
            at++;
        if (at >= _end)
            return false;
        if (_text[at] == '0')
            return at + 1 < _end && ((_text[at + 1] | 0x20) == 'x' || _text[at + 1] is >= (byte)'0' and <= (byte)'9');
        if (_text[at] is >= (byte)'0' and <= (byte)'9')
            return false;
        return StartsWithIgnoringCase(at, "inf") || StartsWithIgnoringCase(at, "nan");
    }

    private bool StartsWithIgnoringCase(int at, string word)
    {
        if (_end - at < word.Length)
            return false;
        for (var index = 0; index < word.Length; index++)
        {
            if ((_text[at + index] | 0x20) != word[index])
                return false;
        }
        return true;
    }

    private void ScanNumber()
    {
        var end = NumberEnd(_at);
        if (!NumberParser.TryParse(_text.AsSpan(_at, end - _at), out var number))
        {
            Fail("invalid number", _at);
            return;
        }
        _token = JsonToken.Number;
        _value = number;
        _at = end;
    }

    // Where strtod would stop.
    private int NumberEnd(int at)
    {
        if (at < _end && _text[at] is (byte)'-' or (byte)'+')
            at++;
        if (StartsWithIgnoringCase(at, "infinity"))
            return at + 8;
        if (StartsWithIgnoringCase(at, "inf") || StartsWithIgnoringCase(at, "nan"))
            return at + 3;
        var isHex = StartsWithIgnoringCase(at, "0x") && at + 2 < _end && char.IsAsciiHexDigit((char)_text[at + 2]);
        if (isHex)
            at += 2;
        at = DigitsEnd(at, isHex);
        if (at < _end && _text[at] == '.')
            at = DigitsEnd(at + 1, isHex);
        if (at < _end && (_text[at] | 0x20) == (isHex ? 'p' : 'e'))
        {
            var exponent = at + 1;
            if (exponent < _end && _text[exponent] is (byte)'-' or (byte)'+')
                exponent++;
            if (exponent < _end && _text[exponent] is >= (byte)'0' and <= (byte)'9')
                return DigitsEnd(exponent, isHex: false);
        }
        return at;
    }

    private int DigitsEnd(int at, bool isHex)
    {
        while (at < _end && (isHex ? char.IsAsciiHexDigit((char)_text[at]) : char.IsAsciiDigit((char)_text[at])))
            at++;
        return at;
    }

    private void ScanString()
    {
        _at++;
        var start = _at;
        var plain = _text.AsSpan(_at).IndexOfAny((byte)'"', (byte)'\\', (byte)0);
        if (plain >= 0 && _text[_at + plain] == '"')
        {
            _at += plain + 1;
            _token = JsonToken.String;
            _value = new LuaValue(LuaString.From(_text.AsSpan(start, plain)));
            return;
        }
        _buffer.Clear();
        while (Byte != '"')
        {
            if (Byte is -1 or 0)
            {
                Fail("unexpected end of string", _at);
                return;
            }
            if (Byte != '\\')
                _buffer.Add((byte)_text[_at++]);
            else if (!TryEscape())
                return;
        }
        _at++;
        _token = JsonToken.String;
        _value = new LuaValue(_buffer.ToLuaString());
    }

    private bool TryEscape()
    {
        var escaped = _at + 1 < _end ? _text[_at + 1] : (byte)0;
        if (escaped == 'u')
        {
            if (TryUnicode())
                return true;
            Fail("invalid unicode escape code", _at);
            return false;
        }
        var value = escaped switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => escaped,
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            _ => (byte)0,
        };
        if (value == 0)
        {
            Fail("invalid escape code", _at);
            return false;
        }
        _buffer.Add(value);
        _at += 2;
        return true;
    }

    private bool TryUnicode()
    {
        var point = HexAt(_at + 2);
        var length = 6;
        if ((point & 0xF800) == 0xD800)
        {
            var low = _at + 7 < _end && _text[_at + 6] == '\\' && _text[_at + 7] == 'u' ? HexAt(_at + 8) : -1;
            if ((point & 0x400) != 0 || (low & 0xFC00) != 0xDC00 || low < 0)
                return false;
            point = 0x10000 + ((point & 0x3FF) << 10) + (low & 0x3FF);
            length = 12;
        }
        if (point < 0)
            return false;
        AddUtf8(point);
        _at += length;
        return true;
    }

    private int HexAt(int at)
    {
        if (at + 4 > _end)
            return -1;
        var value = 0;
        for (var index = 0; index < 4; index++)
        {
            var digit = _text[at + index];
            if (!char.IsAsciiHexDigit((char)digit))
                return -1;
            value = (value << 4) | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }
        return value;
    }

    private void AddUtf8(int point)
    {
        if (point < 0x80)
        {
            _buffer.Add((byte)point);
            return;
        }
        if (point >= 0x10000)
            _buffer.Add((byte)(0xF0 | (point >> 18)));
        if (point >= 0x800)
            _buffer.Add((byte)(point >= 0x10000 ? 0x80 | ((point >> 12) & 0x3F) : 0xE0 | (point >> 12)));
        _buffer.Add((byte)(point >= 0x800 ? 0x80 | ((point >> 6) & 0x3F) : 0xC0 | (point >> 6)));
        _buffer.Add((byte)(0x80 | (point & 0x3F)));
    }
}
