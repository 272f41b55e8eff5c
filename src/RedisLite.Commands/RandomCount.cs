namespace RedisLite.Commands;

/// <summary>
/// The count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER: negative for elements that may come more than once.
/// </summary>
internal static class RandomCount
{
    /// <summary>Elements that a reply can have, values among them.</summary>
    public const long MostRepeated = int.MaxValue / 2;

    public static ReadOnlySpan<byte> OutOfRange => "ERR value is out of range"u8;

    /// <returns>False when the error is replied.</returns>
    public static bool TryRead(ref CommandContext ctx, int argument, out long count)
    {
        if (!ctx.Args.TryGetInt64(argument, out count))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return false;
        }

        if (count != long.MinValue)
            return true;
        ctx.Reply.Error(Errors.NotALong);
        return false;
    }
}
