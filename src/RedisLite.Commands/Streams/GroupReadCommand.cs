using RedisLite.Commands.Execution.Waiting;
using RedisLite.Protocol;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XREADGROUP: what no consumer of a group has got yet, or what one has and did not acknowledge.</summary>
internal static class GroupReadCommand
{
    // Some tens of microseconds on a thread that reads sockets.
    private const long FewEntries = 100;

    [Command("XREADGROUP", Arity = -7, Keys = "R STREAMS@4..-1%2",
        Flags = CommandFlags.Blocking | CommandFlags.Write | CommandFlags.PooledByItself | CommandFlags.WakesNobody,
        RivalsByArgument = 2, Group = CommandGroup.Stream,
        Since = "5.0.0",
        Complexity = "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant "
            + "(e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side "
            + "when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the "
            + "stream getting new data.",
        Syntax = "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
        Summary = "Return new entries from a stream using a consumer group, or access the history of the pending "
            + "entries for a given consumer. Can block.",
        Notes = "What a consumer reads again is logged as XCLAIM, which Redis leaves out.")]
    public static void Read(ref CommandContext ctx)
    {
        var options = default(ReadOptions);
        if (!options.TryRead(ref ctx, isOfGroup: true) || !Check(ref ctx, options)
            || (IsMuch(ref ctx, options) && ctx.LeavesToPool()))
            return;
        var isFurtherTry = ReadCommand.IsFurtherTry(in ctx);
        var mark = ctx.Reply.BeginAggregate();
        var found = 0;
        for (var i = 0; i < options.Streams && (found == 0 || !isFurtherTry); i++)
        {
            var outcome = Serve(ref ctx, options, options.FirstKey + i);
            if (outcome == Outcome.Handed)
                return;
            found += outcome == Outcome.Served ? 1 : 0;
        }
        if (found > 0 && ctx.Reply.Format == ReplyFormat.Resp3)
            ctx.Reply.EndMap(mark, found);
        else if (found > 0)
            ctx.Reply.EndArray(mark, found);
        else if (options.Blocks)
            Wait(ref ctx, options);
        else
            ctx.Reply.NullArray();
    }

    private enum Outcome
    {
        Nothing,
        Served,

        /// <summary>The whole reply goes on by itself.</summary>
        Handed,
    }

    /// <summary>Whether all keys and groups are there and all IDs are right; replies the error otherwise.</summary>
    private static bool Check(scoped ref CommandContext ctx, in ReadOptions options)
    {
        var group = ctx.Args[options.Group];
        var isFurtherTry = ReadCommand.IsFurtherTry(in ctx);
        for (var i = 0; i < options.Streams; i++)
        {
            var key = ctx.Key(options.FirstKey + i);
            var exists = ctx.TryGet(key, out var entry);
            var isStream = exists && entry.Type == EntryType.Stream;
            if (isFurtherTry && !isStream)
            {
                ctx.Reply.Error("UNBLOCKED the stream key no longer exists"u8);
                return false;
            }
            if (exists && !isStream)
            {
                ctx.Reply.Error(Errors.WrongType);
                return false;
            }
            if (!exists || !ctx.Keyspace.StreamOf(entry).TryGetGroup(group, out _))
            {
                if (isFurtherTry)
                    ctx.Reply.Error("NOGROUP the consumer group this client was blocked on no longer exists"u8);
                else
                    ctx.Reply.Error(StreamErrors.NoGroup(key.Bytes, group, " in XREADGROUP with GROUP option"));
                return false;
            }
            var id = ctx.Args[options.FirstKey + options.Streams + i];
            if (id is [(byte)'$'])
            {
                ctx.Reply.Error(
                    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of "u8
                        + "this consumer by specifying a proper ID, or use the > ID to get new messages. The $ "u8
                        + "ID would just return an empty result set."u8);
                return false;
            }
            if (id is not [(byte)'>'] && !StreamIds.TryRead(ref ctx, options.FirstKey + options.Streams + i, 0, out _))
                return false;
        }
        return true;
    }

    /// <summary>Whether it may take more than a moment to hand out what is there.</summary>
    private static bool IsMuch(scoped ref CommandContext ctx, in ReadOptions options)
    {
        if (options.Count is > 0 and <= FewEntries && options.Streams == 1)
            return false;
        var entries = 0L;
        for (var i = 0; i < options.Streams; i++)
        {
            ctx.TryPeek(ctx.Key(options.FirstKey + i), out var entry);
            var stream = ctx.Keyspace.StreamOf(entry);
            if (!stream.TryGetGroup(ctx.Args[options.Group], out var group))
                continue;
            if (ctx.Args[options.FirstKey + options.Streams + i] is not [(byte)'>'])
                entries += group.PendingCount;
            else if (StreamIds.TryNext(group.State.LastId, out var first))
                entries += stream.Count - stream.RankOf(first);
        }

        return entries > FewEntries;
    }

