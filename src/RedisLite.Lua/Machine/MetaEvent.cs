using RedisLite.Lua.Compiler;

namespace RedisLite.Lua.Machine;

/// <summary>The events that metamethods handle; the arithmetic ones in the order of their operations.</summary>
internal enum MetaEvent
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Negate,
    Index,
    NewIndex,
    Call,
    Concat,
    Length,
    Equal,
    Less,
    LessEqual,
}

/// <summary>Finds metamethods; what a metatable lacks is remembered in it.</summary>
internal static class Metamethods
{
    /// <summary>What <c>tostring</c> asks; no event of the language itself.</summary>
    internal static readonly byte[] ToStringName = ConstantPool.Name("__tostring");

    private static readonly byte[][] Names =
    [
        .. new[]
        {
            "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__index", "__newindex", "__call",
                "__concat",
            "__len", "__eq", "__lt", "__le",
        }.Select(ConstantPool.Name),
    ];

    public static LuaTable? MetatableOf(LuaState state, in LuaValue value) => value.O switch
    {
        LuaTable table => table.Metatable,
        byte[] => state.StringMetatable,
        _ => null,
    };

    /// <summary>The metamethod of a table's metatable, nil if it has none.</summary>
    public static LuaValue Find(LuaTable? metatable, MetaEvent name)
    {
        if (metatable is null || (metatable.AbsentEvents & (1u << (int)name)) != 0)
            return LuaValue.Nil;
        ref var found = ref metatable.FindString(Names[(int)name]);
        if (found.O == LuaValue.NilMark)
            metatable.AbsentEvents |= 1u << (int)name;
        return found;
    }

    public static LuaValue Find(LuaState state, in LuaValue value, MetaEvent name) =>
        Find(MetatableOf(state, value), name);
}
