using RedisLite.Commands.Server;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Keys;

/// <summary>OBJECT: what is known about a value beside its content.</summary>
[CommandContainer("OBJECT", Group = CommandGroup.Generic, Since = "2.2.3", HelpSince = "6.2.0",
    Summary = "A container for object introspection commands")]
internal static class ObjectCommands
{
    // Redis keeps one object for each of these numbers and lets all values share it, under a count that stands for
    // "many".
    private const long SharedIntegers = 10_000;
    private const int SharedReferenceCount = int.MaxValue;

    [Command("OBJECT ENCODING", Arity = 3, Keys = "R:none 2", Group = CommandGroup.Generic, Since = "2.2.3",
        Complexity = "O(1)", Syntax = "key",
        Summary = "Inspect the internal encoding of a Redis object",
        Notes = "The encoding that Redis would have chosen: it is what programs look at.")]
    public static void Encoding(ref CommandContext ctx)
    {
        if (TryFind(ref ctx, out var entry))
            ctx.Reply.Bulk(EncodingNames.Of(ctx.Keyspace, entry));
    }

    [Command("OBJECT REFCOUNT", Arity = 3, Keys = "R:none 2", Group = CommandGroup.Generic, Since = "2.2.3",
        Complexity = "O(1)", Syntax = "key",
        Summary = "Get the number of references to the value of the key",
        Notes = "Values are not shared here; small integers answer as in Redis.")]
    public static void ReferenceCount(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, out var entry))
            return;
        var wouldBeShared = entry.Encoding == StringEncoding.Int
            && SharesIntegers(ctx.Options)
            && RedisNumbers.TryParseInt64(entry.Value, out var value)
            && value is >= 0 and < SharedIntegers;
        ctx.Reply.Integer(wouldBeShared ? SharedReferenceCount : 1);
    }

    [Command("OBJECT IDLETIME", Arity = 3, Keys = "R:none 2", Group = CommandGroup.Generic, Since = "2.2.3",
        Complexity = "O(1)", Syntax = "key",
        Summary = "Get the time since a Redis object was last accessed")]
    public static void IdleTime(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, out var entry))
            return;
        if (AccessClock.IsLfu(ctx.Options))
            ctx.Reply.Error(
                "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching "u8
                    + "between policies at runtime LRU and LFU data will take some time to adjust."u8);
        else
            ctx.Reply.Integer(AccessClock.IdleSeconds(entry.AccessClock, ctx.NowMs));
    }

    [Command("OBJECT FREQ", Arity = 3, Keys = "R:none 2", Group = CommandGroup.Generic, Since = "4.0.0",
        Complexity = "O(1)", Syntax = "key",
        Summary = "Get the logarithmic access frequency counter of a Redis object")]
    public static void Frequency(ref CommandContext ctx)
    {
        if (!TryFind(ref ctx, out var entry))
            return;
        if (AccessClock.IsLfu(ctx.Options))
            ctx.Reply.Integer(AccessClock.Counter(entry.AccessClock, ctx.NowMs, ctx.Options.LfuDecayMinutes));
        else
            ctx.Reply.Error(
                "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when "u8
                    + "switching between policies at runtime LRU and LFU data will take some time to adjust."u8);
    }

    private static bool TryFind(ref CommandContext ctx, out Entry entry)
    {
        if (ctx.TryRead(ctx.Key(2), out entry, touches: false, notifies: false))
            return true;
        ctx.Reply.Null();
        return false;
    }

    /// <summary>
    /// Redis gives each value its own access mark, and so its own object, when an eviction policy needs it.
    /// </summary>
    private static bool SharesIntegers(RuntimeOptions options) =>
        options.MaxMemory == 0
        || options.MaxMemoryPolicy is not (MaxMemoryPolicy.AllKeysLru or MaxMemoryPolicy.VolatileLru)
            && !AccessClock.IsLfu(options);
}
