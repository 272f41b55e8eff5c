using System.Text;
using RedisLite.Commands.Execution;

namespace RedisLite.Commands.Tracking;

/// <summary>CLIENT TRACKING, CACHING, TRACKINGINFO, GETREDIR.</summary>
internal static class TrackingCommands
{
    private const CommandFlags Common =
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.KeepsCaching;

    [Command("CLIENT TRACKING", Arity = -3, Flags = Common, Group = CommandGroup.Connection, Since = "6.0.0",
        Syntax = "<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] "
            + "[NOLOOP]", Complexity = "O(1). Some options may introduce additional complexity.",
        Summary = "Controls server-assisted client-side caching for the connection.",
        Notes = "A key is tracked in the database that it was read from; Redis invalidates the name in all of them.")]
    public static void Tracking(ref CommandContext ctx)
    {
        var session = ctx.Session;
        if (ctx.Args.Is(2, "OFF"u8) && ctx.Args.Count == 3)
        {
            session.Extensions.Remove<ClientTracking>();
            ctx.Reply.Ok();
            return;
        }

        if (!TryReadOptions(ref ctx, out var options))
            return;
        if (ctx.Args.Is(2, "OFF"u8))
        {
            session.Extensions.Remove<ClientTracking>();
        }
        else if (!ctx.Args.Is(2, "ON"u8))
        {
            ctx.Reply.Error(Errors.Syntax);
            return;
        }
        else if (Refusal(session.Tracking?.Options, options) is { } refusal)
        {
            ctx.Reply.Error(refusal);
            return;
        }

        else
        {
            SwitchOn(session, ctx.Services, options);
        }

        ctx.Reply.Ok();
    }

    [Command("CLIENT CACHING", Arity = 3, Flags = Common, Group = CommandGroup.Connection, Since = "6.0.0",
        Syntax = "YES | NO", Summary = "Instructs the server whether to track the keys in the next request.")]
    public static void Caching(ref CommandContext ctx)
    {
        if (ctx.Session.Tracking is not { } tracking)
        {
            ctx.Reply.Error(
                "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT "u8
                    + "mode enabled"u8);
        }
        else if (ctx.Args.Is(2, "YES"u8))
        {
            Set(ref ctx, tracking, true, tracking.Options.IsOptIn,
                "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."u8);
        }
        else if (ctx.Args.Is(2, "NO"u8))
        {
            Set(ref ctx, tracking, false, tracking.Options.IsOptOut,
                "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."u8);
        }
        else
        {
            ctx.Reply.Error(Errors.Syntax);
        }
    }

    [Command("CLIENT GETREDIR", Arity = 2, Flags = Common, Group = CommandGroup.Connection, Since = "6.0.0",
        Summary = "Returns the client ID to which the connection's tracking notifications are redirected.")]
    public static void GetRedirect(ref CommandContext ctx) =>
        ctx.Reply.Integer(ctx.Session.Tracking?.RedirectShown ?? -1);

    [Command("CLIENT TRACKINGINFO", Arity = 2, Flags = Common, Group = CommandGroup.Connection, Since = "6.2.0",
        Summary = "Returns information about server-assisted client-side caching for the connection.")]
    public static void TrackingInfo(ref CommandContext ctx)
    {
        var tracking = ctx.Session.Tracking;
        ctx.Reply.Map(3);
        ctx.Reply.Bulk("flags"u8);
        var flags = Flags(tracking);
        ctx.Reply.Set(flags.Count);
        foreach (var flag in flags)
            ctx.Reply.Bulk(Encoding.ASCII.GetBytes(flag));
        ctx.Reply.Bulk("redirect"u8);
        ctx.Reply.Integer(tracking?.RedirectShown ?? -1);
        ctx.Reply.Bulk("prefixes"u8);
        // In Redis's order.
        var prefixes = tracking?.Options.Prefixes ?? [];
        ctx.Reply.Array(prefixes.Count);
        foreach (var prefix in prefixes.OrderBy(Latin1, StringComparer.Ordinal))
            ctx.Reply.Bulk(prefix);
    }

    /// <summary>Switches tracking on, or adds prefixes to what is on already.</summary>
    private static void SwitchOn(ClientSession session, CommandServices services, TrackingOptions options)
    {
        // Broadcasting without a prefix is broadcasting for the empty one, again if it was so before.
        if (options is { IsBroadcast: true, Prefixes.Count: 0 })
            options = options with { Prefixes = [[]] };
        if (session.Tracking is { } tracking)
        {
            var present = tracking.Options.Prefixes;
            var added = options.Prefixes.Where(prefix => !present.Contains(prefix, ByteArrayComparer.Instance));
            tracking.Change(options with { Prefixes = [.. present, .. added] });
        }
        else
        {
            session.Tracking = session.Extensions.GetOrAdd(() => new ClientTracking(session, services, options));
        }
    }

    private static void Set(
        ref CommandContext ctx, ClientTracking tracking, bool caching, bool isValid, ReadOnlySpan<byte> error)
    {
        if (!isValid)
        {
            ctx.Reply.Error(error);
            return;
        }

        tracking.Caching = caching;
        ctx.Reply.Ok();
    }

