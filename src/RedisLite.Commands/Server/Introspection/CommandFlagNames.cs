namespace RedisLite.Commands.Server.Introspection;

/// <summary>A command's flags as COMMAND INFO names and orders them.</summary>
internal static class CommandFlagNames
{
    private static readonly (CommandFlags Flag, string Name)[] Names =
    [
        (CommandFlags.DenyOom, "denyoom"),
        (CommandFlags.Admin, "admin"),
        (CommandFlags.PubSub, "pubsub"),
        (CommandFlags.NoScript, "noscript"),
        (CommandFlags.Blocking, "blocking"),
        (CommandFlags.Loading, "loading"),
        (CommandFlags.Stale, "stale"),
        (CommandFlags.SkipMonitor, "skip_monitor"),
        (CommandFlags.SkipSlowlog, "skip_slowlog"),
        (CommandFlags.Asking, "asking"),
        (CommandFlags.Fast, "fast"),
        (CommandFlags.NoAuth, "no_auth"),
        (CommandFlags.NoMandatoryKeys, "no_mandatory_keys"),
        (CommandFlags.NoAsyncLoading, "no_async_loading"),
        (CommandFlags.NoMulti, "no_multi"),
        (CommandFlags.MovableKeys, "movablekeys"),
        (CommandFlags.AllowBusy, "allow_busy"),
    ];

    public static IReadOnlyList<string> Of(Command command)
    {
        var names = new List<string>();
        if (command.IsWrite)
            names.Add("write");
        else if (command.IsRead)
            names.Add("readonly");
        names.AddRange(from item in Names where Has(command, item.Flag) select item.Name);
        return names;
    }

    /// <summary>Keys that a range cannot describe are movable, whether or not the declaration says so.</summary>
    private static bool Has(Command command, CommandFlags flag) =>
        command.Has(flag)
        || (flag == CommandFlags.MovableKeys
            && command.Keys.Any(spec => spec.Kind is not (KeySpecKind.Range or KeySpecKind.WholeKeyspace)));
}
