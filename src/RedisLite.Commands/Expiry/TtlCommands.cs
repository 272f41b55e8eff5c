namespace RedisLite.Commands.Expiry;

/// <summary>Commands that say when a key expires: TTL, PTTL, EXPIRETIME, PEXPIRETIME.</summary>
internal static class TtlCommands
{
    private const int NoKey = -2;

    [Command("TTL", Arity = 2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic, Since = "1.0.0",
        Complexity = "O(1)", Syntax = "key",
        Summary = "Get the time to live for a key in seconds")]
    public static void TimeToLive(ref CommandContext ctx) => Reply(ref ctx, isAbsolute: false, inSeconds: true);

    [Command("PTTL", Arity = 2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic, Since = "2.6.0",
        Complexity = "O(1)", Syntax = "key",
        Summary = "Get the time to live for a key in milliseconds")]
    public static void TimeToLiveMs(ref CommandContext ctx) => Reply(ref ctx, isAbsolute: false, inSeconds: false);

    [Command("EXPIRETIME", Arity = 2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "7.0.0", Complexity = "O(1)", Syntax = "key", Summary = "Get the expiration Unix timestamp for a key")]
    public static void ExpireTime(ref CommandContext ctx) => Reply(ref ctx, isAbsolute: true, inSeconds: true);

    [Command("PEXPIRETIME", Arity = 2, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Generic,
        Since = "7.0.0", Complexity = "O(1)", Syntax = "key",
        Summary = "Get the expiration Unix timestamp for a key in milliseconds")]
    public static void ExpireTimeMs(ref CommandContext ctx) => Reply(ref ctx, isAbsolute: true, inSeconds: false);

    private static void Reply(ref CommandContext ctx, bool isAbsolute, bool inSeconds)
    {
        if (!ctx.TryRead(ctx.Key(1), out var entry, touches: false))
        {
            ctx.Reply.Integer(NoKey);
            return;
        }

        if (entry.ExpireAtMs == Keyspace.NoExpiry)
        {
            ctx.Reply.Integer(Keyspace.NoExpiry);
            return;
        }

        var time = isAbsolute ? entry.ExpireAtMs : Math.Max(0, entry.ExpireAtMs - ctx.NowMs);
        // Rounded to the nearest second, as Redis does; unsigned, so that the last half second of all does not
        // overflow.
        ctx.Reply.Integer(inSeconds ? (long)(((ulong)time + 500) / 1000) : time);
    }
}
