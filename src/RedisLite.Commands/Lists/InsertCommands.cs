using RedisLite.Commands.Server;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>LINSERT.</summary>
internal static class InsertCommands
{
    [Command("LINSERT", Arity = 5, Keys = "RW:insert 1", Flags = CommandFlags.DenyOom | CommandFlags.Pooled,
        Group = CommandGroup.List, Since = "2.2.0",
        Complexity = "O(N) where N is the number of elements to traverse before seeing the value pivot. This means "
            + "that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting "
            + "somewhere on the right end (tail) is O(N).", Syntax = "key BEFORE|AFTER pivot element",
        Summary = "Insert an element before or after another element in a list")]
    public static void Insert(ref CommandContext ctx)
    {
        var after = ctx.Args.Is(2, "AFTER"u8);
        if (after || ctx.Args.Is(2, "BEFORE"u8))
            new Insertion(ctx.Args[3].ToArray(), after).Run(ref ctx);
        else
            ctx.Reply.Error(Errors.Syntax);
    }

    private sealed class Insertion(byte[] pivot, bool after) : ListSearch(changes: true)
    {
        private long _index;

        protected override void Search(ListValue list)
        {
            _index = 0;
            var needle = new ListNeedle(pivot);
            for (var cursor = list.At(0); cursor.IsValid; cursor.MoveNext(), _index++)
                if (cursor.Is(needle))
                    return;
            _index = -1;
        }

        protected override void FinishMissing(scoped ref CommandContext ctx) => ctx.Reply.Integer(0);

        protected override void Finish(scoped ref CommandContext ctx)
        {
            if (_index < 0)
            {
                ctx.Reply.Integer(-1);
                return;
            }

            var key = ctx.Key(1);
            if (!ctx.TryPeek(key, out var entry))
                return;
            using var change = Collections.BeginChange(ref ctx, key, entry);
            change.List.Insert(after ? _index + 1 : _index, ctx.Args[4]);
            ctx.Notify(KeyspaceEvents.Lists, "linsert"u8, key.Bytes);
            Collections.Changed(ref ctx, key, in change, 1, change.List.Count);
            ctx.Reply.Integer(change.List.Count);
        }
    }
}
