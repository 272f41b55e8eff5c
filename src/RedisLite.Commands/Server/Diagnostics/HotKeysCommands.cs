using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Server.Diagnostics;

/// <summary>HOTKEYS of Redis 8.6: which keys take the most time and the most bytes.</summary>
[CommandContainer("HOTKEYS", Group = CommandGroup.Server, Since = "8.6.0", HelpSince = "8.6.0",
    Summary = "A container for hot keys tracking commands.")]
internal static class HotKeysCommands
{
    private const CommandFlags Common = CommandFlags.Admin | CommandFlags.NoScript;
    private const int DefaultCount = 10;
    private const int MostKeys = 64;

    [Command("HOTKEYS START", Arity = -4, Flags = Common, Group = CommandGroup.Server, Since = "8.6.0",
        Syntax = "METRICS count [CPU] [NET] [COUNT k] [DURATION seconds] [SAMPLE ratio]",
        Summary = "Starts to note the keys of commands.",
        Notes = "Of Redis 8.6. There are no slots: SLOTS is refused. Commands in transactions count themselves.")]
    public static void Start(ref CommandContext ctx)
    {
        long count = DefaultCount, seconds = 0, ratio = 1;
        var options = new ArgReader(ctx.Args, first: 2);
        if (!TryReadMetrics(ref ctx, ref options, out var cpu, out var net))
            return;
        while (options.HasMore)
        {
            if (options.TryTake("COUNT"u8, out var value))
            {
                if (!TryRange(ref ctx, value, 1, MostKeys, "ERR COUNT must be between 1 and 64"u8, out count))
                    return;
            }
            else if (options.TryTake("DURATION"u8, out value))
            {
                if (!TryRange(ref ctx, value, 1, 1_000_000, "ERR DURATION must be between 1 and 1000000"u8,
                    out seconds))
                    return;
            }
            else if (options.TryTake("SAMPLE"u8, out value))
            {
                if (!TryRange(ref ctx, value, 1, int.MaxValue, "ERR SAMPLE ratio must be positive"u8, out ratio))
                    return;
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return;
            }
        }

        if (IsActive(ctx.Services)
            || !ctx.Services.HotKeys.TryStart(
                new HotKeySession(ctx.Services.NowMs, (int)count, (int)ratio, seconds * 1000, cpu, net)))
        {
            ctx.Reply.Error("ERR hotkey tracking session already in progress"u8);
            return;
        }

        ctx.Reply.Ok();
    }

    [Command("HOTKEYS STOP", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "8.6.0",
        Summary = "Stops noting the keys of commands; what was found stays.")]
    public static void Stop(ref CommandContext ctx)
    {
        if (!IsActive(ctx.Services))
        {
            ctx.Reply.Null();
            return;
        }

        ctx.Services.HotKeys.Session!.End(ctx.Services.NowMs);
        ctx.Reply.Ok();
    }

    [Command("HOTKEYS RESET", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "8.6.0",
        Summary = "Forgets what was found.")]
    public static void Reset(ref CommandContext ctx)
    {
        if (IsActive(ctx.Services) || !ctx.Services.HotKeys.TryReset())
            ctx.Reply.Error("ERR hotkey tracking session in progress, stop tracking first"u8);
        else
            ctx.Reply.Ok();
    }

    [Command("HOTKEYS GET", Arity = 2, Flags = Common, Group = CommandGroup.Server, Since = "8.6.0",
        Complexity = "O(K) where K is the number of keys returned",
        Summary = "Returns the keys that took the most time and the most bytes.",
        Notes = "A key's figures are those of the commands that were noted. One slot range stands for all keys.")]
    public static void Get(ref CommandContext ctx)
    {
        var hot = ctx.Services.HotKeys;
        if (hot.Session is not { } session)
        {
            ctx.Reply.Null();
            return;
        }

        var nowMs = ctx.Services.NowMs;
        var isActive = session.IsActiveAt(nowMs);
        var reply = ctx.Reply;
        reply.Array(1);
        reply.Map(7 + (session.Cpu ? 3 : 0) + (session.Net ? 2 : 0));
        Field(ref ctx, "tracking-active"u8, isActive ? 1 : 0);
        Field(ref ctx, "sample-ratio"u8, session.SampleRatio);
        reply.Bulk("selected-slots"u8);
        reply.Array(1);
        reply.Array(2);
        reply.Integer(0);
        reply.Integer(16383);
        Field(ref ctx, "all-commands-all-slots-us"u8, session.Microseconds);
        Field(ref ctx, "net-bytes-all-commands-all-slots"u8, session.Bytes);
        Field(ref ctx, "collection-start-time-unix-ms"u8, session.StartMs);
        Field(ref ctx, "collection-duration-ms"u8, session.DurationMs(nowMs));
        if (session.Cpu)
        {
            var usage = session.CpuAtEnd ?? Environment.CpuUsage;
            Field(ref ctx, "total-cpu-time-user-ms"u8,
                (long)(usage.UserTime - session.CpuAtStart.UserTime).TotalMilliseconds);
            Field(ref ctx, "total-cpu-time-sys-ms"u8,
                (long)(usage.PrivilegedTime - session.CpuAtStart.PrivilegedTime).TotalMilliseconds);
        }

        if (session.Net)
            Field(ref ctx, "total-net-bytes"u8, session.Bytes);
        if (session.Cpu)
            Keys(ref ctx, "by-cpu-time-us"u8, hot.Top(session, key => key.Microseconds));
        if (session.Net)
            Keys(ref ctx, "by-net-bytes"u8, hot.Top(session, key => key.Bytes));
    }

    private static bool TryReadMetrics(
        ref CommandContext ctx, scoped ref ArgReader options, out bool cpu, out bool net)
    {
        cpu = net = false;
        if (!options.TryTake("METRICS"u8, out var number)
            || !ctx.Args.TryGetInt64(number, out var metrics)
            || metrics is < 1 or > 2)
        {
            ctx.Reply.Error(options.Position == 2 ? Errors.Syntax : "ERR METRICS count must be 1 or 2"u8);
            return false;
        }

        for (var i = 0; i < metrics; i++)
        {
            if (!cpu && options.TryTake("CPU"u8))
                cpu = true;
            else if (!net && options.TryTake("NET"u8))
                net = true;
            else
            {
                ctx.Reply.Error("ERR METRICS count does not match number of metric types provided"u8);
                return false;
            }
        }

        return true;
    }

    private static bool TryRange(
        ref CommandContext ctx, int index, long least, long most, ReadOnlySpan<byte> error, out long value)
    {
        if (ctx.Args.TryGetInt64(index, out value) && value >= least && value <= most)
            return true;
        ctx.Reply.Error(error);
        return false;
    }

    private static bool IsActive(CommandServices services) =>
        services.HotKeys.Session is { } session && session.IsActiveAt(services.NowMs);

    private static void Field(ref CommandContext ctx, ReadOnlySpan<byte> name, long value)
    {
        ctx.Reply.Bulk(name);
        ctx.Reply.Integer(value);
    }

    private static void Keys(ref CommandContext ctx, ReadOnlySpan<byte> name, (byte[] Key, long Value)[] keys)
    {
        ctx.Reply.Bulk(name);
        ctx.Reply.Array(keys.Length * 2);
        foreach (var (key, value) in keys)
        {
            ctx.Reply.Bulk(key);
            ctx.Reply.Integer(value);
        }
    }
}
