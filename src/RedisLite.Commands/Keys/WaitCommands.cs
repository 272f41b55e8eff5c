using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Keys;

/// <summary>WAIT: how many replicas have acknowledged the client's writes. There are none yet.</summary>
internal static class WaitCommands
{
    [Command("WAIT", Arity = 3, Flags = CommandFlags.NoScript, Group = CommandGroup.Generic, Since = "3.0.0",
        Complexity = "O(1)", Syntax = "numreplicas timeout", Categories = "connection -keyspace",
        Summary = "Wait for the synchronous replication of all the write commands sent in the context of the current connection",
        Notes = "Without replicas it answers 0, when the timeout is over if any were asked for.")]
    public static void Wait(ref CommandContext ctx)
    {
        if (!ctx.Args.TryGetInt64(1, out var replicas))
            ctx.Reply.Error(Errors.NotAnInteger);
        else if (!ctx.Args.TryGetInt64(2, out var timeoutMs))
            ctx.Reply.Error("ERR timeout is not an integer or out of range"u8);
        else if (timeoutMs < 0)
            ctx.Reply.Error("ERR timeout is negative"u8);
        else if (replicas <= 0 || ctx.IsInTransaction)
            ctx.Reply.Integer(0);
        else
            ctx.Park(new ParkedCommand { Timeout = TimeoutOf(timeoutMs), CanBeUnblocked = true, OnTimedOut = reply => reply.Integer(0) });
    }

    private static TimeSpan TimeoutOf(long timeoutMs)
    {
        const long Longest = long.MaxValue / TimeSpan.TicksPerMillisecond;
        return timeoutMs is 0 or > Longest ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(timeoutMs);
    }
}
