using System.Globalization;
using System.Text;
using RedisLite.Commands.Execution;
using RedisLite.Commands.Scripting;
using RedisLite.Protocol;

namespace RedisLite.Commands.Server;

/// <summary>Small commands about the server as a whole: TIME, LOLWUT, SHUTDOWN.</summary>
internal static class ServerCommands
{
    [Command("TIME", Arity = 1, Flags = CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        Group = CommandGroup.Server, Since = "2.6.0", Summary = "Returns the server time.")]
    public static void Time(ref CommandContext ctx)
    {
        var microseconds = (
            ctx.Services.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        ctx.Reply.Array(2);
        ctx.Reply.BulkInteger(microseconds / 1_000_000);
        ctx.Reply.BulkInteger(microseconds % 1_000_000);
    }

    [Command("LOLWUT", Arity = -1, Flags = CommandFlags.Fast | CommandFlags.ReadOnly, Group = CommandGroup.Server,
        Since = "5.0.0", Syntax = "[VERSION version]", Summary = "Displays computer art and the Redis version")]
    public static void Lolwut(ref CommandContext ctx)
    {
        if (ctx.Args.Count >= 3 && ctx.Args.Is(1, "VERSION"u8) && !ctx.Args.TryGetInt64(2, out _))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return;
        }

        var art = new StringBuilder();
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 40; x++)
                art.Append(x * 8 / 40 + y < 8 ? "#*+. "[(x * y + x + y) % 5] : ' ');
            art.Append('\n');
        }

        var identity = ctx.Services.Identity;
        art.Append(
            CultureInfo.InvariantCulture, $"\nRedis ver. {identity.RedisVersion} (RedisLite {identity.Version})\n");
        ctx.Reply.Verbatim("txt"u8, Encoding.ASCII.GetBytes(art.ToString()));
    }

    [Command("SHUTDOWN", Arity = -1, Group = CommandGroup.Server, Since = "1.0.0",
        Syntax = "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
        Flags = CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
            | CommandFlags.NoMulti | CommandFlags.AllowBusy, Categories = "dangerous",
        Complexity = "O(N) when saving, where N is the total number of keys in all databases when saving data, "
            + "otherwise O(1)",
        AuditedWith = nameof(IsShown),
        Summary = "Synchronously saves the database(s) to disk and shuts down the Redis server.",
        Notes = "There are no lagging replicas to wait for, so a shutdown is never pending and ABORT finds nothing "
            + "to abort.")]
    public static void Shutdown(ref CommandContext ctx)
    {
        if (!TryReadShutdown(ref ctx, out var request, out var abort))
        {
            ctx.Reply.Error(Errors.Syntax);
        }
        else if (abort)
        {
            ctx.Reply.Error("ERR No shutdown in progress."u8);
        }
        else if (request.Save != false && ctx.Services.Scripts.Slowest is { } script)
        {
            ctx.Reply.Error(ScriptRegistry.BusyReplyFor(script));
        }
        else
        {
            if (request.Save == false && ctx.Services.Scripts.Slowest is not null)
                ctx.Services.Scripts.StopAll();
            Shutdown(ref ctx, request);
        }
    }

    private static void Shutdown(ref CommandContext ctx, ShutdownRequest request)
    {
        var services = ctx.Services;

        // Half of the data must not replace the file that all of it comes from.
        if (services.IsLoading)
            request = request with { Save = false };
        var session = ctx.Session;
        var snapshot = request.Save ?? services.Options.SavePoints.Count > 0;
        if (request.Save == false || !(snapshot || services.Persistence.AofEnabled))
        {
            // No reply: the end of the connection is the answer, as in Redis.
            session.CloseAfterReply = true;
            services.Control.Shutdown(request);
            return;
        }

        // Saving comes first: a server that cannot save goes on, so that its data is not lost with it.
        string? failure = null;
        var parked = new ParkedCommand
        {
            OnWoken = reply =>
            {
                if (failure is not null && !request.Force)
                    reply.Error("ERR Errors trying to SHUTDOWN. Check logs."u8);
                else
                    services.Control.Shutdown(request with { IsSaved = failure is null });
            },
        };
        ctx.Park(parked);
        services.Persistence.SaveAtEnd(snapshot, error =>
        {
            failure = error;
            parked.Wake();
        });
    }

    private static bool TryReadShutdown(ref CommandContext ctx, out ShutdownRequest request, out bool abort)
    {
        bool? save = null;
        bool now = false, force = false;
        abort = false;
        request = new ShutdownRequest(null, false, false);
        for (var i = 1; i < ctx.Args.Count; i++)
        {
            if (ctx.Args.Is(i, "NOSAVE"u8) && save is null)
                save = false;
            else if (ctx.Args.Is(i, "SAVE"u8) && save is null)
                save = true;
            else if (ctx.Args.Is(i, "NOW"u8))
                now = true;
            else if (ctx.Args.Is(i, "FORCE"u8))
                force = true;
            else if (ctx.Args.Is(i, "ABORT"u8))
                abort = true;
            else
                return false;
        }

        request = new ShutdownRequest(save, now, force);
        return !abort || (save is null && !now && !force);
    }

    /// <summary>For the audit trail: what it is told to do is no secret.</summary>
    private static bool IsShown(in Arguments args, int index) => index > 0;
}