    private static Outcome Serve(scoped ref CommandContext ctx, in ReadOptions options, int argument)
    {
        var key = ctx.Key(argument);
        if (!ctx.IsReady(key) || !ctx.TryPeek(key, out var entry))
            return Outcome.Nothing;
        var stream = ctx.Keyspace.StreamOf(entry);
        var id = ctx.Args[argument + options.Streams];
        if (id is not [(byte)'>'] && StreamIds.TryParse(id, 0, out var after) && after != StreamIds.Highest)
        {
            StreamIds.TryNext(after, out var from);
            ServeHistory(ref ctx, options, key, entry, from);
            return Outcome.Served;
        }

        stream.TryGetGroup(ctx.Args[options.Group], out var group);
        if (stream.Count == 0 || !StreamIds.TryNext(group.State.LastId, out var first))
            return Outcome.Nothing;
        var rank = stream.RankOf(first);
        var limit = options.Count != 0 ? options.Count
            : ReadCommand.IsFurtherTry(in ctx) ? ReadCommand.CountAfterWait : long.MaxValue;
        var count = Math.Min(limit, stream.Count - rank);
        if (count <= 0)
            return Outcome.Nothing;

        using var change = Collections.BeginChange(ref ctx, key, entry);
        Deliver(ref ctx, options, key.Bytes, change.Stream, rank, count);
        if (options.Streams == 1 && StreamReplies.IsLong(change.Stream, count))
        {
            var aside = new StreamReadReply();
            aside.Add(key.Bytes, ctx.Keyspace.Hold(change.Entry), rank, count);
            ctx.ReplyFrom(aside);
            return Outcome.Handed;
        }
        StreamReadReply.StreamHeader(ctx.Reply, key.Bytes);
        StreamReplies.Range(ctx.Reply, change.Stream, rank, count);
        return Outcome.Served;
    }

    /// <summary>Entries from a rank on go to the consumer.</summary>
    private static void Deliver(
        scoped ref CommandContext ctx, in ReadOptions options, scoped ReadOnlySpan<byte> key,
        StreamValue stream, long rank,
        long count)
    {
        var name = ctx.Args[options.Group];
        var consumer = ctx.Args[options.Group + 1];
        var totals = stream.Totals;
        using var group = stream.ChangeGroup(name);
        GroupEffects.SeeConsumer(ref ctx, key, group, consumer, isActive: true);
        // What is written is below the groups: the entries stay where they are.
        var cursor = stream.At(rank);
        for (var left = count; left > 0; left--, cursor.MoveNext())
        {
            group.State = GroupProgress.Read(totals, group.State, cursor.Id);
            if (options.NoAcknowledge)
                continue;
            var pending = new StreamPendingEntry(cursor.Id, ctx.NowMs, 1);
            group.Deliver(pending, consumer);
            GroupEffects.Claim(ref ctx, key, name, consumer, pending, group.State.LastId);
        }
        GroupEffects.SetId(ref ctx, key, name, group.State);
    }

    /// <summary>What is pending at the consumer from an ID on; what was deleted meanwhile has no fields.</summary>
    private static void ServeHistory(
        scoped ref CommandContext ctx, in ReadOptions options, scoped in Key key, scoped in Entry entry, StreamId from)
    {
        var name = ctx.Args[options.Group];
        var consumer = ctx.Args[options.Group + 1];
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var stream = change.Stream;
        using var group = stream.ChangeGroup(name);
        GroupEffects.SeeConsumer(ref ctx, key.Bytes, group, consumer, isActive: false);
        StreamReadReply.StreamHeader(ctx.Reply, key.Bytes);
        var mark = ctx.Reply.BeginAggregate();
        var found = 0;
        while (options.Count == 0 || found < options.Count)
        {
            group.Group.TryGetConsumer(consumer, out var own);
            var cursor = own.PendingFrom(from);
            if (!cursor.IsValid)
                break;
            var id = cursor.Id;
            found++;
            var place = stream.From(id);
            if (place.IsValid && place.Id == id)
            {
                StreamReplies.Entry(ctx.Reply, place);
                group.Group.TryGetPending(id, out var former);
                var pending = new StreamPendingEntry(id, ctx.NowMs, former.Deliveries + 1);
                group.Deliver(pending, consumer);
                GroupEffects.Claim(ref ctx, key.Bytes, name, consumer, pending, group.State.LastId);
            }
            else
            {
                ctx.Reply.Array(2);
                StreamIds.Bulk(ctx.Reply, id);
                ctx.Reply.NullArray();
            }
            if (!StreamIds.TryNext(id, out from))
                break;
        }
        ctx.Reply.EndArray(mark, found);
    }

    private static void Wait(scoped ref CommandContext ctx, in ReadOptions options)
    {
        var wait = new KeyWait
        {
            Type = EntryType.Stream,
            Timeout = options.Timeout,
            OnTimedOut = static reply => reply.NullArray(),
            WakesWhenGone = true,
        };
        ctx.WaitForKeys(wait, options.FirstKey, options.FirstKey + options.Streams - 1);
    }
}
