using RedisLite.Commands.Execution;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>Notes a command that took long where the options say so: the slow log, the latency monitor.</summary>
internal static class SlowCommands
{
    public static void NoteIfSlow(
        CommandServices services, Command command, in Arguments args, ClientSession session, long microseconds)
    {
        // As in Redis a replica notes what its primary has it do; a start notes nothing.
        if (session.Origin == SessionOrigin.Replay)
            return;
        var options = services.Options;
        var nowMs = services.NowMs;
        services.NoteLatency(command.Has(CommandFlags.Fast)
            ? "fast-command" : "command", nowMs, TimeSpan.FromMicroseconds(microseconds));

        // EXEC's commands are noted one by one.
        if (options.SlowlogLogSlowerThanMicroseconds >= 0 && microseconds >= options.SlowlogLogSlowerThanMicroseconds
            && !command.Has(CommandFlags.SkipSlowlog))
            services.SlowLog.Add(
                SlowLogEntry.Of(command, args, session, nowMs, microseconds), options.SlowlogMaxLength);
    }
}
