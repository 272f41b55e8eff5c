using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XADD: a new entry, and what has to go for it.</summary>
internal static class AddCommands
{
    private static ReadOnlySpan<byte> TooLarge => "ERR Elements are too large to be stored"u8;

    [Command("XADD", Arity = -5, Keys = "RW:update 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
        Syntax = "key [NOMKSTREAM] [<MAXLEN|MINID> [=|~] threshold [LIMIT count]] <*|id> field value [field value ...]",
        Summary = "Appends a new entry to a stream")]
    public static void Add(ref CommandContext ctx)
    {
        var trim = default(TrimOptions);
        if (!trim.TryRead(ref ctx, isAdd: true, out var at) || !NewId.TryRead(ref ctx, at, out var wanted)
            || !trim.TryComplete(ref ctx, isAdd: true))
            return;
        var fields = ctx.Args.Count - at - 1;
        if (fields < 2 || fields % 2 != 0)
        {
            ctx.Reply.Error("ERR wrong number of arguments for 'xadd' command"u8);
            return;
        }
        if (wanted.IsZero)
        {
            ctx.Reply.Error("ERR The ID specified in XADD must be greater than 0-0"u8);
            return;
        }

        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists && trim.NoMakeStream)
        {
            ctx.Reply.Null();
            return;
        }
        var last = exists ? ctx.Keyspace.StreamOf(entry).LastId : default;
        if (!TryChoose(ref ctx, wanted, last, out var id) || !IsOfAllowedSize(ref ctx, at + 1))
            return;

        using var change = Collections.BeginAdding(ref ctx, key, EntryType.Stream, entry, exists);
        var stream = change.Stream;
        stream.Add(id, new ArgumentFields(ctx.Args, at + 1), ctx.Options.Encodings.OfStreams);
        ctx.Notify(KeyspaceEvents.Streams, "xadd"u8, key.Bytes);
        if (trim.Threshold != 0)
            trim.Apply(ref ctx, key, stream);
        Collections.Changed(ref ctx, key, in change, 1, left: 1);
        StreamIds.Bulk(ctx.Reply, id);
        if (ctx.IsLogged && (!wanted.IsGiven || trim.Trim.IsApproximate))
            Propagate(ref ctx, trim, at, id, stream);
    }

    /// <summary>The ID that a new entry gets; replies the error where it cannot have one.</summary>
    private static bool TryChoose(scoped ref CommandContext ctx, NewId wanted, StreamId last, out StreamId id)
    {
        id = default;
        if (last == StreamIds.Highest)
        {
            ctx.Reply.Error("ERR The stream has exhausted the last possible ID, unable to add more items"u8);
            return false;
        }
        if (!wanted.IsGiven && wanted.Id.Milliseconds == last.Milliseconds && wanted.HasTime
            && last.Sequence == ulong.MaxValue)
        {
            // No sequence is left for that time; Redis says this of it.
            ctx.Reply.Error(TooLarge);
            return false;
        }
        if (wanted.IsGiven)
            id = wanted.Id;
        else if (!wanted.HasTime)
            id = (ulong)ctx.NowMs > last.Milliseconds ? new StreamId((ulong)ctx.NowMs, 0) : Next(last);
        else if (wanted.Id.Milliseconds != last.Milliseconds)
            id = wanted.Id;
        else
            id = Next(last);
        if (id > last)
            return true;
        ctx.Reply.Error("ERR The ID specified in XADD is equal or smaller than the target stream top item"u8);
        return false;
    }

    private static StreamId Next(StreamId id)
    {
        StreamIds.TryNext(id, out var next);
        return next;
    }

    private static bool IsOfAllowedSize(scoped ref CommandContext ctx, int first)
    {
        long size = 0;
        for (var i = first; i < ctx.Args.Count; i++)
            size += ctx.Args[i].Length;
        if (size <= StreamNodeLimits.LargestNode)
            return true;
        ctx.Reply.Error(TooLarge);
        return false;
    }

    private static void Propagate(
        scoped ref CommandContext ctx, scoped in TrimOptions trim, int at, StreamId id, StreamValue stream)
    {
        var effect = ctx.PropagateAs(ctx.Args.Count);
        for (var i = 0; i < ctx.Args.Count; i++)
        {
            if (i == at)
                StreamIds.Bulk(effect, id);
            else
                trim.Propagate(effect, ctx.Args, i, stream);
        }
    }

    /// <summary>XADD's ID: an ID, a time of which the next one is wanted, or none.</summary>
    private readonly record struct NewId(StreamId Id, bool HasTime, bool IsGiven)
    {
        public bool IsZero => IsGiven && Id == default;

        public static bool TryRead(scoped ref CommandContext ctx, int argument, out NewId id)
        {
            id = default;
            if (argument == ctx.Args.Count)
                return true;
            var text = ctx.Args[argument];
            if (text is [(byte)'*'])
                return true;
            if (text is [.., (byte)'-', (byte)'*'] && StreamIds.TryParseNumber(text[..^2], out var milliseconds))
            {
                id = new NewId(new StreamId(milliseconds, 0), HasTime: true, IsGiven: false);
                return true;
            }
            if (!StreamIds.TryRead(ref ctx, argument, 0, out var given))
                return false;
            id = new NewId(given, HasTime: true, IsGiven: true);
            return true;
        }
    }

    /// <summary>Names and values as they stand in the request.</summary>
    private readonly ref struct ArgumentFields(Arguments args, int first) : IStreamFields
    {
        private readonly Arguments _args = args;

        public int Count => (_args.Count - first) / 2;

        public ReadOnlySpan<byte> Name(int index) => _args[first + (2 * index)];

        public ReadOnlySpan<byte> Value(int index) => _args[first + (2 * index) + 1];
    }
}
