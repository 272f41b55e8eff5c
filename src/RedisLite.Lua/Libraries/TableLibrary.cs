using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary>The table library; <c>sort</c> is in <see cref="TableSort"/>.</summary>
internal static class TableLibrary
{
    public static void Open(LuaState state) => StandardLibraries.Add(
        state,
        "table",
        ("concat", Concat),
        ("foreach", ForEach),
        ("foreachi", ForEachInteger),
        ("getn", call => call.Return(call.Table(1).Length)),
        ("insert", Insert),
        ("maxn", MaxNumber),
        ("remove", Remove),
        ("setn", SetLength),
        ("sort", TableSort.Sort));

    private static int SetLength(LuaCall call)
    {
        call.Table(1);
        return call.Fail("'setn' is obsolete");
    }

    private static int Concat(LuaCall call)
    {
        // The arguments in the order in which Lua's own code comes to them, which errors show.
        var separator = call[2].IsNil ? [] : call.Bytes(2);
        var table = call.Table(1);
        var first = call.Integer(3, 1);
        var last = call.Integer(4, call[4].IsNil ? table.Length : 0);
        var result = new ByteBuilder();
        Span<byte> number = stackalloc byte[NumberFormat.MaxLength];
        for (long index = first; index <= last; index++)
        {
            ref var value = ref table.FindInteger((int)index);
            if (value.TryString(out var text))
                result.Add(LuaString.SpanOf(text));
            else if (value.O is null)
                result.Add(number[..NumberFormat.Write(value.N, number)]);
            else
                throw call.Error($"invalid value ({ToText.TypeName(value)}) at index {index} in table for 'concat'");
            if (index < last)
                result.Add(separator);
            Budget.Tick(call.State);
        }
        call.Charge(result.Length);
        return call.Return(new LuaValue(result.ToLuaString()));
    }

    private static int ForEach(LuaCall call)
    {
        var table = call.Table(1);
        var function = call.Function(2);
        var key = LuaValue.Nil;
        while (table.Next(ref key, out var value))
        {
            call.Tick();
            var result = call.Invoke(function, key, value);
            if (!result.IsNil)
                return call.Return(result);
        }
        return 0;
    }

    private static int ForEachInteger(LuaCall call)
    {
        var table = call.Table(1);
        var function = call.Function(2);
        var length = table.Length;
        for (var index = 1; index <= length; index++)
        {
            call.Tick();
            var result = call.Invoke(function, index, table.FindInteger(index));
            if (!result.IsNil)
                return call.Return(result);
        }
        return 0;
    }

    private static int Insert(LuaCall call)
    {
        var table = call.Table(1);
        var end = table.Length + 1;
        if (table.IsReadOnly && (call.Count is 2 or 3))
            return call.Fail(MetaAccess.ReadOnly);
        if (call.Count is 2 or 3)
            StoreWatch.Note(call.State, table, 0, call[call.Count]);
        switch (call.Count)
        {
            case 2:
                table.SetInteger(end, call[2]);
                return 0;
            case 3:
                var position = call.Integer(2);
                end = Math.Max(end, position);
                MoveUp(call, table, position, end);
                table.SetInteger(position, call[3]);
                return 0;
            default:
                return call.Fail("wrong number of arguments to 'insert'");
        }
    }

    private static void MoveUp(LuaCall call, LuaTable table, int position, int end)
    {
        call.Tick(Math.Max(0, (int)Math.Min(((long)end - position) / 16, Budget.Slice)));
        if (position >= 1 && end <= table.Array.Length)
        {
            Slots.Copy(table.Array, position - 1, table.Array, position, end - position);
            return;
        }
        for (var index = end; index > position; index--)
        {
            Budget.Tick(call.State);
            table.SetInteger(index, table.FindInteger(index - 1));
        }
    }

    private static int Remove(LuaCall call)
    {
        var table = call.Table(1);
        var length = table.Length;
        var position = call.Integer(2, length);
        if (position < 1 || position > length)
            return 0;
        if (table.IsReadOnly)
            return call.Fail(MetaAccess.ReadOnly);
        var removed = table.FindInteger(position);
        call.Tick((length - position) / 16);
        if (length <= table.Array.Length)
        {
            Slots.Copy(table.Array, position, table.Array, position - 1, length - position);
        }
        else
        {
            for (var index = position; index < length; index++)
            {
                Budget.Tick(call.State);
                table.SetInteger(index, table.FindInteger(index + 1));
            }
        }
        table.SetInteger(length, LuaValue.Nil);
        return call.Return(removed);
    }

    private static int MaxNumber(LuaCall call)
    {
        var table = call.Table(1);
        var most = 0.0;
        var key = LuaValue.Nil;
        while (table.Next(ref key, out _))
        {
            Budget.Tick(call.State);
            if (key.O is null && key.N > most)
                most = key.N;
        }
        return call.Return(most);
    }
}
