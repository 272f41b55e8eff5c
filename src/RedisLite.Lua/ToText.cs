using System.Runtime.CompilerServices;
using System.Text;
using RedisLite.Lua.Compiler;

namespace RedisLite.Lua;

/// <summary>What <c>tostring</c> shows of a value that has no <c>__tostring</c>, and the names of types.</summary>
internal static class ToText
{
    private static readonly byte[] NilText = ConstantPool.Name("nil");
    private static readonly byte[] TrueText = ConstantPool.Name("true");
    private static readonly byte[] FalseText = ConstantPool.Name("false");

    private static readonly string[] Names =
        ["nil", "boolean", "number", "string", "table", "function", "thread", "userdata"];

    private static readonly byte[][] RawNames = [.. Names.Select(ConstantPool.Name)];

    public static byte[] Of(in LuaValue value) => value.Type switch
    {
        LuaType.Number => NumberFormat.ToLuaString(value.N),
        LuaType.String => (byte[])value.O!,
        LuaType.Nil => NilText,
        LuaType.Boolean => value.IsTruthy ? TrueText : FalseText,
        LuaType.UserData => LuaString.From(Encoding.UTF8.GetBytes(((LuaUserdata)value.O!).Name)),
        _ => Address(value),
    };

    public static string TypeName(in LuaValue value) => Names[(int)value.Type];

    public static byte[] RawTypeName(in LuaValue value) => RawNames[(int)value.Type];

    // Not an address: objects move. A number that stays with the object.
    private static byte[] Address(in LuaValue value)
    {
        var kind = TypeName(value);
        var text = $"{kind}: 0x{0x5500_0000_0000L + ((long)RuntimeHelpers.GetHashCode(value.O) << 4):x12}";
        return LuaString.From(Encoding.ASCII.GetBytes(text));
    }
}
