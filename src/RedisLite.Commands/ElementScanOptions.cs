using RedisLite.Commands.Keys;
using RedisLite.Protocol;

namespace RedisLite.Commands;

/// <summary>What HSCAN, SSCAN and ZSCAN are asked: where to go on, how much to return, and what of it.</summary>
internal ref struct ElementScanOptions
{
    private const int DefaultCount = 10;

    // COUNT is a hint. More would hold up writers of the key, and needs a reply buffer of its size.
    private const int MostPerCall = 4096;

    private ReadOnlySpan<byte> _pattern;
    private bool _hasPattern;

    public ulong Cursor { get; private set; }

    public int Count { get; private set; }

    /// <summary>Return the names alone.</summary>
    public bool OmitsValues { get; private set; }

    /// <summary>Reads the cursor, which is looked at before the key.</summary>
    /// <returns>False when the error is replied.</returns>
    public static bool TryReadCursor(scoped in CommandContext ctx, out ElementScanOptions options)
    {
        options = new ElementScanOptions { Count = DefaultCount };
        if (!ScanCommands.TryParseCursor(ctx.Args[2], out var cursor))
        {
            ctx.Reply.Error(Errors.InvalidCursor);
            return false;
        }

        options.Cursor = cursor;
        return true;
    }

    /// <summary>Replies as for a key that is missing: whatever the options say.</summary>
    public static void ReplyEmpty(scoped in CommandContext ctx)
    {
        ctx.Reply.Array(2);
        ctx.Reply.BulkInteger(0);
        ctx.Reply.Array(0);
    }

    /// <summary>Reads what follows the cursor.</summary>
    /// <param name="ctx">Gets the error reply when the result is false.</param>
    /// <param name="omitsValues">The option that leaves out values, or nothing.</param>
    public bool TryReadRest(scoped in CommandContext ctx, ReadOnlySpan<byte> omitsValues)
    {
        var options = new ArgReader(ctx.Args, first: 3);
        while (options.HasMore)
        {
            if (options.TryTake("MATCH"u8, out var value))
            {
                _pattern = ctx.Args[value];
                _hasPattern = !Glob.MatchesEverything(_pattern);
            }
            else if (!omitsValues.IsEmpty && options.TryTake(omitsValues))
            {
                OmitsValues = true;
            }
            else if (!options.TryTake("COUNT"u8, out value))
            {
                return Refuse(ctx, Errors.Syntax);
            }
            else if (!ctx.Args.TryGetInt64(value, out var count))
            {
                return Refuse(ctx, Errors.NotAnInteger);
            }
            else if (count < 1)
            {
                return Refuse(ctx, Errors.Syntax);
            }
            else
            {
                Count = (int)Math.Min(count, MostPerCall);
            }
        }

        return true;
    }

    /// <summary>Whether an element is among those to return.</summary>
    public readonly bool Includes(ReadOnlySpan<byte> name) => !_hasPattern || Glob.IsMatch(_pattern, name);

    /// <summary>Puts the cursor before the elements that were written since a mark.</summary>
    /// <param name="reply">Of the request.</param>
    /// <param name="mark">From <see cref="ReplyWriter.BeginAggregate"/>.</param>
    /// <param name="count">How many elements and values.</param>
    /// <param name="next">The next call's cursor.</param>
    public static void EndReply(ReplyWriter reply, int mark, int count, ulong next)
    {
        reply.EndArray(mark, count);
        var head = reply.Length;
        reply.Array(2);
        reply.BulkInteger((long)next);
        reply.MoveBefore(mark, head);
    }

    private static bool Refuse(scoped in CommandContext ctx, ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
