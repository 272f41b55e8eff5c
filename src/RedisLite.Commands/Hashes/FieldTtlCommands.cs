using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.Hashes;

/// <summary>
/// When fields expire: HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME. -2: no such field, -1: it does not expire.
/// </summary>
internal static class FieldTtlCommands
{
    private const string Complexity = "O(N) where N is the number of specified fields";
    private const string Syntax = "key FIELDS numfields field [field ...]";
    private const string Version = "Of Redis 7.4.";

    [Command("HTTL", Arity = -5, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash, Since = "7.4.0",
        Complexity = Complexity, Syntax = Syntax, Summary = "Returns the TTL in seconds of a hash field",
        Notes = Version)]
    public static void HTtl(ref CommandContext ctx) => Reply(ref ctx, ctx.NowMs, inSeconds: true);

    [Command("HPTTL", Arity = -5, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash, Since = "7.4.0",
        Complexity = Complexity, Syntax = Syntax, Summary = "Returns the TTL in milliseconds of a hash field",
        Notes = Version)]
    public static void HTtlMs(ref CommandContext ctx) => Reply(ref ctx, ctx.NowMs, inSeconds: false);

    [Command("HEXPIRETIME", Arity = -5, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "7.4.0", Complexity = Complexity, Syntax = Syntax, Notes = Version,
        Summary = "Returns the expiration time of a hash field as a Unix timestamp, in seconds")]
    public static void HExpireTime(ref CommandContext ctx) => Reply(ref ctx, fromMs: 0, inSeconds: true);

    [Command("HPEXPIRETIME", Arity = -5, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Hash,
        Since = "7.4.0", Complexity = Complexity, Syntax = Syntax, Notes = Version,
        Summary = "Returns the expiration time of a hash field as a Unix timestamp, in milliseconds")]
    public static void HExpireTimeMs(ref CommandContext ctx) => Reply(ref ctx, fromMs: 0, inSeconds: false);

    private static void Reply(ref CommandContext ctx, long fromMs, bool inSeconds)
    {
        if (!Collections.TryFind(ref ctx, ctx.Key(1), EntryType.Hash, out var entry, out var exists)
            || !FieldClause.TryRead(ref ctx, at: 2, FieldClause.NotPositive, out var fields))
            return;
        ctx.Reply.Array(fields.Count);
        for (var i = fields.First; i <= fields.Last; i++)
        {
            if (!exists || !new LiveHash(ctx, entry).TryGet(ctx.Args[i], out _, out var expireAtMs))
                ctx.Reply.Integer(-2);
            else if (expireAtMs == HashValue.NoExpiry)
                ctx.Reply.Integer(-1);
            else
                ctx.Reply.Integer(inSeconds ? (expireAtMs - fromMs + 999) / 1000 : expireAtMs - fromMs);
        }
    }
}
