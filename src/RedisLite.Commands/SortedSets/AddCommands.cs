using RedisLite.Commands.Server;
using RedisLite.Storage;
using RedisLite.Storage.Values;

namespace RedisLite.Commands.SortedSets;

/// <summary>ZADD and ZINCRBY.</summary>
internal static class AddCommands
{
    // Scores of one request that are kept on the stack.
    private const int FewScores = 32;

    [Command("ZADD", Arity = -4, Keys = "RW:update 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.SortedSet, Since = "1.2.0",
        Complexity = "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
        Syntax = "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
        Summary = "Add one or more members to a sorted set, or update its score if it already exists",
        Notes = "A score of minus zero is zero, as in Redis's listpacks; in its large sorted sets it keeps the sign.")]
    public static void Add(ref CommandContext ctx)
    {
        var rules = ScoreRules.None;
        var countsUpdates = false;
        var options = new ArgReader(ctx.Args, first: 2);
        while (options.HasMore)
        {
            if (options.TryTake("NX"u8))
                rules |= ScoreRules.OnlyNew;
            else if (options.TryTake("XX"u8))
                rules |= ScoreRules.OnlyPresent;
            else if (options.TryTake("CH"u8))
                countsUpdates = true;
            else if (options.TryTake("INCR"u8))
                rules |= ScoreRules.Increment;
            else if (options.TryTake("GT"u8))
                rules |= ScoreRules.OnlyGreater;
            else if (options.TryTake("LT"u8))
                rules |= ScoreRules.OnlyLess;
            else
                break;
        }

        var error = Check(rules, options.Remaining);
        if (error.IsEmpty)
            Update(ref ctx, options.Position, rules, countsUpdates);
        else
            ctx.Reply.Error(error);
    }

    [Command("ZINCRBY", Arity = 4, Keys = "RW 1", Flags = CommandFlags.DenyOom | CommandFlags.Fast,
        Group = CommandGroup.SortedSet, Since = "1.2.0",
        Complexity = "O(log(N)) where N is the number of elements in the sorted set.", Syntax = "key increment member",
        Summary = "Increment the score of a member in a sorted set")]
    public static void IncrementBy(ref CommandContext ctx) =>
        Update(ref ctx, firstScore: 2, ScoreRules.Increment, countsUpdates: false);

    /// <summary>What is wrong with the options of ZADD, or nothing.</summary>
    internal static ReadOnlySpan<byte> Check(ScoreRules rules, int remaining)
    {
        if (remaining == 0 || remaining % 2 != 0)
            return Errors.Syntax;
        if (Has(rules, ScoreRules.OnlyNew) && Has(rules, ScoreRules.OnlyPresent))
            return SortedSetErrors.NewAndPresent;
        var directions = rules & (ScoreRules.OnlyNew | ScoreRules.OnlyGreater | ScoreRules.OnlyLess);
        if ((directions & (directions - 1)) != 0)
            return SortedSetErrors.ConflictingRules;
        return Has(rules, ScoreRules.Increment) && remaining > 2 ? SortedSetErrors.OneIncrement : default;
    }

    private static bool Has(ScoreRules rules, ScoreRules rule) => (rules & rule) != 0;

    private static void Update(ref CommandContext ctx, int firstScore, ScoreRules rules, bool countsUpdates)
    {
        // All scores first: a command with a wrong one changes nothing.
        var pairs = (ctx.Args.Count - firstScore) / 2;
        Span<double> scores = pairs <= FewScores ? stackalloc double[FewScores] : new double[pairs];
        for (var i = 0; i < pairs; i++)
        {
            if (!ctx.Args.TryGetDouble(firstScore + (2 * i), out scores[i]))
            {
                ctx.Reply.Error(Errors.NotAFloat);
                return;
            }
        }

        Update(ref ctx, firstScore + 1, memberStep: 2, scores[..pairs], rules, countsUpdates);
    }

    /// <summary>Gives members scores, and replies as ZADD does.</summary>
    /// <param name="ctx">The run of the command, whose first argument is the key.</param>
    /// <param name="firstMember">The argument with the first member.</param>
    /// <param name="memberStep">From one member to the next.</param>
    /// <param name="scores">One for each member; overwritten.</param>
    /// <param name="rules">Those of ZADD's options.</param>
    /// <param name="countsUpdates">Option CH.</param>
    internal static void Update(
        ref CommandContext ctx, int firstMember, int memberStep, scoped Span<double> scores, ScoreRules rules,
        bool countsUpdates)
    {
        var key = ctx.Key(1);
        if (!Collections.TryFind(ref ctx, key, EntryType.SortedSet, out var entry, out var exists))
            return;
        int added = 0, updated = 0;
        var last = ScoreChange.Refused;
        if (exists || !Has(rules, ScoreRules.OnlyPresent))
        {
            using var change = Collections.BeginAdding(ref ctx, key, EntryType.SortedSet, entry, exists);
            var limits = ctx.Options.Encodings.OfSortedSets;
            for (var i = 0; i < scores.Length; i++)
            {
                last = change.SortedSet.Update(ctx.Args[firstMember + (i * memberStep)], ref scores[i], rules, limits);
                if (last == ScoreChange.Added)
                    added++;
                else if (last == ScoreChange.Updated)
                    updated++;
            }

            if (added + updated != 0)
            {
                ctx.Notify(
                    KeyspaceEvents.SortedSets, Has(rules, ScoreRules.Increment) ? "zincr"u8 : "zadd"u8, key.Bytes);
                Collections.Changed(ref ctx, key, in change, added + updated, change.SortedSet.Count);
            }
        }

        if (!Has(rules, ScoreRules.Increment))
            ctx.Reply.Integer(countsUpdates ? added + updated : added);
        else if (last == ScoreChange.NotANumber)
            ctx.Reply.Error(SortedSetErrors.ResultingScoreIsNan);
        else if (last == ScoreChange.Refused)
            ctx.Reply.Null();
        else
            ctx.Reply.Double(scores[^1]);
    }
}
