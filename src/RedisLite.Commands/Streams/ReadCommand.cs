using System.Buffers;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Execution.Waiting;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Streams;

/// <summary>XREAD: what comes behind an ID, of several streams, now or when it comes.</summary>
internal static class ReadCommand
{
    /// <summary>What a client gets at most that has waited and gave no COUNT, as in Redis.</summary>
    public const long CountAfterWait = 1000;

    private const int FewStreams = 8;

    [Command("XREAD", Arity = -4, Keys = "R STREAMS@1..-1%2", Flags = CommandFlags.Blocking,
        RivalsByArgument = -1, Group = CommandGroup.Stream, Since = "5.0.0",
        Complexity = "For each stream mentioned: O(N) with N being the number of elements being returned, it means "
            + "that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) "
            + "time in order to serve the M clients blocked on the stream getting new data.",
        Syntax = "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
        Summary = "Return never seen elements in multiple streams, with IDs greater than the ones reported by the "
            + "caller for each stream. Can block.")]
    public static void Read(ref CommandContext ctx)
    {
        var options = default(ReadOptions);
        if (!options.TryRead(ref ctx, isOfGroup: false))
            return;
        var rented = options.Streams <= FewStreams ? null : ArrayPool<StreamId>.Shared.Rent(options.Streams);
        var after = rented ?? stackalloc StreamId[FewStreams];
        after = after[..options.Streams];
        try
        {
            if (!TryReadIds(ref ctx, options, after) || TryReply(ref ctx, options, after))
                return;
            if (options.Blocks)
                Wait(ref ctx, options, after);
            else
                ctx.Reply.NullArray();
        }
        finally
        {
            if (rented != null)
                ArrayPool<StreamId>.Shared.Return(rented);
        }
    }

    /// <summary>Whether a client runs this again because a key that it waits for may be ready.</summary>
    public static bool IsFurtherTry(scoped ref readonly CommandContext ctx) => ctx.Session.Waiter is { HasRun: true };

    private static bool TryReadIds(scoped ref CommandContext ctx, in ReadOptions options, scoped Span<StreamId> after)
    {
        for (var i = 0; i < options.Streams; i++)
        {
            var key = options.FirstKey + i;
            var argument = key + options.Streams;
            var exists = false;
            Entry entry = default;
            // A client that has waited is not told of another of its keys' type.
            if (!IsFurtherTry(in ctx)
                && !Collections.TryFind(ref ctx, ctx.Key(key), EntryType.Stream, out entry, out exists))
                return false;
            if (ctx.Args[argument] is [(byte)'$'])
            {
                after[i] = exists ? ctx.Keyspace.StreamOf(entry).LastId : default;
            }
            else if (ctx.Args[argument] is [(byte)'>'])
            {
                ctx.Reply.Error(
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "u8
                        + "option."u8);
                return false;
            }
            else if (!StreamIds.TryRead(ref ctx, argument, 0, out after[i]))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Replies what is there; of one stream only to a client that has waited, as in Redis.</summary>
    private static bool TryReply(
        scoped ref CommandContext ctx, in ReadOptions options, scoped ReadOnlySpan<StreamId> after)
    {
        var isFurtherTry = IsFurtherTry(in ctx);
        var limit = options.Count != 0 ? options.Count : isFurtherTry ? CountAfterWait : long.MaxValue;
        var found = 0;
        var isLong = false;
        for (var i = 0; i < options.Streams && (found == 0 || !isFurtherTry); i++)
        {
            if (!TryFind(ref ctx, options.FirstKey + i, after[i], limit, out var entry, out _, out var count))
                continue;
            found++;
            isLong |= StreamReplies.IsLong(ctx.Keyspace.StreamOf(entry), count);
        }
        if (found == 0)
            return false;
        var aside = isLong ? new StreamReadReply() : null;
        if (aside is null)
            StreamReadReply.ReadHeader(ctx.Reply, found);
        for (var i = 0; found > 0; i++)
        {
            if (!TryFind(ref ctx, options.FirstKey + i, after[i], limit, out var entry, out var rank, out var count))
                continue;
            found--;
            if (aside is not null)
            {
                aside.Add(ctx.Args[options.FirstKey + i], ctx.Keyspace.Hold(entry), rank, count);
                continue;
            }
            StreamReadReply.StreamHeader(ctx.Reply, ctx.Args[options.FirstKey + i]);
            StreamReplies.Range(ctx.Reply, ctx.Keyspace.StreamOf(entry), rank, count);
        }
        if (aside is not null)
            ctx.ReplyFrom(aside);
        return true;
    }

    private static bool TryFind(
        scoped ref CommandContext ctx, int argument, StreamId after, long limit, out Entry entry, out long rank,
        out long count)
    {
        rank = count = 0;
        var key = ctx.Key(argument);
        entry = default;
        if (!ctx.IsReady(key) || !ctx.TryPeek(key, out entry) || entry.Type != EntryType.Stream)
            return false;
        var stream = ctx.Keyspace.StreamOf(entry);
        if (stream.LastId <= after || !StreamIds.TryNext(after, out var first))
            return false;
        rank = stream.RankOf(first);
        count = Math.Min(limit, stream.Count - rank);
        return count > 0;
    }

    private static void Wait(scoped ref CommandContext ctx, in ReadOptions options, scoped ReadOnlySpan<StreamId> after)
    {
        var wait = new KeyWait
        {
            Type = EntryType.Stream,
            Timeout = options.Timeout,
            OnTimedOut = static reply => reply.NullArray(),
            Retry = IsFurtherTry(in ctx) || ctx.IsInTransaction ? null : Resolve(ref ctx, options, after),
        };
        ctx.WaitForKeys(wait, options.FirstKey, options.FirstKey + options.Streams - 1);
    }

    /// <summary>The request with the IDs that "$" stands for now; null if it has none.</summary>
    private static OwnedRequest? Resolve(
        scoped ref CommandContext ctx, in ReadOptions options, scoped ReadOnlySpan<StreamId> after)
    {
        var first = options.FirstKey + options.Streams;
        var hasLatest = false;
        for (var i = first; i < ctx.Args.Count; i++)
            hasLatest |= ctx.Args[i] is [(byte)'$'];
        if (!hasLatest)
            return null;
        using var bytes = new ReplyWriter();
        var slices = new ArgumentSlice[ctx.Args.Count];
        for (var i = 0; i < slices.Length; i++)
        {
            var start = bytes.Length;
            if (i < first)
            {
                bytes.Raw(ctx.Args[i]);
            }
            else
            {
                var room = bytes.GetSpan(StreamId.MaxTextLength);
                bytes.Advance(after[i - first].Format(room));
            }
            slices[i] = new ArgumentSlice(start, bytes.Length - start);
        }
        return new OwnedRequest(ctx.Command, new Arguments(bytes.Written, slices), ctx.Keys);
    }
}
