using System.Text;
using RedisLite.Commands;
using RedisLite.Commands.Execution.Waiting;
using RedisLite.Storage;

namespace RedisLite.Core.Tests.Commands;

/// <summary>
/// Commands for the tests of waiting: a queue of words, kept as a string with commas, and its blocking readers.
/// </summary>
/// <remarks>What is parked on the type "string" here is parked on "list" by BLPOP.</remarks>
internal static class WaitingCommands
{
    /// <summary>The product's commands and these.</summary>
    public static CommandTable Table { get; } = CommandTable.Build(
        typeof(CommandTable).Assembly, typeof(WaitingCommands).Assembly);

    [Command("T.PUSH", Arity = -3, Keys = "RW 1")]
    public static void Push(ref CommandContext ctx)
    {
        for (var i = 2; i < ctx.Args.Count; i++)
            Add(ref ctx, ctx.Key(1), ctx.Args[i]);
        ctx.Changed();
        ctx.Reply.Ok();
    }

    [Command("T.POP", Arity = -3, Keys = "RW 1..-2", Flags = CommandFlags.Blocking, Syntax = "key [key ...] timeout")]
    public static void Pop(ref CommandContext ctx)
    {
        var last = ctx.Args.Count - 2;
        for (var i = 1; i <= last; i++)
        {
            if (Take(ref ctx, ctx.Key(i)) is not { } word)
                continue;
            ctx.Changed();
            var effect = ctx.PropagateAs(3);
            effect.Bulk("T.POP"u8);
            effect.Bulk(ctx.Args[i]);
            effect.Bulk("0"u8);
            ctx.Reply.Bulk(word);
            return;
        }

        ctx.WaitForKeys(Wait(ref ctx), first: 1, last);
    }

    [Command("T.MOVE", Arity = 4, Keys = "RW 1, RW 2", Flags = CommandFlags.Blocking,
        Syntax = "source destination timeout")]
    public static void Move(ref CommandContext ctx)
    {
        if (Take(ref ctx, ctx.Key(1)) is not { } word)
        {
            ctx.WaitForKeys(Wait(ref ctx), first: 1, last: 1);
            return;
        }

        Add(ref ctx, ctx.Key(2), word);
        ctx.Changed();
        ctx.Reply.Bulk(word);
    }

    [Command("T.GROUP", Arity = 3, Keys = "RW 1", Flags = CommandFlags.Blocking, Syntax = "key timeout")]
    public static void Group(ref CommandContext ctx)
    {
        if (!ctx.TryGet(1, out var entry))
            ctx.Reply.Error("NOGROUP gone"u8);
        else if (!entry.Value.SequenceEqual("empty"u8))
            ctx.Reply.Bulk(entry.Value);
        else
            ctx.WaitForKeys(Wait(ref ctx) with { WakesWhenGone = true }, first: 1, last: 1);
    }

    /// <summary>Calls a command, as a script does; under all stripes if it names a key that is not its own.</summary>
    [Command("T.CALL", Arity = -3, Keys = "RW 1", Syntax = "key command [argument ...]")]
    public static void Call(ref CommandContext ctx)
    {
        var args = ctx.Args.From(2);
        if (ctx.RunNested(WaitingCommands.Table.Resolve(
            args)!, args, ctx.Reply) == RedisLite.Commands.Execution.NestedOutcome.KeysNotHeld)
            ctx.RunAgainUnderAllStripes();
    }

    private static KeyWait Wait(ref CommandContext ctx)
    {
        ctx.Args.TryGetDouble(ctx.Args.Count - 1, out var seconds);
        return new KeyWait
        {
            Type = EntryType.String,
            Timeout = seconds == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(seconds),
            OnTimedOut = static reply => reply.NullArray(),
        };
    }

    private static void Add(ref CommandContext ctx, in Key key, ReadOnlySpan<byte> word)
    {
        byte[] value = ctx.TryPeek(key, out var entry) ? [.. entry.Value, (byte)',', .. word] : word.ToArray();
        ctx.Keyspace.SetString(key, value);
    }

    private static byte[]? Take(ref CommandContext ctx, in Key key)
    {
        if (!ctx.TryPeek(key, out var entry) || entry.Type != EntryType.String)
            return null;
        var words = Encoding.Latin1.GetString(entry.Value).Split(',', 2);
        if (words.Length == 1)
            ctx.Keyspace.Remove(key);
        else
            ctx.Keyspace.SetString(key, Encoding.Latin1.GetBytes(words[1]));
        return Encoding.Latin1.GetBytes(words[0]);
    }
}
