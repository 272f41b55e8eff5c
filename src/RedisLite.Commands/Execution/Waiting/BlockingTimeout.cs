using System.Globalization;
using System.Text;
using RedisLite.Protocol;

namespace RedisLite.Commands.Execution.Waiting;

/// <summary>
/// The time that a command waits at most, as clients give it: seconds with a fraction or whole milliseconds, 0 for no
/// end.
/// </summary>
internal static class BlockingTimeout
{
    private static ReadOnlySpan<byte> Negative => "ERR timeout is negative"u8;

    /// <summary>Reads a timeout in seconds; replies the error when it is none.</summary>
    /// <param name="ctx">The command.</param>
    /// <param name="argument">Where it stands.</param>
    /// <param name="timeout">In whole milliseconds, rounded up as in Redis; what no clock will ever reach has no
    /// end.</param>
    public static bool TryRead(scoped ref CommandContext ctx, int argument, out TimeSpan timeout)
    {
        timeout = Timeout.InfiniteTimeSpan;
        if (!TryReadSeconds(ctx.Args[argument], out var seconds))
        {
            ctx.Reply.Error("ERR timeout is not a float or out of range"u8);
            return false;
        }

        var milliseconds = Math.Ceiling(seconds * 1000);
        // Redis's conversion turns what is beyond a signed 64-bit number into the smallest one.
        if (milliseconds is < 0 or >= -(double)long.MinValue)
        {
            ctx.Reply.Error(Negative);
            return false;
        }

        if (milliseconds > 0 && milliseconds <= TimeSpan.MaxValue.TotalMilliseconds)
            timeout = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary>
    /// Reads the timeout of a command that takes whole milliseconds; replies the error when it is none.
    /// </summary>
    public static bool TryReadMilliseconds(scoped ref CommandContext ctx, int argument, out long milliseconds)
    {
        if (!ctx.Args.TryGetInt64(argument, out milliseconds))
            ctx.Reply.Error("ERR timeout is not an integer or out of range"u8);
        else if (milliseconds < 0)
            ctx.Reply.Error(Negative);
        else
            return true;
        return false;
    }

    /// <summary>As a time to wait; 0, and what no clock will ever reach, has no end.</summary>
    public static TimeSpan FromMilliseconds(long milliseconds) =>
        milliseconds is 0 or > long.MaxValue / TimeSpan.TicksPerMillisecond
        ? Timeout.InfiniteTimeSpan
        : TimeSpan.FromMilliseconds(milliseconds);

    /// <summary>
    /// Redis reads a <c>long double</c>: what is beyond a double's range is still a number, and a very long or short
    /// time.
    /// </summary>
    private static bool TryReadSeconds(ReadOnlySpan<byte> text, out double seconds)
    {
        if (RedisNumbers.TryParseDouble(text, out seconds))
            return true;
        if (!ExtendedFloat.TryParse(text, out _))
            return false;
        if (!double.TryParse(
            Encoding.ASCII.GetString(text), NumberStyles.Float, CultureInfo.InvariantCulture, out seconds))
            seconds = text is [(byte)'-', ..] ? double.NegativeInfinity : double.PositiveInfinity;
        if (seconds == 0 && !double.IsNegative(seconds))
            seconds = double.Epsilon;
        return true;
    }
}
