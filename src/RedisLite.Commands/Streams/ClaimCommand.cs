using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Streams;

/// <summary>XCLAIM: pending entries go to another consumer, by their IDs.</summary>
internal static class ClaimCommand
{
    private const int Name = 2;
    private const int Consumer = 3;
    private const int FirstId = 5;

    [Command("XCLAIM", Arity = -6, Keys = "RW:update 1",
        Flags = CommandFlags.Fast | CommandFlags.WakesNobody, Group = CommandGroup.Stream,
        Since = "5.0.0", Complexity = "O(log N) with N being the number of messages in the PEL of the consumer group.",
        Syntax = "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT "
            + "count] [FORCE] [JUSTID] [LASTID id]",
        Summary = "Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered "
            + "to the specified consumer.")]
    public static void Claim(ref CommandContext ctx)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.Stream, out var entry, out var exists))
            return;
        if (!exists || !ctx.Keyspace.StreamOf(entry).TryGetGroup(ctx.Args[Name], out _))
        {
            ctx.Reply.Error(StreamErrors.NoGroup(key.Bytes, ctx.Args[Name]));
            return;
        }
        var options = default(ClaimOptions);
        if (!options.TryRead(ref ctx))
            return;
        using var change = Collections.BeginChange(ref ctx, key, entry);
        var stream = change.Stream;
        using var group = stream.ChangeGroup(ctx.Args[Name]);
        var claim = new Claiming(key.Bytes, ctx.Args[Name], ctx.Args[Consumer], options.IsIdOnly);
        var setsLast = options.LastId > group.State.LastId;
        if (setsLast)
            group.State = group.State with { LastId = options.LastId };
        var mark = ctx.Reply.BeginAggregate();
        var claimed = 0;
        for (var i = FirstId; i < options.EndOfIds; i++)
        {
            StreamIds.TryParse(ctx.Args[i], 0, out var id);
            var isPending = group.Group.TryGetPending(id, out var pending);
            var place = stream.From(id);
            if (!place.IsValid || place.Id != id)
            {
                setsLast &= !isPending;
                if (isPending)
                    claim.Forget(ref ctx, group, pending);
                continue;
            }
            if (isPending ? ctx.NowMs - pending.DeliveredAtMs < options.MinIdleMs
                && options.MinIdleMs != 0 : !options.Forces)
                continue;
            var deliveries = isPending ? pending.Deliveries : 1;
            if (options.Deliveries >= 0)
                deliveries = (ulong)options.Deliveries;
            else if (!options.IsIdOnly)
                deliveries++;
            claim.Take(ref ctx, group, place, new StreamPendingEntry(id, options.DeliveredAtMs, deliveries));
            claimed++;
            setsLast = false;
        }
        // Else the claims say so.
        if (setsLast)
            GroupEffects.SetId(ref ctx, key.Bytes, ctx.Args[Name], group.State);
        ctx.Reply.EndArray(mark, claimed);
    }

    /// <summary>What stands behind the IDs.</summary>
    private struct ClaimOptions
    {
        private const long NotGiven = -1;

        public long MinIdleMs { get; private set; }

        public int EndOfIds { get; private set; }

        public long DeliveredAtMs { get; private set; }

        public long Deliveries { get; private set; }

        public bool Forces { get; private set; }

        public bool IsIdOnly { get; private set; }

        public StreamId LastId { get; private set; }

        public bool TryRead(scoped ref CommandContext ctx)
        {
            var args = ctx.Args;
            if (!TryReadNumber(ref ctx, 4, "ERR Invalid min-idle-time argument for XCLAIM"u8, out var idle))
                return false;
            MinIdleMs = Math.Max(0, idle);
            EndOfIds = FirstId;
            while (EndOfIds < args.Count && StreamIds.TryParse(args[EndOfIds], 0, out _))
                EndOfIds++;
            DeliveredAtMs = Deliveries = NotGiven;
            for (var at = EndOfIds; at < args.Count;)
            {
                if (!TryReadOption(ref ctx, ref at))
                    return false;
            }
            // A time that cannot be is now, as a client's clock may differ.
            if (DeliveredAtMs < 0 || DeliveredAtMs > ctx.NowMs)
                DeliveredAtMs = ctx.Session.IsObeyed && DeliveredAtMs > 0 ? DeliveredAtMs : ctx.NowMs;
            return true;
        }

        private bool TryReadOption(scoped ref CommandContext ctx, ref int at)
        {
            var options = new ArgReader(ctx.Args, at);
            if (options.TryTake("FORCE"u8))
            {
                Forces = true;
            }
            else if (options.TryTake("JUSTID"u8))
            {
                IsIdOnly = true;
            }
            else if (options.TryTake("IDLE"u8, out var value))
            {
                if (!TryReadNumber(ref ctx, value, "ERR Invalid IDLE option argument for XCLAIM"u8, out var idle))
                    return false;
                DeliveredAtMs = unchecked(ctx.NowMs - idle);
            }
            else if (options.TryTake("TIME"u8, out value))
            {
                if (!TryReadNumber(ref ctx, value, "ERR Invalid TIME option argument for XCLAIM"u8, out var time))
                    return false;
                DeliveredAtMs = time;
            }
            else if (options.TryTake("RETRYCOUNT"u8, out value))
            {
                if (!TryReadNumber(
                    ref ctx, value, "ERR Invalid RETRYCOUNT option argument for XCLAIM"u8, out var count))
                    return false;
                Deliveries = count;
            }
            else if (options.TryTake("LASTID"u8, out value))
            {
                if (!StreamIds.TryRead(ref ctx, value, 0, out var last))
                    return false;
                LastId = last;
            }
            else
            {
                var text = StreamErrors.Text(ctx.Args[at]);
                ctx.Reply.Error(System.Text.Encoding.Latin1.GetBytes($"ERR Unrecognized XCLAIM option '{text}'"));
                return false;
            }
            at = options.Position;
            return true;
        }

        private static bool TryReadNumber(
            scoped ref CommandContext ctx, int argument, ReadOnlySpan<byte> error, out long number)
        {
            if (ctx.Args.TryGetInt64(argument, out number))
                return true;
            ctx.Reply.Error(error);
            return false;
        }
    }
}
