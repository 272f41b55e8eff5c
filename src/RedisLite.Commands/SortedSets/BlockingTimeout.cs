namespace RedisLite.Commands.SortedSets;

/// <summary>The timeout of a blocking command: seconds with a fraction, 0 for no end.</summary>
internal static class BlockingTimeout
{
    // Nobody waits longer than some thousand years.
    private const double Endless = 1e11;

    // What Redis counts in milliseconds as a 64-bit integer; beyond it sees a negative number.
    private const double Longest = long.MaxValue / 1000.0;

    /// <summary>Reads the timeout. When it is none the error is replied.</summary>
    public static bool TryParse(scoped ref CommandContext ctx, int argument, out TimeSpan timeout)
    {
        timeout = Timeout.InfiniteTimeSpan;
        if (!ctx.Args.TryGetDouble(argument, out var seconds))
        {
            ctx.Reply.Error("ERR timeout is not a float or out of range"u8);
            return false;
        }

        // Whole milliseconds, rounded up: less than one below zero is no time at all.
        var milliseconds = Math.Ceiling(seconds * 1000);
        if (milliseconds < 0 || seconds >= Longest)
        {
            ctx.Reply.Error("ERR timeout is negative"u8);
            return false;
        }

        if (milliseconds > 0 && seconds < Endless)
            timeout = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }
}
