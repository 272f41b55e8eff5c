using System.Text;

namespace RedisLite.Lua;

/// <summary>An error that unwinds through the host's code: raised in a library, or by a Lua function that one
/// called.</summary>
public sealed class LuaException : Exception
{
    internal LuaException(LuaValue value, bool isKill = false)
    {
        Value = value;
        IsKill = isKill;
    }

    /// <summary>The error value, of any type.</summary>
    public LuaValue Value { get; }

    /// <summary>The script was ended from outside or by a limit; no <c>pcall</c> catches that.</summary>
    public bool IsKill { get; }

    public override string Message => Value.ToString();
}

/// <summary>A chunk that does not compile; the message is as Lua writes it, with chunk name and line.</summary>
public sealed class LuaSyntaxException : Exception
{
    internal LuaSyntaxException(ReadOnlySpan<byte> text) => Text = new LuaString(text);

    /// <summary>The message's bytes, which may quote any bytes of the chunk.</summary>
    public LuaString Text { get; }

    public override string Message => Encoding.UTF8.GetString(Text.Span);
}
