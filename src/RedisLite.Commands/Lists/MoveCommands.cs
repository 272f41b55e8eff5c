using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>Commands that move an element from a list to a list: LMOVE, RPOPLPUSH.</summary>
internal static class MoveCommands
{
    // Longer elements are copied to the heap on their way.
    private const int MostOnStack = 256;

    [Command("LMOVE", Arity = 5, Keys = "RW:access+delete 1, RW:insert 2", Flags = CommandFlags.DenyOom,
        Group = CommandGroup.List, Since = "6.2.0", Complexity = "O(1)",
        Syntax = "source destination LEFT|RIGHT LEFT|RIGHT",
        Summary = "Pop an element from a list, push it to another list and return it")]
    public static void Move(ref CommandContext ctx)
    {
        if (ListEnds.TryRead(ref ctx, 3, out var from) && ListEnds.TryRead(ref ctx, 4, out var to))
            MoveOrReplyNull(ref ctx, from, to);
    }

    [Command("RPOPLPUSH", Arity = 3, Keys = "RW:access+delete 1, RW:insert 2", Flags = CommandFlags.DenyOom,
        Group = CommandGroup.List, Since = "1.2.0", Complexity = "O(1)", Syntax = "source destination",
        Summary = "Remove the last element in a list, prepend it to another list and return it")]
    public static void RightPopLeftPush(ref CommandContext ctx) =>
        MoveOrReplyNull(ref ctx, ListEnd.Right, ListEnd.Left);

    /// <summary>
    /// Moves an element of a list that is there, and replies it; or the error of a destination of another type.
    /// </summary>
    /// <param name="ctx">A command with the source's key at 1 and the destination's at 2.</param>
    /// <param name="entry">The source, a list.</param>
    /// <param name="from">The end to take from.</param>
    /// <param name="to">The end to add to.</param>
    /// <returns>Whether it has moved.</returns>
    public static bool Run(scoped ref CommandContext ctx, scoped in Entry entry, ListEnd from, ListEnd to)
    {
        var source = ctx.Key(1);
        var target = ctx.Key(2);
        if (ctx.TryGet(target, out var other) && other.Type != EntryType.List)
        {
            ctx.Reply.Error(Errors.WrongType);
            return false;
        }

        var original = from.Peek(ctx.Keyspace.ListOf(entry), stackalloc byte[ListValue.NumberRoom]);
        scoped Span<byte> element = original.Length <= MostOnStack
            ? stackalloc byte[original.Length] : new byte[original.Length];
        original.CopyTo(element);
        ctx.Reply.Bulk(element);
        if (source.Bytes.SequenceEqual(target.Bytes))
            Rotate(ref ctx, source, entry, element, from, to);
        else
            Transfer(ref ctx, source, target, element, from, to);
        return true;
    }

    private static void MoveOrReplyNull(scoped ref CommandContext ctx, ListEnd from, ListEnd to)
    {
        if (!Collections.TryRead(ref ctx, ctx.Key(1), EntryType.List, out var entry, out var exists))
            return;
        if (exists)
            Run(ref ctx, entry, from, to);
        else
            ctx.Reply.Null();
    }

    private static void Rotate(
        scoped ref CommandContext ctx, scoped in Key key, scoped in Entry entry, scoped ReadOnlySpan<byte> element,
        ListEnd from, ListEnd to)
    {
        using var change = Collections.BeginChange(ref ctx, key, entry);
        from.Drop(change.List);
        to.Push(change.List, element);
        ctx.Notify(KeyspaceEvents.Lists, to.PushEvent(), key.Bytes);
        ctx.Notify(KeyspaceEvents.Lists, from.PopEvent(), key.Bytes);
        Collections.Changed(ref ctx, key, in change, 1, change.List.Count);
    }

    private static void Transfer(
        scoped ref CommandContext ctx, scoped in Key source, scoped in Key target, scoped ReadOnlySpan<byte> element,
        ListEnd from, ListEnd to)
    {
        var isThere = ctx.TryPeek(target, out var other);
        using (var adding = Collections.BeginAdding(ref ctx, target, EntryType.List, other, isThere))
        {
            to.Push(adding.List, element);
            adding.MarkChanged();
            ctx.Notify(KeyspaceEvents.Lists, to.PushEvent(), target.Bytes);
        }

        // Looked up anew: the table has changed.
        ctx.TryPeek(source, out var entry);
        using var taking = Collections.BeginChange(ref ctx, source, entry);
        from.Drop(taking.List);
        ctx.Notify(KeyspaceEvents.Lists, from.PopEvent(), source.Bytes);
        Collections.Changed(ref ctx, source, in taking, 1, taking.List.Count);
    }
}
