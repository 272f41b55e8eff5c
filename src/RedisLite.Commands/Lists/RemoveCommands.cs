using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Lists;

/// <summary>LREM.</summary>
internal static class RemoveCommands
{
    [Command("LREM", Arity = 4, Keys = "RW:delete 1", Flags = CommandFlags.Pooled, Group = CommandGroup.List,
        Since = "1.0.0",
        Complexity = "O(N+M) where N is the length of the list and M is the number of elements removed.",
        Syntax = "key count element", Summary = "Remove elements from a list")]
    public static void Remove(ref CommandContext ctx)
    {
        if (ctx.Args.TryGetInt64(2, out var count))
            new Removal(count, ctx.Args[3].ToArray()).Run(ref ctx);
        else
            ctx.Reply.Error(Errors.NotAnInteger);
    }

    /// <summary>
    /// Takes equal elements out: a few from the list itself, many from a copy that then takes its place.
    /// </summary>
    private sealed class Removal(long count, byte[] element) : ListSearch(changes: true)
    {
        // Removals that are done under the stripe, a microsecond each.
        private const int MostInPlace = 500;

        // Where equal elements stand, the last ones first.
        private readonly List<long> _found = [];
        private HeldCollection _copy;

        private bool _isCopyDone;

        protected override void Prepare(HeldCollection list)
        {
            _copy.Dispose();
            _copy = list.Share();
        }

        protected override void Forget() => _copy.Dispose();

        protected override void Search(ListValue list)
        {
            _found.Clear();
            var backwards = count < 0;
            var wanted = count is 0 or long.MinValue ? long.MaxValue : Math.Abs(count);
            var index = backwards ? list.Count - 1 : 0;
            var needle = new ListNeedle(element);
            for (var cursor = list.At(index); cursor.IsValid && _found.Count < wanted; index += backwards ? -1 : 1)
            {
                if (cursor.Is(needle))
                    _found.Add(index);
                _ = backwards ? cursor.MovePrevious() : cursor.MoveNext();
            }

            if (!backwards)
                _found.Reverse();
            _isCopyDone = !_copy.IsEmpty && _found.Count > MostInPlace;
            if (_isCopyDone)
                RemoveFound(_copy.List);
            else
                _copy.Dispose();
        }

        protected override void FinishMissing(scoped ref CommandContext ctx) => ctx.Reply.Integer(0);

        protected override void Finish(scoped ref CommandContext ctx)
        {
            if (_found.Count > 0)
                Change(ref ctx);
            ctx.Reply.Integer(_found.Count);
        }

        private void Change(scoped ref CommandContext ctx)
        {
            var key = ctx.Key(1);
            if (!ctx.TryPeek(key, out var entry))
                return;
            ctx.Notify(KeyspaceEvents.Lists, "lrem"u8, key.Bytes);
            if (_isCopyDone)
                Replace(ref ctx, key, entry);
            else
                RemoveInPlace(ref ctx, key, entry);
        }

        private void RemoveInPlace(scoped ref CommandContext ctx, scoped in Key key, scoped in Entry entry)
        {
            using var change = Collections.BeginChange(ref ctx, key, entry);
            RemoveFound(change.List);
            Collections.Changed(ref ctx, key, in change, _found.Count, change.List.Count);
        }

        private void Replace(scoped ref CommandContext ctx, scoped in Key key, scoped in Entry entry)
        {
            ctx.Changed(_found.Count);
            if (!_copy.IsEmpty)
            {
                ctx.Keyspace.SetCollection(key, ref _copy, entry.ExpireAtMs);
                return;
            }

            ctx.Keyspace.Remove(key);
            ctx.Notify(KeyspaceEvents.Generic, "del"u8, key.Bytes);
        }

        /// <summary>Neighbours go together.</summary>
        private void RemoveFound(ListValue list)
        {
            for (var i = 0; i < _found.Count;)
            {
                var run = 1;
                while (i + run < _found.Count && _found[i + run] == _found[i] - run)
                    run++;
                list.RemoveRange(_found[i] - run + 1, run);
                i += run;
            }
        }
    }
}
