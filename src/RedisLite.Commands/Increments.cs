namespace RedisLite.Commands;

/// <summary>The sums of INCRBY and HINCRBY.</summary>
internal static class Increments
{
    /// <summary>Adds; replies the error when the sum is out of range, and changes nothing then.</summary>
    public static bool TryAdd(scoped ref CommandContext ctx, ref long value, long increment)
    {
        if (increment > 0 ? value > long.MaxValue - increment : value < long.MinValue - increment)
        {
            ctx.Reply.Error("ERR increment or decrement would overflow"u8);
            return false;
        }

        value += increment;
        return true;
    }
}
