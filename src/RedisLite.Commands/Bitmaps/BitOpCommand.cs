using System.Buffers;
using RedisLite.Commands.Strings;
using RedisLite.Protocol;
using RedisLite.Storage;

namespace RedisLite.Commands.Bitmaps;

/// <summary>BITOP.</summary>
internal static class BitOpCommand
{
    /// <summary>Longer results get an array of their own: the pool would keep it for nobody.</summary>
    private const int LongestPooled = 1024 * 1024;

    private const int FirstSource = 3;

    [Command("BITOP", Arity = -4, Keys = "W 2, R 3..-1", Flags = CommandFlags.DenyOom | CommandFlags.Pooled,
        Group = CommandGroup.Bitmap, Since = "2.6.0", Complexity = "O(N)", Syntax = "operation destkey key [key ...]",
        Summary = "Perform bitwise operations between strings")]
    public static void BitOp(ref CommandContext ctx)
    {
        if (!TryParseOperator(ctx.Args, out var op))
            ctx.Reply.Error(Errors.Syntax);
        else if (op == BitOperator.Not && ctx.Args.Count != FirstSource + 1)
            ctx.Reply.Error("ERR BITOP NOT must be called with a single source key."u8);
        else if (TryGetLongest(ref ctx, out var length))
            Store(ref ctx, op, length);
    }

    private static bool TryParseOperator(in Arguments args, out BitOperator op)
    {
        op = args.Is(1, "AND"u8) ? BitOperator.And
            : args.Is(1, "OR"u8) ? BitOperator.Or
            : args.Is(1, "XOR"u8) ? BitOperator.Xor
            : BitOperator.Not;
        return op != BitOperator.Not || args.Is(1, "NOT"u8);
    }

    /// <summary>
    /// The length of the longest source, which is the result's. False when a source is no string; the error is replied.
    /// </summary>
    private static bool TryGetLongest(ref CommandContext ctx, out int length)
    {
        length = 0;
        for (var i = FirstSource; i < ctx.Args.Count; i++)
        {
            if (!StringWrites.TryReadString(ref ctx, ctx.Key(i), out var entry, out var exists))
                return false;
            if (exists)
                length = Math.Max(length, entry.Value.Length);
        }

        return true;
    }

    private static void Store(ref CommandContext ctx, BitOperator op, int length)
    {
        var destination = ctx.Key(2);
        if (length == 0)
        {
            if (ctx.TryPeek(destination, out _))
                StringWrites.Delete(ref ctx, destination);
        }
        else
        {
            // The destination may be a source as well, so the result is made aside.
            var pooled = length <= LongestPooled;
            var buffer = pooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
            var result = buffer.AsSpan(0, length);
            Compute(ref ctx, op, result);
            StringWrites.Put(ref ctx, destination, result);
            ctx.Keyspace.SetEncoding(destination, StringEncoding.Raw);
            if (pooled)
                ArrayPool<byte>.Shared.Return(buffer);
        }

        ctx.Reply.Integer(length);
    }

    private static void Compute(ref CommandContext ctx, BitOperator op, Span<byte> result)
    {
        var first = Source(ref ctx, FirstSource);
        first.CopyTo(result);
        result[first.Length..].Clear();
        if (op == BitOperator.Not)
            BitString.Invert(result);
        for (var i = FirstSource + 1; i < ctx.Args.Count; i++)
            BitString.Combine(op, result, Source(ref ctx, i));
    }

    private static ReadOnlySpan<byte> Source(ref CommandContext ctx, int argument) =>
        ctx.TryPeek(ctx.Key(argument), out var entry) ? entry.Value : [];
}
