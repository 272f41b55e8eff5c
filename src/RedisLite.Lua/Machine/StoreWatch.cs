using System.Runtime.CompilerServices;

namespace RedisLite.Lua.Machine;

/// <summary>Notes when a run puts an object where it is still found after the run.</summary>
/// <remarks>
/// A host that makes strings and tables for one run and takes them back (<see cref="LuaScratch"/>) has to know whether
/// a function could have kept one. Globals are read-only, so it keeps things only in variables that it captured, or in
/// tables that it can reach from those:
/// <code>
///     functions --> variables that they captured --> tables --> tables, metatables, functions --> ...
///                          watched                    watched
/// </code>
/// All that are there when the watch begins are marked; later ones are reachable only through a store that is noted. So
/// what was not noted was not kept. A number, nil or boolean keeps nothing, and a key that is there already is not
/// replaced.
/// </remarks>
internal static class StoreWatch
{
    /// <summary>Marks what the functions share from call to call.</summary>
    /// <returns>False if they could keep something where nobody looks: in a coroutine that is there already.</returns>
    public static bool TryBegin(IEnumerable<LuaFunction> functions)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var pending = new Stack<object>(functions);
        while (pending.TryPop(out var next))
        {
            if (!seen.Add(next))
                continue;
            switch (next)
            {
                case LuaThread or HostFunction { Name: "wrap" }:
                    return false;
                case LuaClosure closure:
                    foreach (var cell in closure.Upvalues)
                        if (cell is not null)
                            pending.Push(cell);
                    break;
                case Cell cell:
                    cell.IsWatched = true;
                    Push(pending, cell.Value);
                    break;
                case LuaTable table:
                    Watch(table, pending);
                    break;
            }
        }

        return true;
    }

    /// <summary>A captured variable that is watched got a value.</summary>
    public static void Note(LuaState state, object? value) => state.HasKept |= IsObject(value);

    /// <summary>A field of a table is about to get a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Note(LuaState state, LuaTable table, in LuaValue key, in LuaValue value)
    {
        if ((table.Guard & TableGuard.Watched) != 0 && !state.HasKept)
            state.HasKept = IsObject(value.O) || (IsObject(key.O) && table.Find(key).IsNil);
    }

    private static void Watch(LuaTable table, Stack<object> pending)
    {
        table.Guard |= TableGuard.Watched;
        if (table.Metatable is not null)
            pending.Push(table.Metatable);
        var key = LuaValue.Nil;
        var value = LuaValue.Nil;
        while (table.MoveNext(ref key, ref value))
        {
            Push(pending, key);
            Push(pending, value);
        }
    }

    private static void Push(Stack<object> pending, in LuaValue value)
    {
        if (IsObject(value.O))
            pending.Push(value.O!);
    }

    // Numbers have none, and nil, true and false are texts of the runtime's.
    private static bool IsObject(object? o) => o is not (null or string);
}
