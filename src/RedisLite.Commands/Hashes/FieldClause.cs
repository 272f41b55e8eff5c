namespace RedisLite.Commands.Hashes;

/// <summary>The end of the commands of later versions on fields: <c>FIELDS numfields field [field ...]</c>.</summary>
internal static class FieldClause
{
    public static ReadOnlySpan<byte> NotPositive => "ERR Number of fields must be a positive integer"u8;

    /// <summary>Reads it up to the request's end.</summary>
    /// <param name="ctx">Gets the error reply when the result is false.</param>
    /// <param name="at">Where it has to begin.</param>
    /// <param name="notPositive">What is said of a number that is none.</param>
    /// <param name="fields">One at least.</param>
    public static bool TryRead(
        ref CommandContext ctx, int at, ReadOnlySpan<byte> notPositive, out FieldArguments fields)
    {
        fields = default;
        if (at >= ctx.Args.Count - 1 || !ctx.Args.Is(at, "FIELDS"u8))
            return Refuse(ref ctx, "ERR Mandatory argument FIELDS is missing or not at the right position"u8);
        if (!ctx.Args.TryGetInt64(at + 1, out var count) || count < 1)
            return Refuse(ref ctx, notPositive);
        if (count != ctx.Args.Count - at - 2)
            return Refuse(ref ctx, "ERR The `numfields` parameter must match the number of arguments"u8);
        fields = new FieldArguments(at + 2, ctx.Args.Count - 1);
        return true;
    }

    public static bool Refuse(ref CommandContext ctx, scoped ReadOnlySpan<byte> error)
    {
        ctx.Reply.Error(error);
        return false;
    }
}
