using System.Buffers.Text;
using RedisLite.Lua;

namespace RedisLite.Commands.Scripting;

/// <summary>Makes Lua values of a reply in RESP.</summary>
/// <remarks>
/// <code>
///   RESP2                                        RESP3, after redis.setresp(3)
///   +OK     {ok='OK'}                            ,1.5   {double=1.5}
///   -ERR x  {err='ERR x'}                        #t     true
///   :1      1                                    %1     {map={k=v}}
///   $1 a    'a'                                  ~1     {set={e=true}}
///   *1      {...}                                (12    {big_number='12'}
///   $-1 *-1 false                                =5     {verbatim_string={format='txt', string='a'}}
///                                                _      nil
/// </code>
/// The bytes are this server's own and sound. Each element costs the script work and memory. Small values are made in a
/// scratch where there is one.
/// </remarks>
internal ref struct ReplyReader
{
    private readonly LuaCall _call;
    private readonly LuaScratch? _scratch;
    private ReadOnlySpan<byte> _rest;

    private ReplyReader(in LuaCall call, ReadOnlySpan<byte> reply, LuaScratch? scratch)
    {
        _call = call;
        _scratch = scratch;
        _rest = reply;
    }

    /// <exception cref="LuaException">The script has come to a limit.</exception>
    public static LuaValue Read(in LuaCall call, ReadOnlySpan<byte> reply, LuaScratch? scratch)
    {
        call.Charge(reply.Length);
        return new ReplyReader(call, reply, scratch).Next();
    }

    private LuaValue Next()
    {
        var type = _rest[0];
        var line = Line();
        switch (type)
        {
            case (byte)':':
                return Integer(line);
            case (byte)'$':
                return line is [(byte)'-', ..] ? LuaValue.False : String(Bytes((int)Integer(line)));
            case (byte)'+':
                return Table(RedisApi.StatusField, String(line));
            case (byte)'-':
                return RedisApi.ErrorTable(line);
            case (byte)'*' or (byte)'>':
                return line is [(byte)'-', ..] ? LuaValue.False : Array((int)Integer(line));
            case (byte)'%':
                return Table(ReplyFields.Map, Pairs((int)Integer(line), isMap: true));
            case (byte)'~':
                return Table(ReplyFields.Set, Pairs((int)Integer(line), isMap: false));
            case (byte)'_':
                return LuaValue.Nil;
            case (byte)'#':
                return LuaValue.Boolean(line is [(byte)'t']);
            case (byte)',':
                return Table(ReplyFields.Double, Number(line));
            case (byte)'(':
                return Table(ReplyFields.BigNumber, String(line));
            default:
                return VerbatimString((int)Integer(line));
        }
    }

    private LuaTable Array(int count)
    {
        _call.Tick(count);
        var table = Table(count, 0);
        for (var i = 1; i <= count; i++)
            table[i] = Next();
        return table;
    }

    private LuaTable Pairs(int count, bool isMap)
    {
        _call.Tick(count);
        var table = new LuaTable(0, count);
        for (var i = 0; i < count; i++)
        {
            var key = Next();
            var value = isMap ? Next() : LuaValue.True;
            if (!key.IsNil)
                table[key] = value;
        }

        return table;
    }

    private LuaTable VerbatimString(int length)
    {
        var bytes = Bytes(length);
        var parts = new LuaTable(0, 2);
        parts[ReplyFields.Format] = LuaValue.String(bytes[..3]);
        parts[ReplyFields.Text] = LuaValue.String(bytes[4..]);
        return Table(ReplyFields.Verbatim, parts);
    }

    private readonly LuaTable Table(in LuaValue field, in LuaValue value)
    {
        var table = Table(0, 1);
        table[field] = value;
        return table;
    }

    private readonly LuaTable Table(int elements, int fields) =>
        _scratch is null ? new LuaTable(elements, fields) : _scratch.Table(elements, fields);

    private readonly LuaValue String(ReadOnlySpan<byte> bytes) =>
        _scratch is null ? LuaValue.String(bytes) : _scratch.String(bytes);

    /// <summary>What stands after the type, up to the end of the line; the rest begins behind that.</summary>
    private ReadOnlySpan<byte> Line()
    {
        var end = _rest.IndexOf((byte)'\r');
        var line = _rest[1..end];
        _rest = _rest[(end + 2)..];
        return line;
    }

    private ReadOnlySpan<byte> Bytes(int length)
    {
        var bytes = _rest[..length];
        _rest = _rest[(length + 2)..];
        return bytes;
    }

    private static double Integer(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line, out long value, out _) ? value : 0;

    private static double Number(ReadOnlySpan<byte> line) =>
        line.SequenceEqual("inf"u8) ? double.PositiveInfinity
        : line.SequenceEqual("-inf"u8) ? double.NegativeInfinity
        : Utf8Parser.TryParse(line, out double value, out _) ? value : double.NaN;
}
