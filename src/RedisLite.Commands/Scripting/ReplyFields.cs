using RedisLite.Lua;

namespace RedisLite.Commands.Scripting;

/// <summary>
/// The names of the fields under which Lua holds RESP3's types: read from replies and written to them.
/// </summary>
internal static class ReplyFields
{
    public static LuaValue Map { get; } = LuaValue.String("map"u8);

    public static LuaValue Set { get; } = LuaValue.String("set"u8);

    public static LuaValue Double { get; } = LuaValue.String("double"u8);

    public static LuaValue BigNumber { get; } = LuaValue.String("big_number"u8);

    public static LuaValue Verbatim { get; } = LuaValue.String("verbatim_string"u8);

    public static LuaValue Format { get; } = LuaValue.String("format"u8);

    public static LuaValue Text { get; } = LuaValue.String("string"u8);
}
