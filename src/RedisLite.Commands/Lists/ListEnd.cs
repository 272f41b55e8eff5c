using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>The end of a list that an element is taken from or added to.</summary>
internal enum ListEnd
{
    /// <summary>The first element.</summary>
    Left,

    /// <summary>The last element.</summary>
    Right,
}

/// <summary>What depends on the end alone: its words and its operations.</summary>
internal static class ListEnds
{
    /// <summary>Reads LEFT or RIGHT; replies the error when the argument is neither.</summary>
    public static bool TryRead(scoped ref CommandContext ctx, int argument, out ListEnd end)
    {
        end = ctx.Args.Is(argument, "RIGHT"u8) ? ListEnd.Right : ListEnd.Left;
        if (end == ListEnd.Right || ctx.Args.Is(argument, "LEFT"u8))
            return true;
        ctx.Reply.Error(Errors.Syntax);
        return false;
    }

    /// <summary>The keyspace event of elements added here.</summary>
    public static ReadOnlySpan<byte> PushEvent(this ListEnd end) => end == ListEnd.Left ? "lpush"u8 : "rpush"u8;

    /// <summary>The keyspace event of elements taken from here.</summary>
    public static ReadOnlySpan<byte> PopEvent(this ListEnd end) => end == ListEnd.Left ? "lpop"u8 : "rpop"u8;

    /// <summary>The command that takes elements from here, as the log names it.</summary>
    public static ReadOnlySpan<byte> PopCommand(this ListEnd end) => end == ListEnd.Left ? "LPOP"u8 : "RPOP"u8;

    public static void Push(this ListEnd end, ListValue list, ReadOnlySpan<byte> element)
    {
        if (end == ListEnd.Left)
            list.AddFirst(element);
        else
            list.AddLast(element);
    }

    /// <summary>The element at this end of a list that has one.</summary>
    /// <param name="end">The end.</param>
    /// <param name="list">The list.</param>
    /// <param name="room">Of <see cref="ListValue.NumberRoom"/>; may get the element.</param>
    public static ReadOnlySpan<byte> Peek(this ListEnd end, ListValue list, Span<byte> room) =>
        list.Get(end == ListEnd.Left ? 0 : list.Count - 1, room);

    public static void Drop(this ListEnd end, ListValue list)
    {
        if (end == ListEnd.Left)
            list.RemoveFirst();
        else
            list.RemoveLast();
    }
}
