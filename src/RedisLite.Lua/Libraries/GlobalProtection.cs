using System.Text;

namespace RedisLite.Lua.Libraries;

/// <summary>Redis's guard: scripts neither change the globals nor read ones that do not exist.</summary>
public static class GlobalProtection
{
    /// <summary>
    /// Makes the globals and the tables in them read-only, and reads of globals that do not exist an error.
    /// </summary>
    public static void Protect(LuaState state)
    {
        var metatable = new LuaTable();
        metatable["__index"] = StandardLibraries.Function(state, "__index", Missing);
        state.Globals.SetMetatable(metatable);
        Seal(state.Globals, []);
        if (state.StringMetatable is not null)
            Seal(state.StringMetatable, []);
    }

    private static int Missing(LuaCall call)
    {
        var name = Encoding.UTF8.GetString(call.State.Show(call[2]).Bytes);
        return call.Fail($"Script attempted to access nonexistent global variable '{name}'");
    }

    // Tables in tables and metatables too. Iterative, for what the host put there may be deep.
    private static void Seal(LuaTable root, HashSet<LuaTable> seen)
    {
        var pending = new Stack<LuaTable>([root]);
        while (pending.TryPop(out var table))
        {
            if (!seen.Add(table))
                continue;
            table.IsReadOnly = true;
            if (table.Metatable is not null)
                pending.Push(table.Metatable);
            var key = LuaValue.Nil;
            while (table.Next(ref key, out var value))
            {
                if (value.O is LuaTable inner)
                    pending.Push(inner);
            }
        }
    }
}
