using System.Globalization;

using RedisLite.Commands.Expiry;

namespace RedisLite.Commands.Keys;

/// <summary>Commands over all keys of a database: KEYS, SCAN, RANDOMKEY, DBSIZE.</summary>
/// <remarks>
/// LOCK: they take stripe after stripe and never two, so they hold up nobody for longer than one stripe takes; inside
/// EXEC all stripes are held already and they see one moment's state.
/// </remarks>
internal static class ScanCommands
{
    private const int DefaultCount = 10;

    // How often RANDOMKEY draws a key that has expired before it looks at all of them.
    private const int RandomDraws = 100;

    // Kept free in the reply before a stripe is walked, so that the buffer seldom grows while the stripe is held.
    private const int RoomPerKey = 64;
    private const int LeastRoom = 64 * 1024;

    [Command("KEYS", Arity = 2, Keys = "R *", Flags = CommandFlags.Pooled, Group = CommandGroup.Generic,
        Since = "1.0.0",
        Complexity = "O(N) with N being the number of keys in the database, under the assumption that the key names "
            + "in the database and the given pattern have limited length.", Syntax = "pattern",
        Categories = "dangerous", Summary = "Find all keys matching the given pattern",
        Notes = "Does not stop other clients: it goes stripe by stripe, so it is not one moment's state (inside "
            + "MULTI it is).")]
    public static void Keys(ref CommandContext ctx)
    {
        var selection = new KeySelection(ref ctx);
        selection.Match(ctx.Args[1]);
        var mark = ctx.Reply.BeginAggregate();
        var roomPerStripe = (int)Math.Min(
            int.MaxValue, LeastRoom + ctx.Keyspace.Count / ctx.Databases.StripeCount * RoomPerKey);
        for (var stripe = 0; stripe < ctx.Databases.StripeCount; stripe++)
        {
            ctx.Reply.GetSpan(roomPerStripe);
            ctx.Keyspace.ForEach(stripe, ctx.StripeAccess, ref selection, KeySelection.Add);

            // Whoever waits for this core, be it a thread that serves hundreds of short requests, goes first.
            if (ctx.StripeAccess == StripeAccess.TakeEach)
                Thread.Yield();
        }

        ctx.Reply.EndArray(mark, selection.Count);
    }

    [Command("SCAN", Arity = -2, Keys = "R *", Flags = CommandFlags.Pooled, Group = CommandGroup.Generic,
        Since = "2.8.0",
        Complexity = "O(1) for every call. O(N) for a complete iteration, including enough command calls for the "
            + "cursor to return back to 0. N is the number of elements inside the collection.",
        Syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]", Summary = "Incrementally iterate the keys space")]
    public static void Scan(ref CommandContext ctx)
    {
        if (!TryParseCursor(ctx.Args[1], out var cursor))
        {
            ctx.Reply.Error(Errors.InvalidCursor);
            return;
        }

        var selection = new KeySelection(ref ctx);
        long count = DefaultCount;
        var options = new ArgReader(ctx.Args, first: 2);
        while (options.HasMore)
        {
            if (options.TryTake("MATCH"u8, out var value))
            {
                selection.Match(ctx.Args[value]);
            }
            else if (options.TryTake("TYPE"u8, out value))
            {
                selection.OnlyType(ctx.Args[value]);
            }
            else if (!options.TryTake("COUNT"u8, out value))
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
            else if (!ctx.Args.TryGetInt64(value, out count))
            {
                ctx.Reply.Error(Errors.NotAnInteger);
                return;
            }
            else if (count < 1)
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
        }

        Reply(ref ctx, cursor, (int)Math.Min(count, int.MaxValue), ref selection);
    }

    [Command("RANDOMKEY", Arity = 1, Keys = "R *", Flags = CommandFlags.Pooled, Group = CommandGroup.Generic,
        Since = "1.0.0", Complexity = "O(1)", Summary = "Return a random key from the keyspace")]
    public static void RandomKey(ref CommandContext ctx)
    {
        var draw = new KeyDraw(ref ctx);
        for (var i = 0; i < RandomDraws; i++)
        {
            if (!ctx.Keyspace.TryGetRandom(Random.Shared, ctx.StripeAccess, ref draw, KeyDraw.Take))
                break;
            if (draw.IsTaken)
                return;
            DeleteExpired(ref ctx, draw.ExpiredIn);
        }

        // Nearly all keys have expired and wait for their deletion: choose among those that have not.
        if (ctx.Keyspace.Count > 0)
            ctx.Keyspace.ForEach(ctx.StripeAccess, ref draw, KeyDraw.Choose);
        if (draw.Chosen is null)
            ctx.Reply.Null();
        else
            ctx.Reply.Bulk(draw.Chosen);
    }

    [Command("DBSIZE", Arity = 1, Keys = "R *", Flags = CommandFlags.Fast, Group = CommandGroup.Server, Since = "1.0.0",
        Complexity = "O(1)", Categories = "keyspace",
        Summary = "Return the number of keys in the selected database")]
    public static void DatabaseSize(ref CommandContext ctx) => ctx.Reply.Integer(ctx.Keyspace.Count);

    /// <summary>
    /// Reads a cursor as C's strtoul does, as Redis uses it: nothing is 0, a sign may stand before the digits.
    /// </summary>
    internal static bool TryParseCursor(ReadOnlySpan<byte> text, out ulong cursor)
    {
        cursor = 0;
        var end = text.IndexOf((byte)0);
        if (end >= 0)
            text = text[..end];
        if (text.IsEmpty)
            return true;
        var negative = text[0] == '-';
        if (text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out cursor))
            return false;
        if (negative)
            cursor = unchecked(0 - cursor);
        return true;
    }

    /// <summary>
    /// As Redis does with what a walk comes across. LOCK: the walk has given the stripe back; inside EXEC it is held,
    /// perhaps shared, and active expiry does it later.
    /// </summary>
    private static void DeleteExpired(ref CommandContext ctx, int stripe)
    {
        if (!ctx.IsInTransaction && ctx.Services.MayDelete)
            ctx.Keyspace.ExpireDue(stripe, ctx.NowMs, ActiveExpirySweep.KeysPerVisit);
    }

    private static void Reply(ref CommandContext ctx, ulong cursor, int count, ref KeySelection selection)
    {
        // The cursor stands before the keys but is known after them.
        var reply = ctx.Reply;
        var mark = reply.BeginAggregate();
        var next = ctx.Keyspace.Scan(cursor, count, ctx.StripeAccess, ref selection, KeySelection.Add);
        reply.EndArray(mark, selection.Count);
        var head = reply.Length;
        reply.Array(2);
        reply.BulkInteger((long)next);
        reply.MoveBefore(mark, head);
        foreach (var stripe in selection.ExpiredIn ?? [])
            DeleteExpired(ref ctx, stripe);
    }
}
