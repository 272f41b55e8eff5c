using RedisLite.Storage;

namespace RedisLite.Commands.SortedSets;

/// <summary>The arguments of ZUNION, ZINTER, ZDIFF, their STORE forms, and ZINTERCARD.</summary>
/// <param name="FirstKey">The argument that is the first source.</param>
/// <param name="Weights">One for each source.</param>
/// <param name="Aggregate">What becomes of several scores.</param>
/// <param name="WithScores">Whether the reply has scores.</param>
/// <param name="Limit">ZINTERCARD's; 0 for none.</param>
internal sealed record CombinationRequest(
    int FirstKey, double[] Weights, ScoreAggregate Aggregate, bool WithScores, long Limit)
{
    /// <summary>
    /// Reads and checks what follows the destination, sources included. Null when the error is replied.
    /// </summary>
    /// <param name="ctx">The run of the command.</param>
    /// <param name="keyCount">The argument that says how many sources there are.</param>
    /// <param name="form">Which options there are.</param>
    public static CombinationRequest? TryRead(scoped ref CommandContext ctx, int keyCount, CombinationForm form)
    {
        if (!ctx.Args.TryGetInt64(keyCount, out var number))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return null;
        }

        if (number < 1)
        {
            ctx.Reply.Error(NoSources(ctx.Command.Name));
            return null;
        }

        if (number > ctx.Args.Count - keyCount - 1)
        {
            ctx.Reply.Error(Errors.Syntax);
            return null;
        }

        var sources = (int)number;
        return AreSources(ref ctx, keyCount + 1, sources) ? TryReadOptions(ref ctx, keyCount + 1, sources, form) : null;
    }

    private static byte[] NoSources(string command) =>
        System.Text.Encoding.ASCII.GetBytes($"ERR at least 1 input key is needed for '{command}' command");

    /// <summary>Whether all keys that are there hold sorted sets or sets; the error is replied otherwise.</summary>
    private static bool AreSources(scoped ref CommandContext ctx, int first, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var key = ctx.Key(first + i);
            if (!ctx.TryRead(key, out var entry) || entry.Type is EntryType.SortedSet or EntryType.Set)
                continue;
            ctx.Reply.Error(Errors.WrongType);
            return false;
        }

        return true;
    }

    private static CombinationRequest? TryReadOptions(
        scoped ref CommandContext ctx, int firstKey, int sources, CombinationForm form)
    {
        var weights = new double[sources];
        Array.Fill(weights, 1);
        var aggregate = ScoreAggregate.Sum;
        var withScores = false;
        long limit = 0;
        var options = new ArgReader(ctx.Args, firstKey + sources);
        while (options.HasMore)
        {
            if (form.HasFlag(CombinationForm.Scored) && options.TryTake("WEIGHTS"u8, sources, out var value))
            {
                for (var i = 0; i < sources; i++)
                    if (!ctx.Args.TryGetDouble(value + i, out weights[i]))
                        return Refuse(ref ctx, SortedSetErrors.NotAWeight);
            }
            else if (form.HasFlag(CombinationForm.Scored) && options.TryTake("AGGREGATE"u8, out value))
            {
                if (ctx.Args.Is(value, "SUM"u8))
                    aggregate = ScoreAggregate.Sum;
                else if (ctx.Args.Is(value, "MIN"u8))
                    aggregate = ScoreAggregate.Min;
                else if (ctx.Args.Is(value, "MAX"u8))
                    aggregate = ScoreAggregate.Max;
                else
                    return Refuse(ref ctx, Errors.Syntax);
            }
            else if (form.HasFlag(CombinationForm.Replied) && options.TryTake("WITHSCORES"u8))
            {
                withScores = true;
            }
            else if (form.HasFlag(CombinationForm.Counted) && options.TryTake("LIMIT"u8, out value))
            {
                if (!ctx.Args.TryGetInt64(value, out limit) || limit < 0)
                    return Refuse(ref ctx, Errors.NegativeLimit);
            }
            else
            {
                return Refuse(ref ctx, Errors.Syntax);
            }
        }

        return new CombinationRequest(firstKey, weights, aggregate, withScores, limit);
    }

    private static CombinationRequest? Refuse(scoped ref CommandContext ctx, ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return null;
    }
}

/// <summary>Which options a combining command has.</summary>
[Flags]
internal enum CombinationForm
{
    None = 0,

    /// <summary>WEIGHTS and AGGREGATE.</summary>
    Scored = 1,

    /// <summary>WITHSCORES.</summary>
    Replied = 2,

    /// <summary>LIMIT.</summary>
    Counted = 4,
}
