using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace RedisLite.Lua;

/// <summary>What a value is, as Lua's <c>type</c> names it.</summary>
public enum LuaType
{
    Nil,
    Boolean,
    Number,
    String,
    Table,
    Function,
    Thread,
    UserData,
}

/// <summary>A Lua value: a number, or an object that says what else it is.</summary>
/// <remarks>
/// <code>
///     number    O = null                    N = the number
///     nil       O = NilMark                 N unused
///     boolean   O = TrueMark or FalseMark
///     string    O = byte[] (see LuaString)
///     others    O = LuaTable, LuaClosure, HostFunction, LuaThread, LuaUserdata
/// </code>
/// A number stores null because a store of null needs no write barrier. The marks are string literals, which the
/// runtime keeps in its frozen heap, so storing them needs none either. <c>default(LuaValue)</c> is the number 0, not
/// nil: new arrays of values are filled. A register may also hold a <see cref="Cell"/> (a local that a closure
/// captured), which only the instructions for cells see.
/// </remarks>
public struct LuaValue : IEquatable<LuaValue>
{
    internal static readonly object NilMark = "nil";
    internal static readonly object TrueMark = "true";
    internal static readonly object FalseMark = "false";

    internal object? O;
    internal double N;

    internal LuaValue(object? o) => O = o;

    public LuaValue(double number) => N = number;

    public static LuaValue Nil => new(NilMark);

    public static LuaValue True => new(TrueMark);

    public static LuaValue False => new(FalseMark);

    /// <summary>A string of these bytes, which are copied.</summary>
    public static LuaValue String(ReadOnlySpan<byte> bytes) => new(LuaString.From(bytes));

    /// <summary>A string of this text in UTF-8.</summary>
    public static LuaValue String(string text) => new(LuaString.From(Encoding.UTF8.GetBytes(text)));

    public static LuaValue Boolean(bool value) => new(value ? TrueMark : FalseMark);

    public static implicit operator LuaValue(double number) => new(number);

    public static implicit operator LuaValue(LuaTable table) => new(table);

    public static implicit operator LuaValue(LuaFunction function) => new(function);

    public static implicit operator LuaValue(LuaString text) => new(text.Raw);

    public static implicit operator LuaValue(LuaUserdata userdata) => new(userdata);

    public readonly bool IsNumber => O is null;

    public readonly bool IsNil => O == NilMark;

    public readonly bool IsString => LuaString.Is(O);

    /// <summary>Neither nil nor false.</summary>
    public readonly bool IsTruthy => O != NilMark && O != FalseMark;

    public readonly LuaType Type => O switch
    {
        null => LuaType.Number,
        byte[] => LuaType.String,
        LuaTable => LuaType.Table,
        LuaFunction => LuaType.Function,
        LuaThread => LuaType.Thread,
        LuaUserdata => LuaType.UserData,
        _ => O == NilMark ? LuaType.Nil : LuaType.Boolean,
    };

    /// <summary>The number of a number; 0 for anything else.</summary>
    public readonly double Number => O is null ? N : 0;

    /// <summary>The table, or null.</summary>
    public readonly LuaTable? Table => O as LuaTable;

    /// <summary>The function, or null.</summary>
    public readonly LuaFunction? Function => O as LuaFunction;

    /// <summary>The bytes of a string; empty for anything else.</summary>
    public readonly ReadOnlySpan<byte> Bytes => LuaString.Is(O) ? LuaString.SpanOf(Unsafe.As<byte[]>(O!)) : default;

    internal readonly bool TryString([NotNullWhen(true)] out byte[]? text)
    {
        text = LuaString.Is(O) ? Unsafe.As<byte[]>(O) : null;
        return text is not null;
    }

    /// <summary>Equality without metamethods.</summary>
    public readonly bool Equals(LuaValue other)
    {
        if (O == other.O)
            return O is not null || N == other.N;
        return LuaString.Is(O) && LuaString.Is(other.O) &&
            LuaString.Equal(Unsafe.As<byte[]>(O!), Unsafe.As<byte[]>(other.O!));
    }

    public override readonly bool Equals([NotNullWhen(true)] object? obj) => obj is LuaValue other && Equals(other);

    public override readonly int GetHashCode() => LuaTable.HashOf(this);

    public static bool operator ==(LuaValue left, LuaValue right) => left.Equals(right);

    public static bool operator !=(LuaValue left, LuaValue right) => !left.Equals(right);

    /// <summary>The value as <c>tostring</c> shows it without metamethods, for logs and tests.</summary>
    public override readonly string ToString() => Encoding.UTF8.GetString(LuaString.SpanOf(ToText.Of(this)));

    /// <summary>Copies a value; a number without the write barrier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Copy(ref LuaValue to, ref LuaValue from)
    {
        var o = from.O;
        if (o is null)
        {
            to.N = from.N;
            to.O = null;
        }
        else
        {
            to.O = o;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set(double number)
    {
        N = number;
        O = null;
    }
}

/// <summary>A value of the host's that scripts can hold and compare, and nothing else.</summary>
public sealed class LuaUserdata(string name)
{
    /// <summary>What cjson decodes a null to: a light userdata without an address.</summary>
    public static LuaUserdata Null { get; } = new("userdata: (nil)");

    /// <summary>What <c>tostring</c> shows.</summary>
    public string Name { get; } = name;
}

/// <summary>A local variable that a closure captured, and so outlives its frame.</summary>
internal sealed class Cell
{
    public LuaValue Value;
    public int Mark;

    /// <summary>It is there before and after a run: what is put into it is kept.</summary>
    public bool IsWatched;
}
