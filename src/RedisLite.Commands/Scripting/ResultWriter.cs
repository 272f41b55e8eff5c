using System.Runtime.CompilerServices;
using RedisLite.Lua;
using RedisLite.Protocol;

namespace RedisLite.Commands.Scripting;

/// <summary>Makes a reply of what a script returns.</summary>
/// <remarks>
/// <code>
///   'a'  bulk string        {err='..'}  error          {double=1.5}        double
///   1.9  integer, cut       {ok='..'}   status         {map={..}}          map
///   nil  null               {..}        array up to    {set={..}}          set
///   false null                          the first nil  {big_number='1'}    big number
///   true 1                                             {verbatim_string={format='txt', string='a'}}
/// </code>
/// After <c>redis.setresp(3)</c> true and false are booleans. Tables may contain each other and themselves: their
/// depth, their number and the reply's bytes are bounded. What is too much becomes one error in place of the whole
/// reply.
/// </remarks>
internal struct ResultWriter(ReplyWriter reply, bool hasBooleans, long mostBytes)
{
    // Redis gives up where Lua's stack ends.
    private const int DeepestTable = 7990;

    // No table takes less memory, so a script without shared tables cannot have more than the limit has room for.
    private const int SmallestTable = 88;

    private readonly int _start = reply.Length;
    private long _tables;
    private int _depth;
    private bool _isTooLong;
    private bool _isTooDeep;

    private readonly bool IsBroken => _isTooLong || _isTooDeep;

    /// <summary>Writes one value and all that is in it.</summary>
    public void Write(in LuaValue value)
    {
        WriteAny(value);
        if (!IsBroken)
            return;
        reply.Truncate(_start);
        if (_isTooDeep)
            reply.Error("ERR reached lua stack limit"u8);
        else
            reply.Error("ERR the script's reply is larger than the memory that a script may use"u8);
    }

    private void WriteAny(in LuaValue value)
    {
        switch (value.Type)
        {
            case LuaType.String:
                reply.Bulk(value.Bytes);
                break;
            case LuaType.Number:
                reply.Integer(Cut(value.Number));
                break;
            case LuaType.Boolean when hasBooleans:
                reply.Boolean(value.IsTruthy);
                break;
            case LuaType.Boolean when value.IsTruthy:
                reply.Integer(1);
                break;
            case LuaType.Table:
                WriteTable(value.Table!);
                break;
            default:
                reply.Null();
                break;
        }
    }

    private void WriteTable(LuaTable table)
    {
        _isTooLong |= reply.Length - _start > mostBytes || ++_tables > mostBytes / SmallestTable;
        _isTooDeep |= ++_depth > DeepestTable || !RuntimeHelpers.TryEnsureSufficientExecutionStack();
        if (!IsBroken && !TryWriteNamed(table))
            WriteArray(table);
        _depth--;
    }

    /// <summary>Writes a table whose only field of interest says what it is.</summary>
    private bool TryWriteNamed(LuaTable table)
    {
        if (table[RedisApi.ErrorField] is { IsString: true } error)
            reply.Error(error.Bytes);
        else if (table[RedisApi.StatusField] is { IsString: true } status)
            reply.SimpleString(status.Bytes);
        else if (table[ReplyFields.Double] is { IsNumber: true } number)
            reply.Double(number.Number);
        else if (table[ReplyFields.Map].Table is { } map)
            WritePairs(map, isMap: true);
        else if (table[ReplyFields.Set].Table is { } set)
            WritePairs(set, isMap: false);
        else if (table[ReplyFields.BigNumber] is { IsString: true } digits)
            WriteBigNumber(digits.Bytes);
        else if (table[ReplyFields.Verbatim].Table is not { } verbatim || !TryWriteVerbatim(verbatim))
            return false;
        return true;
    }

    private void WriteArray(LuaTable table)
    {
        var count = 0;
        while (!table[count + 1].IsNil)
            count++;
        reply.Array(count);
        for (var i = 1; i <= count && !IsBroken; i++)
            WriteAny(table[i]);
    }

    private void WritePairs(LuaTable table, bool isMap)
    {
        var count = 0;
        var key = LuaValue.Nil;
        while (table.Next(ref key, out _))
            count++;
        if (isMap)
            reply.Map(count);
        else
            reply.Set(count);
        key = LuaValue.Nil;
        while (!IsBroken && table.Next(ref key, out var value))
        {
            WriteAny(key);
            if (isMap)
                WriteAny(value);
        }
    }

    private readonly void WriteBigNumber(ReadOnlySpan<byte> digits)
    {
        var line = digits.ToArray();
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        reply.BigNumber(line);
    }

    private readonly bool TryWriteVerbatim(LuaTable parts)
    {
        if (parts[ReplyFields.Format] is not { IsString: true } format
            || parts[ReplyFields.Text] is not { IsString: true } text)
            return false;
        Span<byte> kind = [(byte)' ', (byte)' ', (byte)' '];
        format.Bytes[..Math.Min(3, format.Bytes.Length)].CopyTo(kind);
        reply.Verbatim(kind, text.Bytes);
        return true;
    }

    /// <summary>As a cast in C on the usual processors: what does not fit becomes the smallest integer.</summary>
    private static long Cut(double number) =>
        number is > -9223372036854775809.0 and < 9223372036854775808.0 ? (long)number : long.MinValue;
}
