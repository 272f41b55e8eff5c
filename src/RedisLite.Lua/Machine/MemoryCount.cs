namespace RedisLite.Lua.Machine;

/// <summary>Adds up the bytes that a state's script can still reach, without recursion.</summary>
/// <remarks>Each object carries the number of the count that saw it last, so shared ones count once.</remarks>
internal sealed class MemoryCount
{
    private static int _lastEpoch;

    private readonly int _epoch = Interlocked.Increment(ref _lastEpoch);
    private readonly Stack<object> _pending = new();
    private long _bytes;

    public static long Of(LuaState state)
    {
        var count = new MemoryCount();
        count.AddObject(state.Globals);
        count.AddObject(state.Main);
        count.AddObject(state.Thread);
        count.Add(ref state.Error);
        foreach (var thread in state.Resumers)
            count.AddObject(thread);
        while (count._pending.TryPop(out var next))
            count.Visit(next);
        return count._bytes;
    }

    public void Add(ref LuaValue value)
    {
        if (value.O is not (null or string))
            AddObject(value.O);
    }

    private void AddObject(object o)
    {
        switch (o)
        {
            case byte[] text:
                if (LuaString.TryMark(text, _epoch))
                    _bytes += text.Length + 24;
                break;
            case LuaTable table when IsNew(ref table.Mark):
                _bytes += table.Size;
                _pending.Push(table);
                break;
            case LuaFunction function when IsNew(ref function.Mark):
                _bytes += 64;
                _pending.Push(function);
                break;
            case LuaThread thread when IsNew(ref thread.Mark):
                _bytes += thread.Size;
                _pending.Push(thread);
                break;
            case Cell cell when IsNew(ref cell.Mark):
                _bytes += 40;
                _pending.Push(cell);
                break;
        }
    }

    private bool IsNew(ref int mark)
    {
        if (mark == _epoch)
            return false;
        mark = _epoch;
        return true;
    }

    private void Visit(object o)
    {
        switch (o)
        {
            case LuaTable table:
                if (table.Metatable is not null)
                    AddObject(table.Metatable);
                table.Visit(this);
                break;
            case LuaFunction function:
                VisitFunction(function);
                break;
            case Cell cell:
                Add(ref cell.Value);
                break;
            case LuaThread thread:
                AddObject(thread.Environment);
                foreach (ref var value in thread.Stack.AsSpan())
                    Add(ref value);
                for (var index = 0; index < thread.Depth; index++)
                {
                    if (thread.Frames[index].Closure is { } closure)
                        AddObject(closure);
                }
                break;
        }
    }

    private void VisitFunction(LuaFunction function)
    {
        if (function.Environment is not null)
            AddObject(function.Environment);
        if (function is not LuaClosure closure)
            return;
        foreach (var cell in closure.Upvalues)
        {
            _bytes += 8;
            if (cell is not null)
                AddObject(cell);
        }
    }
}
