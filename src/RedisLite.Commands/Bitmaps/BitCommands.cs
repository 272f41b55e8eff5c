using RedisLite.Commands.Server;
using RedisLite.Storage;

namespace RedisLite.Commands.Bitmaps;

/// <summary>Single bits: SETBIT, GETBIT.</summary>
internal static class BitCommands
{
    [Command("SETBIT", Arity = 4, Keys = "RW 1", Flags = CommandFlags.DenyOom, Group = CommandGroup.Bitmap,
        Since = "2.2.0", Complexity = "O(1)", Syntax = "key offset value",
        Summary = "Sets or clears the bit at offset in the string value stored at key")]
    public static void SetBit(ref CommandContext ctx)
    {
        if (!BitOffset.TryRead(ref ctx, 2, out var offset))
            return;
        if (!ctx.Args.TryGetInt64(3, out var value) || value is not (0 or 1))
        {
            ctx.Reply.Error("ERR bit is not an integer or out of range"u8);
            return;
        }

        if (!ctx.TryGetString(1, out var entry, out var exists)
            || !BitOffset.TryGetLength(ref ctx, offset, out var needed))
            return;
        var key = ctx.Key(1);
        var length = exists ? entry.Value.Length : 0;
        var old = exists && BitString.Get(entry.Value, offset);
        if (needed > length || old != (value != 0))
        {
            ctx.NotifyIfNew(key);
            BitString.Set(ctx.Keyspace.ResizeString(key, Math.Max(needed, length)), offset, value != 0);
            ctx.Changed();
            ctx.Notify(KeyspaceEvents.Strings, "setbit"u8, key.Bytes);
        }
        else
        {
            ctx.Keyspace.SetEncoding(key, StringEncoding.Raw);
        }

        ctx.Reply.Integer(old ? 1 : 0);
    }

    [Command("GETBIT", Arity = 3, Keys = "R 1", Flags = CommandFlags.Fast, Group = CommandGroup.Bitmap, Since = "2.2.0",
        Complexity = "O(1)", Syntax = "key offset",
        Summary = "Returns the bit value at offset in the string value stored at key")]
    public static void GetBit(ref CommandContext ctx)
    {
        if (!BitOffset.TryRead(ref ctx, 2, out var offset) || !ctx.TryGetString(1, out var entry, out var exists))
            return;
        ctx.Reply.Integer(exists && BitString.Get(entry.Value, offset) ? 1 : 0);
    }
}