    private static List<string> Flags(ClientTracking? tracking)
    {
        if (tracking is null)
            return ["off"];
        var flags = new List<string> { "on" };
        if (tracking.IsBroadcast)
            flags.Add("bcast");
        if (tracking.Options.IsOptIn)
        {
            flags.Add("optin");
            if (tracking.Caching == true)
                flags.Add("caching-yes");
        }

        if (tracking.Options.IsOptOut)
        {
            flags.Add("optout");
            if (tracking.Caching == false)
                flags.Add("caching-no");
        }

        if (tracking.Options.IsNoLoop)
            flags.Add("noloop");
        if (tracking.IsRedirectBroken)
            flags.Add("broken_redirect");
        return flags;
    }

    private static bool TryReadOptions(ref CommandContext ctx, out TrackingOptions options)
    {
        options = new TrackingOptions();
        var prefixes = new List<byte[]>();
        for (var i = 3; i < ctx.Args.Count; i++)
        {
            var hasValue = i + 1 < ctx.Args.Count;
            if (ctx.Args.Is(i, "REDIRECT"u8) && hasValue)
            {
                if (!TryReadRedirect(ref ctx, ++i, options, out options))
                    return false;
            }
            else if (ctx.Args.Is(i, "BCAST"u8))
            {
                options = options with { IsBroadcast = true };
            }
            else if (ctx.Args.Is(i, "OPTIN"u8))
            {
                options = options with { IsOptIn = true };
            }
            else if (ctx.Args.Is(i, "OPTOUT"u8))
            {
                options = options with { IsOptOut = true };
            }
            else if (ctx.Args.Is(i, "NOLOOP"u8))
            {
                options = options with { IsNoLoop = true };
            }
            else if (ctx.Args.Is(i, "PREFIX"u8) && hasValue)
            {
                prefixes.Add(ctx.Args[++i].ToArray());
            }
            else
            {
                ctx.Reply.Error(Errors.Syntax);
                return false;
            }
        }

        options = options with { Prefixes = prefixes };
        return true;
    }

    private static bool TryReadRedirect(
        ref CommandContext ctx, int argument, TrackingOptions before, out TrackingOptions options)
    {
        options = before;
        if (before.Redirect != 0)
        {
            ctx.Reply.Error("ERR A client can only redirect to a single other client"u8);
            return false;
        }

        if (!ctx.Args.TryGetInt64(argument, out var id))
        {
            ctx.Reply.Error(Errors.NotAnInteger);
            return false;
        }

        if (ctx.Services.Clients.Find(id) is null)
        {
            ctx.Reply.Error("ERR The client ID you want redirect to does not exist"u8);
            return false;
        }

        options = before with { Redirect = id };
        return true;
    }

    /// <summary>
    /// Why these options cannot be switched to, in the order in which Redis checks; null when they can.
    /// </summary>
    private static byte[]? Refusal(TrackingOptions? current, TrackingOptions wanted)
    {
        if (!wanted.IsBroadcast && wanted.Prefixes.Count > 0)
            return "ERR PREFIX option requires BCAST mode to be enabled"u8.ToArray();
        if (current is not null && current.IsBroadcast != wanted.IsBroadcast)
            return [.. "ERR You can't switch BCAST mode on/off before disabling tracking for this client, "u8,
                .. "and then re-enabling it with a different mode."u8];
        if (wanted.IsBroadcast && (wanted.IsOptIn || wanted.IsOptOut))
            return "ERR OPTIN and OPTOUT are not compatible with BCAST"u8.ToArray();
        if (wanted.IsOptIn && wanted.IsOptOut)
            return "ERR You can't specify both OPTIN mode and OPTOUT mode"u8.ToArray();
        if (current is not null && ((wanted.IsOptIn && current.IsOptOut) || (wanted.IsOptOut && current.IsOptIn)))
            return [.. "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, "u8,
                .. "and then re-enabling it with a different mode."u8];
        return OverlapOf(current?.Prefixes ?? [], wanted.Prefixes);
    }

    private static byte[]? OverlapOf(IReadOnlyList<byte[]> current, IReadOnlyList<byte[]> wanted)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            foreach (var present in current)
                if (Overlap(wanted[i], present))
                    return Encoding.Latin1.GetBytes(
                        $"ERR Prefix '{Latin1(wanted[i])}' overlaps with an existing prefix '{Latin1(present)}'. "
                            + "Prefixes for a single client must not overlap.");
            for (var j = i + 1; j < wanted.Count; j++)
                if (Overlap(wanted[i], wanted[j]))
                    return Encoding.Latin1.GetBytes(
                        $"ERR Prefix '{Latin1(wanted[i])}' overlaps with another provided prefix "
                            + $"'{Latin1(wanted[j])}'. Prefixes for a single client must not overlap.");
        }

        return null;
    }

    private static bool Overlap(byte[] a, byte[] b) => a.AsSpan().StartsWith(b) || b.AsSpan().StartsWith(a);

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
